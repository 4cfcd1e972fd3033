package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The allowance of a percentage charge that is free, by events or by units: what its running total shows.
///
/// @param events the first events are free; 0 where there is no such allowance
/// @param units units that are free; 0 where there is no such allowance
public record FreeUnits(long events, BigDecimal units) {

    public FreeUnits {
        if (events < 0 || units.signum() < 0) {
            throw new IllegalArgumentException("free units must not be negative: %d, %s".formatted(events, units));
        }
    }

    /// How the units grow event by event for as long as they are free.
    ///
    /// ```
    /// values 12, 12, 12, 12    2 events free      12, 24
    ///                          30 units free      12, 24, 36     the last is the first that is beyond
    ///                          none               (empty)
    /// ```
    ///
    /// Of both allowances, the events decide (Lago). A unique count grows by one for each text that is
    /// present in the end. A maximum or a level is no sum of its events, and has no running total. Never longer
    /// than the allowance lasts: unlike Lago, which counts on to the last event where units are counted.
    ///
    /// @param usage events in any order
    public List<BigDecimal> runningTotal(Aggregation aggregation, List<UsageEvent> usage) {
        List<BigDecimal> total = new ArrayList<>();
        if (events == 0 && units.signum() == 0) {
            return total;
        }
        BigDecimal sum = BigDecimal.ZERO;
        for (BigDecimal step : steps(aggregation, usage)) {
            boolean isUsedUp = events > 0 ? total.size() >= events : sum.compareTo(units) > 0;
            if (isUsedUp) {
                break;
            }
            sum = sum.add(step);
            total.add(sum);
        }
        return total;
    }

    private static List<BigDecimal> steps(Aggregation aggregation, List<UsageEvent> usage) {
        return switch (aggregation) {
            case Sum _, ProratedSum _ ->
                usage.stream()
                        .sorted(UsageEvent.IN_ORDER)
                        .map(UsageEvent::quantity)
                        .toList();
            case Count _, UniqueCount _, ProratedUniqueCount _ ->
                Collections.nCopies(aggregation.fullUnits(usage).intValueExact(), BigDecimal.ONE);
            case Max _, Latest _, WeightedSum _ -> List.of();
        };
    }
}
