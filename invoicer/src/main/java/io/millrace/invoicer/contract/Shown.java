package io.millrace.invoicer.contract;

import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// How the contract writes times and numbers.
public final class Shown {
    private Shown() {}

    /// Whole seconds, UTC: `2026-08-01T00:00:00Z`.
    public static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    public static @Nullable String timeOrNull(@Nullable Instant instant) {
        return instant == null ? null : time(instant);
    }

    /// The end of a half-open period as the contract shows it: its last whole second, inclusive.
    public static String end(Instant exclusive) {
        return time(TimeSpan.inclusiveEnd(exclusive));
    }

    /// A plain decimal with at least one fractional digit: `12.0`, `0.0015`.
    public static String decimal(BigDecimal value) {
        var stripped = value.stripTrailingZeros();
        return (stripped.scale() < 1 ? stripped.setScale(1) : stripped).toPlainString();
    }
}
