package io.millrace.streams;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What held when, such as the revisions of a plan: values over half-open spans of event time, in order and without
/// overlap, gaps allowed.
///
/// ```
/// since ever            1 March                  1 June
///  ─── revision 1 ───────[──── revision 2 ────────)      nothing
/// ```
public final class Timeline<T> {
    private static final Timeline<?> EMPTY = new Timeline<>(List.of());

    private final List<Span<T>> spans;

    private Timeline(List<Span<T>> spans) {
        this.spans = List.copyOf(spans);
    }

    /// A value and when it holds.
    ///
    /// @param from inclusive; null is since ever
    /// @param to exclusive; null is for ever
    public record Span<T>(@Nullable Instant from, @Nullable Instant to, T value) {
        boolean contains(Instant time) {
            return (from == null || !time.isBefore(from)) && (to == null || time.isBefore(to));
        }
    }

    public static <T> Timeline<T> of(List<Span<T>> spans) {
        return new Timeline<>(spans);
    }

    @SuppressWarnings("unchecked") // holds no value of any type
    public static <T> Timeline<T> empty() {
        return (Timeline<T>) EMPTY;
    }

    /// What held at a time, or null where nothing did.
    public @Nullable T at(Instant time) {
        var span = spanAt(time);
        return span == null ? null : span.value();
    }

    /// What held at a time, with when it did; null where nothing did.
    public @Nullable Span<T> spanAt(Instant time) {
        // Most events are recent, and the latest span is the last.
        for (int i = spans.size() - 1; i >= 0; i--) {
            var span = spans.get(i);
            if (span.contains(time)) return span;
        }
        return null;
    }

    public List<Span<T>> spans() {
        return spans;
    }
}
