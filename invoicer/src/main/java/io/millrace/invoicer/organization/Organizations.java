package io.millrace.invoicer.organization;

import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.outbox.ConfigurationTopic;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;

/// The organizations and their keys.
@Singleton
public class Organizations implements ConfigurationTopic {
    private final OrganizationRepository organizations;
    private final ApiKeyRepository keys;
    private final Outbox outbox;
    private final Clocks clocks;

    Organizations(OrganizationRepository organizations, ApiKeyRepository keys, Outbox outbox, Clocks clocks) {
        this.organizations = organizations;
        this.keys = keys;
        this.outbox = outbox;
        this.clocks = clocks;
    }

    /// Whom a key speaks for; empty if it is unknown or has expired. Looked up by its hash, so that the time of
    /// the answer tells nothing about the key.
    Optional<Caller> byKey(String key) {
        return keys.findByKeyHash(Ids.hash(key))
                .filter(found -> found.expiresAt() == null || clocks.system().isBefore(found.expiresAt()))
                .map(found -> new Caller(found.organizationId(), found.id()));
    }

    public Organization get(UUID id) {
        return organizations.findById(id).orElseThrow();
    }

    /// Makes sure that an organization with this key exists; any number of instances may do so at once.
    @Transactional
    public void ensure(String key) {
        var hash = Ids.hash(key);
        if (keys.findByKeyHash(hash).isPresent()) return;
        // The ids follow from the key, so that of two instances one fails on the primary key and finds the key when
        // asked again.
        var now = clocks.system();
        var organization =
                organizations.save(new Organization(Ids.of("organization", hash), "Millrace", secret(), now));
        var saved = keys.save(new ApiKey(Ids.of("api_key", hash), organization.id(), hash, null, now));
        outbox.changed(Topics.CONFIG_API_KEYS, saved.keyHash(), organization.id());
    }

    @Override
    public Topic topic() {
        return Topics.CONFIG_API_KEYS;
    }

    @Override
    public SpecificRecord value(UUID organizationId, String keyHash, long version) {
        var key = keys.findByKeyHash(keyHash).orElseThrow();
        return io.millrace.config.ApiKey.newBuilder()
                .setKeyHash(keyHash)
                .setApiKeyId(key.id().toString())
                .setOrganizationId(organizationId.toString())
                .setPermissions(List.of())
                .setExpiresAt(key.expiresAt())
                .setVersion(version)
                .build();
    }

    private static String secret() {
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
