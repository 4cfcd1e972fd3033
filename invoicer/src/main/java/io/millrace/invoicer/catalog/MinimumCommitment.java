package io.millrace.invoicer.catalog;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a subscriber of a plan pays at least for a whole interval, before taxes.
///
/// @param id the same in every revision of the plan that has one
/// @param amountCents in minor units of the plan's currency; above zero
/// @param taxIds of its own; empty where it has the plan's
public record MinimumCommitment(
        UUID id, long amountCents, @Nullable String invoiceDisplayName, List<UUID> taxIds, Instant createdAt) {}
