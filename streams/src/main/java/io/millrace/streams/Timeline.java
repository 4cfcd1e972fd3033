package io.millrace.streams;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// What held when, such as the revisions of a plan: values over half-open spans of event time, in order and
/// without overlap, gaps allowed.
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

    /// A stretch of event time.
    ///
    /// @param from inclusive; null is since ever
    /// @param to exclusive; null is for ever
    public record Stretch(@Nullable Instant from, @Nullable Instant to) {
        public static final Stretch ALWAYS = new Stretch(null, null);
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

    /// When something holds here that does not hold in another timeline, where something else does or
    /// nothing:
    ///
    /// ```
    /// here          ───── a ─────[───── b ─────)
    /// there              [─ a ─)[────── b ─────)
    /// not there     ─────       ─
    /// ```
    ///
    /// @param same whether two values are as good as each other
    public List<Stretch> notIn(Timeline<T> there, BiPredicate<T, T> same) {
        var missing = new ArrayList<Stretch>();
        for (var span : spans) {
            var from = span.from();
            for (var end : there.changesWithin(span)) {
                var other = there.at(from == null ? Instant.MIN : from);
                if (other == null || !same.test(span.value(), other)) add(missing, new Stretch(from, end));
                from = end;
            }
        }
        return List.copyOf(missing);
    }

    /// When one value gives way to the next within a span, and where the span ends.
    private List<@Nullable Instant> changesWithin(Span<T> span) {
        var changes = new TreeSet<Instant>();
        for (var own : spans) {
            if (own.from() != null && span.contains(own.from())) changes.add(own.from());
            if (own.to() != null && span.contains(own.to())) changes.add(own.to());
        }
        if (span.from() != null) changes.remove(span.from());
        var ends = new ArrayList<@Nullable Instant>(changes);
        ends.add(span.to());
        return ends;
    }

    private static void add(List<Stretch> stretches, Stretch next) {
        var last = stretches.isEmpty() ? null : stretches.getLast();
        if (last != null && last.to() != null && last.to().equals(next.from())) {
            stretches.set(stretches.size() - 1, new Stretch(last.from(), next.to()));
        } else {
            stretches.add(next);
        }
    }
}
