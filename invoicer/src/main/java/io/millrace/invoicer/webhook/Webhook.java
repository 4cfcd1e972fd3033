package io.millrace.invoicer.webhook;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A message to one endpoint, until it is delivered or given up.
///
/// @param id the receiver's idempotency key: the same at every attempt
/// @param payload the very text that is signed and sent
/// @param status pending, retrying, succeeded or failed
/// @param attempts made so far
/// @param nextAttemptAt by the system's clock; null when there will be none
/// @param httpStatus of the last answer; null if there was none
@MappedEntity("webhooks")
record Webhook(
        @Id UUID id,
        UUID organizationId,
        UUID endpointId,
        String webhookType,
        String objectType,
        UUID objectId,
        String payload,
        String status,
        int attempts,
        @Nullable Instant nextAttemptAt,
        @Nullable Integer httpStatus,
        Instant createdAt,
        @Nullable Instant lastAttemptedAt) {

    Webhook after(String newStatus, @Nullable Instant next, @Nullable Integer answer, Instant now) {
        return new Webhook(
                id,
                organizationId,
                endpointId,
                webhookType,
                objectType,
                objectId,
                payload,
                newStatus,
                attempts + 1,
                next,
                answer,
                createdAt,
                now);
    }
}
