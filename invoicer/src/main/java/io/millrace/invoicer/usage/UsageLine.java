package io.millrace.invoicer.usage;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.Latest;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.ProratedSum;
import io.millrace.rating.aggregation.ProratedUniqueCount;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.WeightedSum;
import java.math.BigDecimal;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a subscription used in a period under one charge, filter and group.
///
/// @param filterId null for the charge's default price
/// @param groupedBy value of each of the charge's pricing group keys
/// @param events at least 1
/// @param latest value of the last event; of events at the same time, the one that arrived last
/// @param preciseTotalAmountCents sum of the prices that producers set themselves, in minor units
public record UsageLine(
        UUID subscriptionId,
        UUID chargeId,
        @Nullable UUID filterId,
        Map<String, String> groupedBy,
        long events,
        BigDecimal sum,
        BigDecimal max,
        BigDecimal latest,
        long unique,
        BigDecimal preciseTotalAmountCents) {

    /// The units as an aggregation sees them, unrounded. Throws `IllegalArgumentException` for one over time:
    /// a line does not say how long anything was held.
    public BigDecimal units(Aggregation aggregation) {
        return switch (aggregation) {
            case Count ignored -> BigDecimal.valueOf(events);
            case Sum ignored -> sum;
            case Max ignored -> max;
            // A level below zero is none.
            case Latest ignored -> latest.max(BigDecimal.ZERO);
            case UniqueCount ignored -> BigDecimal.valueOf(unique);
            case WeightedSum _, ProratedSum _, ProratedUniqueCount _ ->
                throw new IllegalArgumentException("usage is not kept over time: " + aggregation);
        };
    }
}
