package io.millrace.rating.aggregation;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// The values added up; negative values take away.
public record Sum() implements Aggregation {

    private static final String FORM = "sum/1";

    /// The sum so far.
    ///
    /// @param events events added; not negative
    /// @param units sum of the values, of any sign
    public record State(long events, BigDecimal units) implements RetractableState {

        public State {
            if (events < 0) {
                throw new IllegalArgumentException("There is no event to take back");
            }
            units = Quantity.canonical(units);
        }

        @Override
        public State add(UsageEvent event) {
            return new State(events + 1, units.add(event.quantity()));
        }

        @Override
        public State remove(UsageEvent event) {
            return new State(events - 1, units.subtract(event.quantity()));
        }

        @Override
        public String print() {
            return new StateText(FORM).with(events).with(units).toString();
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
        return new State(0, BigDecimal.ZERO);
    }

    @Override
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        State state = new State(fields.whole(), fields.decimal());
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

    @Override
    public Optional<Aggregation> prorated(HeldDays days) {
        return Optional.of(new ProratedSum(days));
    }
}
