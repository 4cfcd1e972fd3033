package io.millrace.invoicer.organization;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.outbox.ConfigurationTopic;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/// The keys of an organization. A key manages only keys that may do no more than itself, and one that manages keys
/// for good is always left.
///
/// A key that is deleted has ended; the control plane refuses it at once, ingest-api when it has heard of it.
@Singleton
class ApiKeys implements ConfigurationTopic {
    static final String RESOURCE = "api_key";
    private static final String PREFIX = "mr_";
    private static final int LAST_CHARACTERS = 4;
    private static final int SHORTEST_SHOWN = 16;
    /// A use is noted if none was for so long.
    private static final Duration NOTED = Duration.ofMinutes(1);

    private final ApiKeyRepository keys;
    private final Outbox outbox;
    private final Clocks clocks;
    private final SecureRandom random = new SecureRandom();

    ApiKeys(ApiKeyRepository keys, Outbox outbox, Clocks clocks) {
        this.keys = keys;
        this.outbox = outbox;
        this.clocks = clocks;
    }

    /// A key and, when it is new, its secret.
    record Issued(ApiKey key, String secret) {}

    /// Whom a key speaks for; empty if it is unknown or has ended. Looked up by its hash, so that the time of
    /// the answer tells nothing about the key.
    Optional<Caller> callerOf(String secret) {
        var now = clocks.system();
        var found = keys.findByKeyHash(Ids.hash(secret)).filter(key -> key.isActive(now));
        found.filter(key -> key.lastUsedAt() == null || key.lastUsedAt().isBefore(now.minus(NOTED)))
                .ifPresent(key -> keys.used(key.id(), now));
        return found.map(key -> new Caller(key.organizationId(), key.id(), key.permitted()));
    }

    boolean isKnown(String secret) {
        return keys.findByKeyHash(Ids.hash(secret)).isPresent();
    }

    /// A key that may do everything; call in a transaction.
    void save(UUID id, UUID organizationId, String secret) {
        save(id, organizationId, secret, null, null);
    }

    @Transactional
    Issued create(Caller caller, Fields fields) {
        var name = fields.name("name");
        var permissions = permissions(caller, fields);
        fields.refuseViolations();
        return issue(caller.organizationId(), name, written(permissions));
    }

    @Transactional
    Page<ApiKey> list(Caller caller, Pageable page) {
        return keys.findActive(caller.organizationId(), clocks.system(), page);
    }

    ApiKey find(Caller caller, String id) {
        return Ids.parse(id)
                .flatMap(known -> keys.findByOrganizationIdAndId(caller.organizationId(), known))
                .filter(key -> key.isActive(clocks.system()))
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    @Transactional
    ApiKey update(Caller caller, String id, Fields fields) {
        var key = managed(caller, id);
        var name = fields.has("name") ? fields.name("name") : key.name();
        var permissions = fields.has("permissions") ? permissions(caller, fields) : key.permitted();
        fields.refuseViolations();
        if (!permissions.allow(Resource.API_KEY, "write")) refuseIfLast(key);
        keys.change(key.id(), name, written(permissions));
        changed(key);
        return find(caller, id);
    }

    /// Makes another key that may do the same, and ends this one: at once, or at `expires_at`.
    @Transactional
    Issued rotate(Caller caller, String id, Fields fields) {
        var key = managed(caller, id);
        var now = clocks.system();
        var asked = fields.instant("expires_at");
        if (asked != null && asked.isBefore(now)) fields.violated("expires_at", "value_is_out_of_range");
        fields.refuseViolations();
        var issued = issue(key.organizationId(), key.name(), key.permissions());
        end(key, asked == null ? now : asked);
        return issued;
    }

    @Transactional
    ApiKey delete(Caller caller, String id) {
        var key = managed(caller, id);
        refuseIfLast(key);
        var now = clocks.system();
        end(key, now);
        return key.endedAt(now);
    }

    @Override
    public Topic topic() {
        return Topics.CONFIG_API_KEYS;
    }

    @Override
    public SpecificRecord value(UUID organizationId, String keyHash, long version) {
        var key = keys.findByKeyHash(keyHash).orElseThrow();
        var listed = key.permitted().listed();
        return io.millrace.config.ApiKey.newBuilder()
                .setKeyHash(keyHash)
                .setApiKeyId(key.id().toString())
                .setOrganizationId(organizationId.toString())
                .setPermissions(listed == null ? List.of() : listed)
                .setExpiresAt(key.expiresAt())
                .setVersion(version)
                .build();
    }

    /// A key that the caller may change; nobody else changes keys of the organization until commit.
    private ApiKey managed(Caller caller, String id) {
        keys.lockKeys(caller.organizationId());
        var key = find(caller, id);
        if (!caller.permissions().cover(key.permitted())) {
            throw new Refusal.Forbidden("write_action_not_allowed_for_api_key");
        }
        return key;
    }

    private static Permissions permissions(Caller caller, Fields fields) {
        var permissions = Permissions.of(fields);
        if (fields.isValid() && !caller.permissions().cover(permissions)) {
            fields.violated("permissions", "exceeds_own_permissions");
        }
        return permissions;
    }

    private void refuseIfLast(ApiKey key) {
        boolean isAnotherLeft = keys.findByOrganizationId(key.organizationId()).stream()
                .anyMatch(other -> other.isManaging() && !other.id().equals(key.id()));
        if (!isAnotherLeft && key.permitted().allow(Resource.API_KEY, "write")) {
            throw new Refusal.Invalid("base", "last_managing_api_key");
        }
    }

    private Issued issue(UUID organizationId, @Nullable String name, @Nullable String permissions) {
        var bytes = new byte[32];
        random.nextBytes(bytes);
        var secret = PREFIX + HexFormat.of().formatHex(bytes);
        return new Issued(save(UUID.randomUUID(), organizationId, secret, name, permissions), secret);
    }

    private ApiKey save(
            UUID id, UUID organizationId, String secret, @Nullable String name, @Nullable String permissions) {
        var last = secret.length() < SHORTEST_SHOWN ? null : secret.substring(secret.length() - LAST_CHARACTERS);
        var key = keys.save(
                new ApiKey(id, organizationId, Ids.hash(secret), name, permissions, last, null, null, clocks.system()));
        changed(key);
        return key;
    }

    /// Never later than it would end anyway.
    private void end(ApiKey key, Instant end) {
        if (key.expiresAt() == null || end.isBefore(key.expiresAt())) keys.end(key.id(), end);
        changed(key);
    }

    private void changed(ApiKey key) {
        outbox.changed(Topics.CONFIG_API_KEYS, key.keyHash(), key.organizationId());
    }

    private static @Nullable String written(Permissions permissions) {
        return permissions.listed() == null ? null : Json.write(permissions.listed());
    }
}
