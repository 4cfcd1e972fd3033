package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The greatest value; 0 without events.
public record Max() implements Aggregation {

    /// The greatest value so far.
    ///
    /// @param greatest null before the first event: all values may be negative
    /// @param events events added; not negative
    public record State(@Nullable BigDecimal greatest, long events) implements AggregationState {
        @Override
        public State add(UsageEvent event) {
            BigDecimal value = event.quantity();
            return new State(greatest == null ? value : greatest.max(value), events + 1);
        }

        @Override
        public BigDecimal units() {
            return greatest == null ? BigDecimal.ZERO : greatest;
        }
    }

    @Override
    public String code() {
        return "max_agg";
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        return events.stream()
                .map(UsageEvent::quantity)
                .max(Comparator.naturalOrder())
                .orElse(BigDecimal.ZERO);
    }

    @Override
    public State start() {
        return new State(null, 0);
    }

    @Override
    public boolean payableInAdvance() {
        return false;
    }
}
