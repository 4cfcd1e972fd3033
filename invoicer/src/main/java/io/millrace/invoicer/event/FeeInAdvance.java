package io.millrace.invoicer.event;

import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What an event was charged as it came.
///
/// @param filterId null for the charge's default price
/// @param period that the running total is of
/// @param units that this event added; null where the table could not hold them
/// @param amountCents in minor units; these add up to the period's price
/// @param preciseAmountCents unrounded; null where the table could not hold it
/// @param totalUnits of the period with this event; null where the table could not hold them
record FeeInAdvance(
        Instant timestamp,
        UUID chargeId,
        @Nullable UUID filterId,
        long planRevision,
        Map<String, String> groupedBy,
        TimeSpan period,
        @Nullable BigDecimal units,
        String amountCurrency,
        long amountCents,
        @Nullable BigDecimal preciseAmountCents,
        @Nullable BigDecimal totalUnits,
        long totalAmountCents) {}
