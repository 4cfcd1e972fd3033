package io.millrace.invoicer.webhook;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import io.millrace.invoicer.contract.Json;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Where an organization hears of events.
///
/// @param signatureAlgo jwt or hmac
/// @param eventTypes JSON list of webhook types; null means all, as does `*`
@MappedEntity("webhook_endpoints")
record WebhookEndpoint(
        @Id UUID id,
        UUID organizationId,
        String webhookUrl,
        String signatureAlgo,
        @Nullable String name,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb") @Nullable
        String eventTypes,

        Instant createdAt) {

    static final String JWT = "jwt";
    static final String HMAC = "hmac";
    static final List<String> ALGORITHMS = List.of(JWT, HMAC);

    WebhookEndpoint withUrl(String url) {
        return new WebhookEndpoint(id, organizationId, url, signatureAlgo, name, eventTypes, createdAt);
    }

    @Nullable
    List<String> eventTypeList() {
        return eventTypes == null ? null : Json.readList(eventTypes, String.class);
    }

    boolean wants(String webhookType) {
        var types = eventTypeList();
        return types == null || types.contains(WebhookTypes.ALL) || types.contains(webhookType);
    }
}
