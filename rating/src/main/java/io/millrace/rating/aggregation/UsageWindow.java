package io.millrace.rating.aggregation;

import io.millrace.rating.period.TimeSpan;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Which events make up a period's usage, by their time.
///
/// ```
///  a metric's usage             from |─────────── period ───────────| to
///  a recurring metric's   ───────────┴──────── and all before ──────| to
/// ```
///
/// @param from inclusive; null where usage carries over from before the period
/// @param to exclusive
public record UsageWindow(@Nullable Instant from, Instant to) {

    /// @param recurring true where the metric's usage carries over
    public static UsageWindow of(TimeSpan period, boolean recurring) {
        return new UsageWindow(recurring ? null : period.from(), period.to());
    }

    /// The same as seen at a time within the period: later events have not happened yet.
    ///
    /// @param last the last instant that is in; without effect where the window ends earlier
    public UsageWindow until(Instant last) {
        Instant end = last.plusNanos(1);
        return end.isBefore(to) ? new UsageWindow(from, end) : this;
    }

    public boolean contains(Instant time) {
        return (from == null || !time.isBefore(from)) && time.isBefore(to);
    }
}
