package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.List;

/// The values added up; negative values take away.
public record Sum() implements Aggregation {

    /// The sum so far.
    ///
    /// @param units sum of the values, of any sign
    /// @param events events added; not negative
    public record State(BigDecimal units, long events) implements AggregationState {
        @Override
        public State add(UsageEvent event) {
            return new State(units.add(event.quantity()), events + 1);
        }
    }

    @Override
    public String code() {
        return "sum_agg";
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        return events.stream().map(UsageEvent::quantity).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    @Override
    public State start() {
        return new State(BigDecimal.ZERO, 0);
    }

    @Override
    public boolean payableInAdvance() {
        return true;
    }
}
