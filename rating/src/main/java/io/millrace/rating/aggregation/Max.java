package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The greatest value; 0 without events.
public record Max() implements Aggregation {

    private static final String FORM = "max/1";
    private static final String COUNTS = "max-counts/1";

    /// The greatest value so far.
    ///
    /// @param events events added; not negative
    /// @param greatest null before the first event: all values may be negative
    public record State(long events, @Nullable BigDecimal greatest) implements AggregationState {
        @Override
        public State add(UsageEvent event) {
            BigDecimal value = event.quantity();
            return new State(events + 1, greatest == null ? value : greatest.max(value));
        }

        @Override
        public BigDecimal units() {
            return greatest == null ? BigDecimal.ZERO : greatest;
        }

        @Override
        public String print() {
            StateText text = new StateText(FORM).with(events);
            return (greatest == null ? text : text.with(greatest)).toString();
        }
    }

    /// How often each value came: what becomes the greatest when the greatest is taken back. Copies them all
    /// for each event: for groups of some hundred different values.
    ///
    /// @param events events added; not negative
    /// @param counts each value with a count of at least 1
    public record Counts(long events, SortedMap<BigDecimal, Long> counts) implements RetractableState {

        public Counts {
            counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
        }

        @Override
        public Counts add(UsageEvent event) {
            SortedMap<BigDecimal, Long> next = new TreeMap<>(counts);
            next.merge(event.quantity(), 1L, Long::sum);
            return new Counts(events + 1, next);
        }

        @Override
        public Counts remove(UsageEvent event) {
            SortedMap<BigDecimal, Long> next = new TreeMap<>(counts);
            Long count = next.get(event.quantity());
            if (count == null) {
                throw new IllegalArgumentException("No event with value %s was added".formatted(event.value()));
            }
            if (count == 1) {
                next.remove(event.quantity());
            } else {
                next.put(event.quantity(), count - 1);
            }
            return new Counts(events - 1, next);
        }

        @Override
        public BigDecimal units() {
            return counts.isEmpty() ? BigDecimal.ZERO : counts.lastKey();
        }

        @Override
        public String print() {
            StateText text = new StateText(COUNTS).with(events);
            counts.forEach((value, count) -> text.with(value).with(count));
            return text.toString();
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
        return new State(0, null);
    }

    @Override
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        State state = new State(fields.whole(), fields.hasMore() ? fields.decimal() : null);
        fields.end();
        return state;
    }

    @Override
    public Counts startRetractable() {
        return new Counts(0, new TreeMap<>());
    }

    @Override
    public Counts readRetractable(String text) {
        var fields = new StateText.Reader(COUNTS, text);
        long events = fields.whole();
        SortedMap<BigDecimal, Long> counts = new TreeMap<>();
        while (fields.hasMore()) {
            counts.put(fields.decimal(), fields.whole());
        }
        return new Counts(events, counts);
    }

    @Override
    public boolean payableInAdvance() {
        return false;
    }
}
