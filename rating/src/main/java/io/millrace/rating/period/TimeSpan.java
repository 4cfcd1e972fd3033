package io.millrace.rating.period;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A half-open stretch of time: from the first instant until before the last.
///
/// @param from inclusive
/// @param to exclusive; after `from`
public record TimeSpan(Instant from, Instant to) {

    public TimeSpan {
        if (!from.isBefore(to)) {
            throw new IllegalArgumentException("A time span ends after it starts: %s to %s".formatted(from, to));
        }
    }

    public boolean contains(Instant instant) {
        return !instant.isBefore(from) && instant.isBefore(to);
    }

    /// The end as the API shows it: inclusive, to the second, such as `2022-02-28T23:59:59Z` for a February
    /// that ends before `2022-03-01T00:00:00Z`.
    public Instant inclusiveEnd() {
        return inclusiveEnd(to);
    }

    /// The same of an end alone.
    ///
    /// ```
    ///  exclusive, inside           2022-03-01T00:00:00Z      2022-03-01T10:30:00.25Z
    ///  inclusive, in the API       2022-02-28T23:59:59Z      2022-03-01T10:30:00Z
    /// ```
    public static Instant inclusiveEnd(Instant exclusive) {
        return exclusive.minusNanos(1).truncatedTo(ChronoUnit.SECONDS);
    }

    /// The other way: where that which the API shows as ended goes on. The second after, whatever fraction
    /// the shown end has, so that no part of a second is left out between two periods.
    public static Instant exclusiveEnd(Instant inclusive) {
        return inclusive.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    }

    /// The part in which the subscription runs; empty where it does not run in it at all.
    ///
    /// ```
    ///       |───────── period ─────────|
    ///           startedAt        terminatedAt
    ///           |──── clamped ────|
    /// ```
    ///
    /// @param startedAt inclusive
    /// @param terminatedAt exclusive; null while the subscription runs
    public Optional<TimeSpan> clamp(Instant startedAt, @Nullable Instant terminatedAt) {
        Instant start = startedAt.isAfter(from) ? startedAt : from;
        Instant end = terminatedAt != null && terminatedAt.isBefore(to) ? terminatedAt : to;
        return start.isBefore(end) ? Optional.of(new TimeSpan(start, end)) : Optional.empty();
    }
}
