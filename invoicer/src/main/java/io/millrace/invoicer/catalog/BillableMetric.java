package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is measured of events with its code; how is in its revisions.
@MappedEntity("billable_metrics")
public record BillableMetric(
        @Id UUID id,
        UUID organizationId,
        String code,
        String name,
        @Nullable String description,
        Instant createdAt,
        @Nullable Instant deletedAt) {}
