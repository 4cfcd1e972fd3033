package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The value of the latest event, and of several at that time, of the last to arrive; 0 where it is negative
/// or there is none.
public record Latest() implements Aggregation {

    /// The latest event so far.
    ///
    /// @param latest null before the first event
    /// @param events events added; not negative
    public record State(@Nullable UsageEvent latest, long events) implements AggregationState {
        @Override
        public State add(UsageEvent event) {
            boolean later = latest == null || UsageEvent.IN_ORDER.compare(event, latest) > 0;
            return new State(later ? event : latest, events + 1);
        }

        @Override
        public BigDecimal units() {
            return latest == null ? BigDecimal.ZERO : latest.quantity().max(BigDecimal.ZERO);
        }
    }

    @Override
    public String code() {
        return "latest_agg";
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        return events.stream()
                .max(UsageEvent.IN_ORDER)
                .map(event -> event.quantity().max(BigDecimal.ZERO))
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
