package io.millrace.invoicer.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The price of one metric's usage in one revision of a plan.
///
/// @param id the same in every revision of the plan that has a charge of this code and metric
/// @param minAmountCents what is due at least for a whole period; 0 for none
/// @param taxIds of its own; empty where it has the plan's
/// @param properties the default price, in the API's spelling
/// @param payInAdvance true when each event is charged as it comes
/// @param prorated true when units are paid for by the days on which they are held
public record Charge(
        UUID id,
        String code,
        UUID billableMetricId,
        String billableMetricCode,
        String chargeModel,
        @Nullable String invoiceDisplayName,
        boolean payInAdvance,
        boolean prorated,
        boolean invoiceable,
        long minAmountCents,
        boolean acceptsTargetWallet,
        Map<String, Object> properties,
        List<UUID> taxIds,
        List<ChargeFilter> filters,
        Instant createdAt) {

    // Charges that were stored before they had taxes have no such list.
    @SuppressWarnings("RedundantNullCheck")
    public Charge {
        taxIds = taxIds == null ? List.of() : taxIds;
    }

    /// The filter of that id, if this revision of the charge has it.
    public Optional<ChargeFilter> filter(UUID filterId) {
        return filters.stream().filter(filter -> filter.id().equals(filterId)).findFirst();
    }
}
