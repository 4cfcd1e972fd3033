package io.millrace.enricher;

import io.millrace.streams.Timeline.Span;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// The ends of a stretch of event time as microseconds since 1970 UTC, which is how events say their time.
final class Micros {
    private static final long SINCE_EVER = Long.MIN_VALUE;
    private static final long FOR_EVER = Long.MAX_VALUE;

    private Micros() {}

    static long from(Span<?> span) {
        return from(span.from());
    }

    static long to(Span<?> span) {
        return to(span.to());
    }

    /// @param time null is since ever
    static long from(@Nullable Instant time) {
        return of(time, SINCE_EVER);
    }

    /// @param time null is for ever
    static long to(@Nullable Instant time) {
        return of(time, FOR_EVER);
    }

    /// The time of which [#from] or [#to] gave these microseconds.
    static @Nullable Instant instant(long micros) {
        return micros == SINCE_EVER || micros == FOR_EVER ? null : Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long of(@Nullable Instant time, long otherwise) {
        return time == null ? otherwise : ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
