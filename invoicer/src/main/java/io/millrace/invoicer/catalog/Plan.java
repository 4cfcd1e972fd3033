package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What customers subscribe to; its prices are in its revisions.
@MappedEntity("plans")
public record Plan(
        @Id UUID id,
        UUID organizationId,
        String code,
        String name,
        @Nullable String invoiceDisplayName,
        @Nullable String description,
        Instant createdAt,
        @Nullable Instant deletedAt) {}
