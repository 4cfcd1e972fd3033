package io.millrace.rating.aggregation;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.util.List;

/// The values added up, each for the days that it is held: an event's value from its own day on, and what
/// came before the period for all of it.
///
/// ```
/// 31 days: 5 from before, 12 on day 26        5 × 31/31 + 12 × 6/31
/// ```
///
/// @param days of the period
public record ProratedSum(HeldDays days) implements Aggregation {

    private static final String FORM = "prorated-sum/1";

    /// The sum so far.
    ///
    /// @param days that the sums belong to
    /// @param events events added; not negative
    /// @param fullUnits sum of the values, of any sign
    /// @param unitDays sum of value × days held
    public record State(HeldDays days, long events, BigDecimal fullUnits, BigDecimal unitDays)
            implements RetractableState {

        public State {
            if (events < 0) {
                throw new IllegalArgumentException("There is no event to take back");
            }
            fullUnits = Quantity.canonical(fullUnits);
            unitDays = Quantity.canonical(unitDays);
        }

        @Override
        public State add(UsageEvent event) {
            BigDecimal value = event.quantity();
            return new State(days, events + 1, fullUnits.add(value), unitDays.add(held(value, event)));
        }

        @Override
        public State remove(UsageEvent event) {
            BigDecimal value = event.quantity();
            return new State(days, events - 1, fullUnits.subtract(value), unitDays.subtract(held(value, event)));
        }

        @Override
        public BigDecimal units() {
            return days.share(unitDays);
        }

        private BigDecimal held(BigDecimal value, UsageEvent event) {
            return value.multiply(BigDecimal.valueOf(days.left(event.timestamp())));
        }

        @Override
        public String print() {
            return new StateText(FORM)
                    .with(events)
                    .with(fullUnits)
                    .with(unitDays)
                    .toString();
        }
    }

    @Override
    public String code() {
        return "sum_agg";
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        BigDecimal unitDays = BigDecimal.ZERO;
        for (UsageEvent event : events) {
            unitDays = unitDays.add(event.quantity().multiply(BigDecimal.valueOf(days.left(event.timestamp()))));
        }
        return days.share(unitDays);
    }

    @Override
    public BigDecimal fullUnits(List<UsageEvent> events) {
        return new Sum().units(events);
    }

    @Override
    public State start() {
        return new State(days, 0, BigDecimal.ZERO, BigDecimal.ZERO);
    }

    @Override
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        State state = new State(days, fields.whole(), fields.decimal(), fields.decimal());
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
