package io.millrace.invoicer.subscription;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;

/// What a subscription's webhooks will tell at a time that is known before.
///
/// @param dueAt by the customer's clock
@MappedEntity("subscription_notices")
record Notice(@Id UUID id, UUID subscriptionId, UUID customerId, String webhookType, Instant dueAt) {}
