package io.millrace.rating.period;

import java.time.Instant;
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
