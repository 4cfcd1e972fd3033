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
/// @param signatureAlgo hmac
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

    @Nullable
    List<String> eventTypeList() {
        return eventTypes == null ? null : Json.readList(eventTypes, String.class);
    }

    boolean wants(String webhookType) {
        var types = eventTypeList();
        return types == null || types.contains("*") || types.contains(webhookType);
    }
}
