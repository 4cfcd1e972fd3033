package io.millrace.invoicer.organization;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;

/// Who sells.
///
/// @param hmacKey signs the organization's webhooks
@MappedEntity("organizations")
public record Organization(@Id UUID id, String name, String hmacKey, Instant createdAt) {}
