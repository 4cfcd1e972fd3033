package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What customers subscribe to; its prices are in its revisions.
///
/// @param parentId of a subscription's own plan, the one that it overrides: it has that one's code, and its charges
/// keep
/// their ids; null for a plan of the catalogue
@MappedEntity("plans")
public record Plan(
        @Id UUID id,
        UUID organizationId,
        @Nullable UUID parentId,
        String code,
        String name,
        @Nullable String invoiceDisplayName,
        @Nullable String description,
        Instant createdAt,
        @Nullable Instant deletedAt) {

    /// The plan of the catalogue that it is, or overrides.
    public UUID catalogueId() {
        return parentId == null ? id : parentId;
    }
}
