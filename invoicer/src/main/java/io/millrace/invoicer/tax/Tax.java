package io.millrace.invoicer.tax;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is added to fees for the state, such as 20 percent.
///
/// @param rate percent, not negative
/// @param appliedToOrganization true if it is on every fee for which nothing nearer names a tax
@MappedEntity("taxes")
public record Tax(
        @Id UUID id,
        UUID organizationId,
        String code,
        String name,
        @Nullable String description,
        BigDecimal rate,
        boolean appliedToOrganization,
        Instant createdAt) {}
