package io.millrace.rating.period;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/// A whole billing period: whole local days of a time zone, half-open.
///
/// ```
///  firstDay 00:00 local                      endDay 00:00 local
///  |── from (inclusive) ──── period ──── to (exclusive) ──|
/// ```
///
/// A day is 23 or 25 hours long where clocks change, and starts at 01:00 where midnight is skipped.
///
/// @param firstDay inclusive
/// @param endDay exclusive: the first day of the next period
/// @param zone the customer's
public record BillingPeriod(LocalDate firstDay, LocalDate endDay, ZoneId zone) {

    public BillingPeriod {
        if (!firstDay.isBefore(endDay)) {
            throw new IllegalArgumentException("A period ends after it starts: %s to %s".formatted(firstDay, endDay));
        }
    }

    /// The first instant, inclusive.
    public Instant from() {
        return firstDay.atStartOfDay(zone).toInstant();
    }

    /// The first instant after the period.
    public Instant to() {
        return endDay.atStartOfDay(zone).toInstant();
    }

    /// The same as instants.
    public TimeSpan span() {
        return new TimeSpan(from(), to());
    }

    /// Whole local days: 28 to 31 for a month.
    public int days() {
        return Math.toIntExact(ChronoUnit.DAYS.between(firstDay, endDay));
    }

    public boolean contains(Instant instant) {
        return span().contains(instant);
    }
}
