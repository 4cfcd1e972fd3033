package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
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
}
