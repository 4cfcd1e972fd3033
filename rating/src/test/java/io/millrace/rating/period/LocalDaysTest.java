package io.millrace.rating.period;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalDaysTest {

    @ParameterizedTest(name = "{0} to {1} in {2}: {3} days")
    @CsvSource({
        "2024-02-01T00:00:00Z, 2024-02-29T23:59:59Z, UTC, 29",
        "2023-12-01T00:00:00Z, 2023-12-07T00:00:00Z, UTC, 7",
        "2023-12-01T00:00:00Z, 2023-12-01T00:00:00Z, UTC, 1",
        "2023-12-01T00:00:00Z, 2023-12-01T23:59:59Z, UTC, 1",
        "2023-12-01T00:00:00Z, 2023-12-02T00:00:00Z, UTC, 2",
        // Not the dates that are touched, of which there are 31.
        "2023-08-31T23:10:00Z, 2023-09-30T22:59:59Z, Europe/Paris, 30",
        // Clocks go back, and forward: as many days as the wall clock shows.
        "2023-09-30T23:10:00Z, 2023-10-31T22:59:59Z, Europe/Paris, 31",
        "2023-02-28T23:10:00Z, 2023-03-31T21:59:59Z, Europe/Paris, 31",
        "2023-11-30T05:00:00Z, 2023-12-06T05:00:00Z, America/New_York, 7",
        // 02:45 is before 02:15 of the second time round.
        "2026-10-25T00:45:00Z, 2026-10-25T01:15:00Z, Europe/Paris, 1",
        // Apia had no 30 December 2011, and its wall clocks went a day ahead.
        "2011-12-29T10:00:00Z, 2011-12-30T10:00:00Z, Pacific/Apia, 3",
    })
    void daysAreWhatTheWallClockShows(Instant from, Instant to, String zone, long days) {
        assertThat(LocalDays.between(from, to, ZoneId.of(zone))).isEqualTo(days);
    }

    @Test
    void whatEndsBeforeItStartsHasNoDays() {
        assertThatThrownBy(() -> LocalDays.between(Instant.EPOCH, Instant.EPOCH.minusNanos(1), ZoneId.of("UTC")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
