package io.millrace.rating.aggregation;

import io.millrace.rating.aggregation.UniqueCount.Presence;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// How many different texts are present, such as seats, each for the days on which it was: a day counts as
/// soon as the text is there at any moment of it, and once only.
///
/// ```
///  day          1    2    3    4    5    6
///  seat a       +────────── −                   removed on day 3: 3 days
///  seat b            +−+−        +────────      in and out on day 2, back on day 4: 1 + 3 days
/// ```
///
/// So a removal ends the seat only where it is the last of its day, the day of the removal counts, and whoever
/// swaps seats several times a day pays for the day once. What was present before the period is held from its
/// first day.
///
/// @param days of the period
public record ProratedUniqueCount(HeldDays days) implements Aggregation {

    private static final String FORM = "prorated-unique-count/1";

    /// One text, day by day; a stream keeps one of these per text instead of a whole [State]. At most one
    /// entry for each day of the period, one for everything before it and one for what comes after.
    ///
    /// @param days the days with events; those before the period as the day before it, those after it as
    /// its end
    public record TextDays(NavigableMap<LocalDate, Day> days) {

        static final TextDays NONE = new TextDays(new TreeMap<>());

        /// A day's events on one text.
        ///
        /// @param last the last operation of the day
        /// @param added true where the text was added on this day
        public record Day(Presence last, boolean added) {}

        public TextDays {
            days = Collections.unmodifiableNavigableMap(new TreeMap<>(days));
        }

        /// The text after one more event, which may be an older one.
        public TextDays after(HeldDays held, UsageEvent event) {
            LocalDate day = held.day(event.timestamp());
            if (day.isBefore(held.firstDay())) {
                day = held.firstDay().minusDays(1);
            } else if (day.isAfter(held.endDay())) {
                day = held.endDay();
            }
            Day before = days.get(day);
            Presence last = Presence.after(before == null ? null : before.last(), event);
            boolean added = event.operation() == Operation.ADD || (before != null && before.added());
            NavigableMap<LocalDate, Day> next = new TreeMap<>(days);
            next.put(day, new Day(last, added));
            return new TextDays(next);
        }

        /// On how many days of the period the text was present.
        public long count(HeldDays held) {
            long count = 0;
            boolean present = false;
            LocalDate next = held.firstDay();
            for (Map.Entry<LocalDate, Day> entry : days.entrySet()) {
                LocalDate day = entry.getKey();
                if (!day.isBefore(held.firstDay())) {
                    count += present ? ChronoUnit.DAYS.between(next, day) : 0;
                    boolean counts = day.isBefore(held.endDay())
                            && (present || entry.getValue().added());
                    count += counts ? 1 : 0;
                    next = day.plusDays(1);
                }
                present = entry.getValue().last().present();
            }
            return count + (present ? daysBetween(next, held.endDay()) : 0);
        }

        /// Whether the text is there after all its events.
        public boolean isPresent() {
            return !days.isEmpty() && days.lastEntry().getValue().last().present();
        }
    }

    /// The texts so far.
    ///
    /// @param held days of the period that the texts belong to
    /// @param events events added; not negative
    /// @param texts every text ever seen
    /// @param present how many of them are present
    /// @param textDays days on which a text was present, of all texts
    public record State(HeldDays held, long events, Map<String, TextDays> texts, long present, long textDays)
            implements AggregationState {

        public State {
            texts = Map.copyOf(texts);
        }

        /// Copies the texts: for tests and small groups. A stream keeps [TextDays] by text.
        @Override
        public State add(UsageEvent event) {
            TextDays before = texts.getOrDefault(event.value(), TextDays.NONE);
            TextDays after = before.after(held, event);
            Map<String, TextDays> next = new HashMap<>(texts);
            next.put(event.value(), after);
            return new State(
                    held,
                    events + 1,
                    next,
                    present + (after.isPresent() ? 1 : 0) - (before.isPresent() ? 1 : 0),
                    textDays + after.count(held) - before.count(held));
        }

        @Override
        public BigDecimal units() {
            return held.share(BigDecimal.valueOf(textDays));
        }

        @Override
        public BigDecimal fullUnits() {
            return BigDecimal.valueOf(present);
        }

        @Override
        public String print() {
            StateText text = new StateText(FORM).with(events);
            new TreeMap<>(texts).forEach((value, days) -> {
                text.with(value).with(days.days().size());
                days.days()
                        .forEach((day, ends) -> text.with(day).with(ends.last()).with(ends.added()));
            });
            return text.toString();
        }
    }

    @Override
    public String code() {
        return "unique_count_agg";
    }

    @Override
    public BigDecimal units(List<UsageEvent> events) {
        long textDays = events.stream()
                .sorted(UsageEvent.IN_ORDER)
                .collect(Collectors.groupingBy(UsageEvent::value))
                .values()
                .stream()
                .mapToLong(this::days)
                .sum();
        return days.share(BigDecimal.valueOf(textDays));
    }

    @Override
    public BigDecimal fullUnits(List<UsageEvent> events) {
        return new UniqueCount().units(events);
    }

    @Override
    public State start() {
        return new State(days, 0, Map.of(), 0, 0);
    }

    @Override
    public State read(String text) {
        var fields = new StateText.Reader(FORM, text);
        long events = fields.whole();
        Map<String, TextDays> texts = new HashMap<>();
        while (fields.hasMore()) {
            String value = fields.text();
            NavigableMap<LocalDate, TextDays.Day> ends = new TreeMap<>();
            for (long left = fields.whole(); left > 0; left--) {
                ends.put(fields.day(), new TextDays.Day(fields.presence(), fields.flag()));
            }
            texts.put(value, new TextDays(ends));
        }
        long present = texts.values().stream().filter(TextDays::isPresent).count();
        long textDays =
                texts.values().stream().mapToLong(each -> each.count(days)).sum();
        return new State(days, events, texts, present, textDays);
    }

    @Override
    public boolean payableInAdvance() {
        return true;
    }

    @Override
    public boolean countsTexts() {
        return true;
    }

    /// On how many days of the period a text was present.
    ///
    /// @param operations on that text, in order
    private long days(List<UsageEvent> operations) {
        long count = 0;
        boolean present = false;
        LocalDate settled = days.firstDay();
        for (UsageEvent operation : operations) {
            LocalDate day = days.day(operation.timestamp());
            boolean adds = operation.operation() == Operation.ADD;
            if (!present) {
                settled = later(settled, day);
            }
            if (present || adds) {
                LocalDate end = day.isBefore(days.endDay()) ? day.plusDays(1) : days.endDay();
                count += daysBetween(settled, end);
                settled = later(settled, end);
            }
            present = adds;
        }
        return count + (present ? daysBetween(settled, days.endDay()) : 0);
    }

    private static LocalDate later(LocalDate one, LocalDate other) {
        return one.isAfter(other) ? one : other;
    }

    /// None where the end is before.
    private static long daysBetween(LocalDate from, LocalDate end) {
        return Math.max(0, ChronoUnit.DAYS.between(from, end));
    }
}
