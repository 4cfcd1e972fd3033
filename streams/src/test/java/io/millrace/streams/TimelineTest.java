package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What holds at a time: beginnings belong to a span, ends do not.
class TimelineTest {
    @ParameterizedTest
    @CsvSource(nullValues = "nothing", textBlock = """
            1900-01-01T00:00:00Z,        first
            2026-02-28T23:59:59.999999Z, first
            2026-03-01T00:00:00Z,        second
            2026-05-31T23:59:59.999999Z, second
            2026-06-01T00:00:00Z,        nothing
            2026-06-30T23:59:59.999999Z, nothing
            2026-07-01T00:00:00Z,        third
            2299-12-31T23:59:59Z,        third
            """)
    void whatHoldsAtATime(Instant time, @Nullable String value) {
        var timeline = Timeline.of(List.of(
                new Timeline.Span<>(null, Instant.parse("2026-03-01T00:00:00Z"), "first"),
                new Timeline.Span<>(
                        Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-06-01T00:00:00Z"), "second"),
                new Timeline.Span<>(Instant.parse("2026-07-01T00:00:00Z"), null, "third")));

        assertThat(timeline.at(time)).isEqualTo(value);
    }

    @Test
    void nothingHoldsInAnEmptyOne() {
        assertThat(Timeline.empty().at(Instant.EPOCH)).isNull();
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            # here,                  there,                          missing there
            -:-=a,                   -:-=a,                          ''
            -:-=a,                   -:3=a 3:-=b,                    3:-
            3:-=a,                   5:-=a,                          3:5
            3:-=a,                   2:-=a,                          ''
            3:-=a,                   3:5=a,                          5:-
            3:-=a,                   '',                             3:-
            '',                      3:-=a,                          ''
            1:5=a 5:-=b,             1:4=a 4:-=b,                    4:5
            1:5=a 5:-=b,             1:5=c 5:-=b,                    1:5
            1:5=a 5:-=b,             1:5=c 5:-=d,                    1:-
            -:4=a 6:-=b,             -:-=c,                          -:4 6:-
            1:9=a,                   2:3=a 4:5=b 6:9=a,              1:2 3:6
            """)
    void whatHoldsInOneAndNotInAnother(String here, String there, String missing) {
        assertThat(days(here).notIn(days(there), String::equals).stream()
                        .map(stretch -> day(stretch.from()) + ":" + day(stretch.to())))
                .containsExactlyElementsOf(missing.isEmpty() ? List.of() : List.of(missing.split(" ")));
    }

    /// Such as `1:5=a 5:-=b`: by days since 1970.
    private static Timeline<String> days(String text) {
        return Timeline.of(Arrays.stream(text.split(" "))
                .filter(span -> !span.isEmpty())
                .map(span -> span.split("[:=]"))
                .map(part -> new Timeline.Span<>(instant(part[0]), instant(part[1]), part[2]))
                .toList());
    }

    private static @Nullable Instant instant(String day) {
        return day.equals("-") ? null : Instant.EPOCH.plus(Duration.ofDays(Long.parseLong(day)));
    }

    private static String day(@Nullable Instant instant) {
        return instant == null
                ? "-"
                : Long.toString(Duration.between(Instant.EPOCH, instant).toDays());
    }
}
