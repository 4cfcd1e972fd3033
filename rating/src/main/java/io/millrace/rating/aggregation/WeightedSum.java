package io.millrace.rating.aggregation;

import io.millrace.rating.money.Quantity;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A level weighted by the time that it was held, such as gigabytes stored: each event changes the level by
/// its value, and every level counts for its part of the whole period.
///
/// ```
/// level   10 ┤████████████████
///          5 ┤▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒████████████████
///            └───────────────┬───────────────┐
///            +10             −5              end of 30 days     10 × 15/30 + 5 × 15/30 = 7.5
/// ```
///
/// Time is exact to the nanosecond, and there is one division, the last step. Unlike Lago, which cuts time to
/// whole seconds and divides for each event.
///
/// An event from before the span changes the level that it starts with, so a level is carried over either as
/// `initial` or by handing in the earlier events. One at or after the span's end changes the level that the
/// next period starts with, and is held for no time.
///
/// @param span when levels are held: the part of the billing period that the subscription runs in
/// @param whole length of the whole billing period; more than nothing. A level held throughout is that many
/// units
/// @param initial level at the span's start, of any sign; 0 where nothing is carried over
public record WeightedSum(TimeSpan span, Duration whole, BigDecimal initial) implements Aggregation {

    static final String CODE = "weighted_sum_agg";

    private static final String FORM = "weighted-sum/1";

    public WeightedSum {
        if (!whole.isPositive()) {
            throw new IllegalArgumentException("A period has a length: " + whole);
        }
        initial = Quantity.canonical(initial);
    }

    /// Levels so far. Each event's value is held from its time to the span's end, so two sums are enough,
    /// whatever the order.
    ///
    /// @param of span and whole that the sums belong to
    /// @param events events added; not negative
    /// @param level after all events: what the next period starts with
    /// @param integral level × time, in unit-nanoseconds
    public record State(WeightedSum of, long events, BigDecimal level, BigDecimal integral)
            implements RetractableState {

        public State {
            if (events < 0) {
                throw new IllegalArgumentException("There is no event to take back");
            }
            level = Quantity.canonical(level);
            integral = Quantity.canonical(integral);
        }

        @Override
        public State add(UsageEvent event) {
            BigDecimal value = event.quantity();
            return new State(of, events + 1, level.add(value), integral.add(of.held(value, event.timestamp())));
        }

        @Override
        public State remove(UsageEvent event) {
            BigDecimal value = event.quantity();
            return new State(
                    of, events - 1, level.subtract(value), integral.subtract(of.held(value, event.timestamp())));
        }

        @Override
        public BigDecimal units() {
            return of.divide(integral);
        }

        @Override
        public String print() {
            return new StateText(FORM).with(events).with(level).with(integral).toString();
        }
    }

    @Override
    public String code() {
        return CODE;
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        BigDecimal level = initial;
        BigDecimal integral = BigDecimal.ZERO;
        Instant since = span.from();
        for (UsageEvent event : events.stream().sorted(UsageEvent.IN_ORDER).toList()) {
            Instant at = within(event.timestamp());
            integral = integral.add(level.multiply(nanoseconds(since, at)));
            level = level.add(event.quantity());
            since = at;
        }
        return divide(integral.add(level.multiply(nanoseconds(since, span.to()))));
    }

    /// The level after all events: what the next period starts with.
    public BigDecimal level(List<UsageEvent> events) {
        return initial.add(new Sum().units(events));
    }

    @Override
    public State start() {
        return new State(this, 0, initial, held(initial, span.from()));
    }

    @Override
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        State state = new State(this, fields.whole(), fields.decimal(), fields.decimal());
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
        return false;
    }

    /// Units held from an instant to the span's end, in unit-nanoseconds.
    private BigDecimal held(BigDecimal units, Instant from) {
        return units.multiply(nanoseconds(within(from), span.to()));
    }

    private Instant within(Instant instant) {
        if (instant.isBefore(span.from())) {
            return span.from();
        }
        return instant.isAfter(span.to()) ? span.to() : instant;
    }

    private BigDecimal divide(BigDecimal integral) {
        return integral.divide(BigDecimal.valueOf(whole.toNanos()), DIVISION);
    }

    private static BigDecimal nanoseconds(Instant from, Instant to) {
        return BigDecimal.valueOf(Duration.between(from, to).toNanos());
    }
}
