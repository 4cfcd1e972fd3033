package io.millrace.rating.aggregation;

import io.millrace.rating.aggregation.UsageEvent.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How many different texts are present: added and not removed since.
///
/// ```
/// add a, add a, remove a, add b, remove c    a is gone, b is there, c never was: 1
/// ```
///
/// Adding what is there and removing what is not change nothing, so only a text's last operation counts. That
/// is also why events may come in any order.
public record UniqueCount() implements Aggregation {

    private static final String FORM = "unique-count/1";

    /// The last operation on one text; a stream keeps one of these per text instead of a whole [State].
    ///
    /// @param timestamp when it happened
    /// @param sequence when it arrived, as in [UsageEvent]
    /// @param present true after an add
    public record Presence(Instant timestamp, long sequence, boolean present) {

        /// The text's presence after one more event, which may be an older one.
        ///
        /// @param before null where the text was never seen
        public static Presence after(@Nullable Presence before, UsageEvent event) {
            if (before != null && before.isLaterThan(event)) {
                return before;
            }
            return new Presence(event.timestamp(), event.sequence(), event.operation() == Operation.ADD);
        }

        private boolean isLaterThan(UsageEvent event) {
            int byTime = timestamp.compareTo(event.timestamp());
            return byTime > 0 || (byTime == 0 && sequence > event.sequence());
        }

        /// What the change does to the count: 1, 0 or -1.
        public static int change(@Nullable Presence before, Presence after) {
            return (after.present ? 1 : 0) - (before != null && before.present ? 1 : 0);
        }
    }

    /// The texts so far.
    ///
    /// @param events events added; not negative
    /// @param texts every text ever seen, with its last operation
    /// @param present how many of them are present
    public record State(long events, Map<String, Presence> texts, long present) implements AggregationState {

        public State {
            texts = Map.copyOf(texts);
        }

        /// Copies the texts: for tests and small groups. A stream keeps [Presence] by text.
        @Override
        public State add(UsageEvent event) {
            Presence before = texts.get(event.value());
            Presence after = Presence.after(before, event);
            Map<String, Presence> next = new HashMap<>(texts);
            next.put(event.value(), after);
            return new State(events + 1, next, present + Presence.change(before, after));
        }

        @Override
        public BigDecimal units() {
            return BigDecimal.valueOf(present);
        }

        @Override
        public String print() {
            StateText text = new StateText(FORM).with(events);
            new TreeMap<>(texts).forEach((value, presence) -> text.with(value).with(presence));
            return text.toString();
        }
    }

    @Override
    public String code() {
        return "unique_count_agg";
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        Map<String, Operation> last = new TreeMap<>();
        events.stream().sorted(UsageEvent.IN_ORDER).forEach(event -> last.put(event.value(), event.operation()));
        return BigDecimal.valueOf(
                last.values().stream().filter(Operation.ADD::equals).count());
    }

    @Override
    public State start() {
        return new State(0, Map.of(), 0);
    }

    @Override
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        long events = fields.whole();
        Map<String, Presence> texts = new HashMap<>();
        while (fields.hasMore()) {
            texts.put(fields.text(), fields.presence());
        }
        long present = texts.values().stream().filter(Presence::present).count();
        return new State(events, texts, present);
    }

    @Override
    public boolean payableInAdvance() {
        return true;
    }

    @Override
    public boolean countsTexts() {
        return true;
    }

    @Override
    public Optional<Aggregation> prorated(HeldDays days) {
        return Optional.of(new ProratedUniqueCount(days));
    }
}
