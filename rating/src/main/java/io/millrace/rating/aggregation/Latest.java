package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The value of the latest event, and of several at that time, of the last to arrive; 0 where it is negative
/// or there is none.
///
/// Unlike Lago, where events at the same time leave it open which of them is taken.
public record Latest() implements Aggregation {

    private static final String FORM = "latest/1";

    /// The latest event so far.
    ///
    /// @param events events added; not negative
    /// @param latest null before the first event
    public record State(long events, @Nullable UsageEvent latest) implements AggregationState {
        @Override
        public State add(UsageEvent event) {
            boolean later = latest == null || UsageEvent.IN_ORDER.compare(event, latest) > 0;
            return new State(events + 1, later ? event : latest);
        }

        @Override
        public BigDecimal units() {
            return latest == null ? BigDecimal.ZERO : latest.quantity().max(BigDecimal.ZERO);
        }

        @Override
        public String print() {
            StateText text = new StateText(FORM).with(events);
            return (latest == null ? text : text.with(latest)).toString();
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
        return new State(0, null);
    }

    @Override
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        State state = new State(fields.whole(), fields.hasMore() ? fields.event() : null);
        fields.end();
        return state;
    }

    @Override
    public boolean payableInAdvance() {
        return false;
    }
}
