package io.millrace.invoicer.audit;

import io.millrace.audit.ActivityLog;
import io.millrace.invoicer.contract.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One change of a resource.
///
/// @param id the same whenever the entry is published
/// @param type such as `plan.updated`
/// @param source api or system
/// @param apiKeyId who asked for it; null where the system did it
/// @param resource such as `plan`
/// @param object as the API shows it since: field to value, a value that is no text as its JSON
/// @param changes field to the JSON list of before and since
record Activity(
        UUID id,
        String type,
        String source,
        @Nullable String apiKeyId,
        String resource,
        String resourceId,
        @Nullable String externalCustomerId,
        @Nullable String externalSubscriptionId,
        Map<String, String> object,
        Map<String, String> changes,
        Instant loggedAt) {
    /// Longer values are told by their length: an entry has to fit into its topic.
    static final int LONGEST = 100_000;

    private static final String CUSTOMER = "external_customer_id";
    private static final String SUBSCRIPTION = "external_subscription_id";

    /// @param before fields of the resource before; empty where there was none
    /// @param after fields of the resource since; where it is gone, those it had last
    static Activity of(
            String type,
            @Nullable UUID apiKeyId,
            String resource,
            String resourceId,
            Map<?, ?> before,
            Map<?, ?> after,
            Instant now) {
        boolean isGone = type.endsWith(".deleted");
        return new Activity(
                UUID.randomUUID(),
                type,
                apiKeyId == null ? "system" : "api",
                apiKeyId == null ? null : apiKeyId.toString(),
                resource,
                resourceId,
                named("customer", CUSTOMER, resource, after),
                named("subscription", SUBSCRIPTION, resource, after),
                texts(after),
                changes(isGone && before.isEmpty() ? after : before, isGone ? Map.of() : after),
                now);
    }

    @SuppressWarnings("NullAway") // the generated builder does not say that it takes nulls
    ActivityLog log(UUID organization) {
        return ActivityLog.newBuilder()
                .setOrganizationId(organization.toString())
                .setActivityId(id.toString())
                .setActivityType(type)
                .setActivitySource(source)
                .setActivityObject(object)
                .setActivityObjectChanges(changes)
                .setApiKeyId(apiKeyId)
                .setResourceId(resourceId)
                .setResourceType(resource)
                .setExternalCustomerId(externalCustomerId)
                .setExternalSubscriptionId(externalSubscriptionId)
                .setLoggedAt(loggedAt)
                .build();
    }

    /// Field to value, a value that is no text as its JSON.
    static Map<String, String> texts(Map<?, ?> fields) {
        var texts = new LinkedHashMap<String, String>();
        fields.forEach((field, value) -> {
            if (value != null)
                texts.put(String.valueOf(field), bounded(value instanceof String text ? text : Json.write(value)));
        });
        return texts;
    }

    private static Map<String, String> changes(Map<?, ?> before, Map<?, ?> after) {
        var fields = new TreeSet<String>();
        before.keySet().forEach(field -> fields.add(String.valueOf(field)));
        after.keySet().forEach(field -> fields.add(String.valueOf(field)));
        var changes = new TreeMap<String, String>();
        for (var field : fields) {
            if (Objects.equals(before.get(field), after.get(field))) continue;
            changes.put(field, "[" + json(before.get(field)) + "," + json(after.get(field)) + "]");
        }
        return changes;
    }

    private static String json(@Nullable Object value) {
        var json = Json.write(value);
        return json.length() > LONGEST ? Json.write(bounded(json)) : json;
    }

    private static String bounded(String text) {
        return text.length() > LONGEST ? "(%d characters)".formatted(text.length()) : text;
    }

    /// What a resource is about, by the seller's own name for it.
    private static @Nullable String named(String about, String field, String resource, Map<?, ?> fields) {
        if (resource.equals(about)) return text(fields.get("external_id"));
        var own = text(fields.get(field));
        return own == null && fields.get(about) instanceof Map<?, ?> inside ? text(inside.get("external_id")) : own;
    }

    private static @Nullable String text(@Nullable Object value) {
        return value instanceof String text ? text : null;
    }
}
