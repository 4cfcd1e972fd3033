package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.List;

/// How many events there are; their values do not matter.
public record Count() implements Aggregation {

    private static final String FORM = "count/1";

    /// Events so far.
    ///
    /// @param events events added; not negative
    public record State(long events) implements RetractableState {

        public State {
            if (events < 0) {
                throw new IllegalArgumentException("There is no event to take back");
            }
        }

        @Override
        public State add(UsageEvent event) {
            return new State(events + 1);
        }

        @Override
        public State remove(UsageEvent event) {
            return new State(events - 1);
        }

        @Override
        public BigDecimal units() {
            return BigDecimal.valueOf(events);
        }

        @Override
        public String print() {
            return new StateText(FORM).with(events).toString();
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
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        State state = new State(fields.whole());
        fields.end();
        return state;
    }

    @Override
    public State startRetractable() {
        return start();
    }

    @Override
    public State readRetractable(String text) {
        return read(text);
    }

    @Override
    public boolean payableInAdvance() {
        return true;
    }
}
