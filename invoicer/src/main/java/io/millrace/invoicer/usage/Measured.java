package io.millrace.invoicer.usage;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.aggregation.Latest;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.ProratedSum;
import io.millrace.rating.aggregation.ProratedUniqueCount;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.WeightedSum;
import java.math.BigDecimal;
import java.util.List;

/// What ClickHouse says of the events of one charge, filter and group: enough for the aggregations that its
/// statement is for. Each statement has its record.
public sealed interface Measured {
    /// How many events there are; of a charge that carries usage over, also the earlier ones, but for a weighted
    /// sum's.
    long events();

    /// The units as an aggregation sees them, unrounded. Throws `IllegalArgumentException` for one that this is
    /// not enough for.
    BigDecimal units(Aggregation aggregation);

    /// The units before proration; the same where nothing is prorated.
    default BigDecimal fullUnits(Aggregation aggregation) {
        return units(aggregation);
    }

    /// Sum of the prices that producers set themselves, in minor units.
    default BigDecimal preciseTotalAmountCents() {
        return BigDecimal.ZERO;
    }

    /// Of `usage.sql`.
    ///
    /// @param latest value of the last event; of events at the same time, the one that arrived last
    /// @param unique texts that are present in the end
    record Totals(
            long events,
            BigDecimal sum,
            BigDecimal max,
            BigDecimal latest,
            long unique,
            BigDecimal preciseTotalAmountCents)
            implements Measured {

        @Override
        public BigDecimal units(Aggregation aggregation) {
            return switch (aggregation) {
                case Count _ -> BigDecimal.valueOf(events);
                case Sum _ -> sum;
                case Max _ -> max;
                // A level below zero is none.
                case Latest _ -> latest.max(BigDecimal.ZERO);
                case UniqueCount _ -> BigDecimal.valueOf(unique);
                case WeightedSum _, ProratedSum _, ProratedUniqueCount _ -> throw notEnough(aggregation);
            };
        }
    }

    /// Of `usage_held.sql`.
    ///
    /// @param sum of all values: the level in the end
    /// @param held sum of each value × the microseconds, or × the days, that are left of the period when it comes
    record Held(long events, BigDecimal sum, BigDecimal held) implements Measured {
        private static final BigDecimal NANOS_OF_A_MICRO = BigDecimal.valueOf(1_000);

        @Override
        public BigDecimal units(Aggregation aggregation) {
            return switch (aggregation) {
                case WeightedSum weighted ->
                    new WeightedSum.State(weighted, events, sum, held.multiply(NANOS_OF_A_MICRO)).units();
                case ProratedSum prorated ->
                    HeldDays.share(held, 1, prorated.days().periodDays());
                case Count _, Sum _, Max _, Latest _, UniqueCount _, ProratedUniqueCount _ ->
                    throw notEnough(aggregation);
            };
        }

        @Override
        public BigDecimal fullUnits(Aggregation aggregation) {
            return aggregation instanceof ProratedSum ? sum : units(aggregation);
        }
    }

    /// Of `usage_text_days.sql`.
    ///
    /// @param unique texts that are present in the end
    /// @param days on which a text was present, of all texts
    record TextDays(long events, long unique, BigDecimal days) implements Measured {
        @Override
        public BigDecimal units(Aggregation aggregation) {
            if (!(aggregation instanceof ProratedUniqueCount prorated)) throw notEnough(aggregation);
            return HeldDays.share(days, 1, prorated.days().periodDays());
        }

        @Override
        public BigDecimal fullUnits(Aggregation aggregation) {
            return BigDecimal.valueOf(unique);
        }
    }

    /// Of `usage_events.sql`: the events themselves.
    ///
    /// @param inOrder by time and arrival
    record Events(List<UsageEvent> inOrder) implements Measured {
        public Events {
            inOrder = List.copyOf(inOrder);
        }

        @Override
        public long events() {
            return inOrder.size();
        }

        @Override
        public BigDecimal units(Aggregation aggregation) {
            return aggregation.units(inOrder);
        }

        @Override
        public BigDecimal fullUnits(Aggregation aggregation) {
            return aggregation.fullUnits(inOrder);
        }
    }

    private static IllegalArgumentException notEnough(Aggregation aggregation) {
        return new IllegalArgumentException("usage was not asked for as " + aggregation);
    }
}
