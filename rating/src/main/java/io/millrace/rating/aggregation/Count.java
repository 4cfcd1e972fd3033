package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.List;

/// How many events there are; their values do not matter.
public record Count() implements Aggregation {

    /// Events so far.
    ///
    /// @param events events added; not negative
    public record State(long events) implements AggregationState {
        @Override
        public State add(UsageEvent event) {
            return new State(events + 1);
        }

        @Override
        public BigDecimal units() {
            return BigDecimal.valueOf(events);
        }
    }

    @Override
    public String code() {
        return "count_agg";
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        return BigDecimal.valueOf(events.size());
    }

    @Override
    public State start() {
        return new State(0);
    }

    @Override
    public boolean payableInAdvance() {
        return true;
    }
}
