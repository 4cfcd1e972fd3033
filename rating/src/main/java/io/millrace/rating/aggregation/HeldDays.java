package io.millrace.rating.aggregation;

import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.NavigableMap;
import java.util.TreeMap;

/// The days of a period that units are held for, and what a day is worth: 1 / days of the whole period.
///
/// ```
///  |── 1 ──|── 2 ──|── 3 ──|── 4 ──|── 5 ──|     whole period of 5 days
///          firstDay        endDay                a subscription of 2 days
///            ▲ units that came on day 2 are held for 2 days, 2/5
///  ▲ earlier ones for all 2 days
/// ```
///
/// Days are local days, and a day is never split: units are held for the whole of the day that they come on.
///
/// @param firstDay inclusive: the day on which the period, or the subscription in it, begins
/// @param endDay exclusive; not before `firstDay`
/// @param periodDays days of the whole billing period; at least 1
/// @param zone the customer's
public record HeldDays(LocalDate firstDay, LocalDate endDay, int periodDays, ZoneId zone) {

    public HeldDays {
        if (periodDays < 1 || endDay.isBefore(firstDay)) {
            throw new IllegalArgumentException("%s to %s of %d days".formatted(firstDay, endDay, periodDays));
        }
    }

    /// The days that a span touches.
    ///
    /// @param upgraded true where another subscription follows on the last day, and pays for that day
    public static HeldDays of(TimeSpan span, int periodDays, ZoneId zone, boolean upgraded) {
        LocalDate lastDay = LocalDate.ofInstant(span.to().minusNanos(1), zone);
        return new HeldDays(
                LocalDate.ofInstant(span.from(), zone), upgraded ? lastDay : lastDay.plusDays(1), periodDays, zone);
    }

    /// For how many days units of that time are held: the rest of the days, their own included.
    public long left(Instant time) {
        LocalDate day = day(time);
        return Math.max(0, ChronoUnit.DAYS.between(day.isBefore(firstDay) ? firstDay : day, endDay));
    }

    /// All the days.
    public long all() {
        return ChronoUnit.DAYS.between(firstDay, endDay);
    }

    /// True where the first day is after that time: what came then is held for all the days.
    public boolean isAfter(Instant time) {
        return day(time).isBefore(firstDay);
    }

    /// [#left] as a table, for a store that knows no time zones: from each instant on, so many days are left until
    /// the next. Units from before the first instant are held as those that come then.
    public NavigableMap<Instant, Long> leftSince() {
        NavigableMap<Instant, Long> table = new TreeMap<>();
        for (LocalDate day = firstDay; !day.isAfter(endDay); day = day.plusDays(1)) {
            ZonedDateTime midnight = day.atStartOfDay(zone);
            note(midnight.toInstant(), table);
            note(midnight.withLaterOffsetAtOverlap().toInstant(), table);
        }
        // Where clocks go back across midnight, the day before goes on after a day has begun.
        Instant end = table.lastKey();
        ZoneOffsetTransition change = zone.getRules().nextTransition(table.firstKey());
        while (change != null && change.getInstant().isBefore(end)) {
            note(change.getInstant(), table);
            change = zone.getRules().nextTransition(change.getInstant());
        }
        return table;
    }

    private void note(Instant instant, NavigableMap<Instant, Long> table) {
        table.put(instant, left(instant));
    }

    /// What units pay for that are held for some days of a period, such as 10 units for 15 of 30 days: 5.
    public static BigDecimal share(BigDecimal units, long days, int periodDays) {
        return units.multiply(BigDecimal.valueOf(days)).divide(BigDecimal.valueOf(periodDays), Aggregation.DIVISION);
    }

    /// What units × days of this period pay for.
    BigDecimal share(BigDecimal unitDays) {
        return share(unitDays, 1, periodDays);
    }

    LocalDate day(Instant time) {
        return LocalDate.ofInstant(time, zone);
    }
}
