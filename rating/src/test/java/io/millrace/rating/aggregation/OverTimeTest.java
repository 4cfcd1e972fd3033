package io.millrace.rating.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Usage that pays by the time that it is held. Events are `day:value` in April, which has 30 days; `4T12` is
/// the 4th at noon, `0` the last of March, and `-` before a text removes it.
class OverTimeTest {

    private static final TimeSpan APRIL = span("2023-04-01T00:00:00Z", "2023-05-01T00:00:00Z");
    private static final Duration THIRTY_DAYS = Duration.ofDays(30);

    @ParameterizedTest(name = "{0} carried over, {1}: {2} units, and the level is {3}")
    @CsvSource({
        "0,    '',                  0,    0",
        "10,   '',                  10,   10",
        "0,    1:10 16:-5,          7.5,  5",
        "0,    16:-5 1:10,          7.5,  5",
        "0,    16:10,               5,    10",
        "0,    16:5 16:5,           5,    10",
        "0,    0:10,                10,   10",
        "0,    16:-10,              -5,   -10",
        "2500, 4:-2000 6:-200,      533.333333333333333333, 300",
        "0,    4T12:60,             53,   60",
        // Held for no time, but there when the next period starts.
        "0,    31:10,               0,    10",
    })
    void aLevelCountsForTheTimeThatItIsHeld(BigDecimal initial, String events, BigDecimal units, BigDecimal level) {
        WeightedSum weighted = new WeightedSum(APRIL, THIRTY_DAYS, initial);

        assertThat(at18Digits(weighted.units(events(events)))).isEqualByComparingTo(units);
        assertThat(weighted.level(events(events))).isEqualByComparingTo(level);
    }

    @Test
    void aSubscriptionThatStartsInThePeriodHoldsForItsPartOnly() {
        TimeSpan fromThe16th = span("2023-04-16T00:00:00Z", "2023-05-01T00:00:00Z");

        assertThat(new WeightedSum(fromThe16th, THIRTY_DAYS, BigDecimal.ZERO).units(events("16:10")))
                .isEqualByComparingTo("5");
    }

    @Test
    void timeIsExactToTheNanosecondAndNothingOverflows() {
        BigDecimal largest = new BigDecimal("99999999999999999999.999999999999999999");
        WeightedSum weighted = new WeightedSum(APRIL, Duration.ofNanos(1), largest);
        UsageEvent last = UsageEvent.of(APRIL.to().minusNanos(1), 0, "0.000000000000000001");

        assertThat(weighted.units(List.of(last)))
                .isEqualByComparingTo(largest.multiply(BigDecimal.valueOf(THIRTY_DAYS.toNanos()))
                        .add(new BigDecimal("0.000000000000000001")));
        assertThat(weighted.start().add(last).units()).isEqualByComparingTo(weighted.units(List.of(last)));
    }

    @Test
    void aPeriodHasALength() {
        assertThatThrownBy(() -> new WeightedSum(APRIL, Duration.ZERO, BigDecimal.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0}: {1} units, {2} before proration")
    @CsvSource({
        "'',              0,   0",
        "0:10,            10,  10",
        "1:10,            10,  10",
        "0:10 16:6,       13,  16",
        "30T23:30,        1,   30",
        "16:30 16:-30,    0,   0",
        "16:-30,          -15, -30",
        "4T12:30 4T23:30, 54,  60",
    })
    void aValuePaysFromItsDayOn(String events, BigDecimal units, BigDecimal full) {
        ProratedSum prorated = new ProratedSum(HeldDays.of(APRIL, 30, ZoneOffset.UTC, false));

        assertThat(prorated.units(events(events))).isEqualByComparingTo(units);
        assertThat(prorated.fullUnits(events(events))).isEqualByComparingTo(full);
    }

    @ParameterizedTest(name = "{0}: {1} seat-days, {2} seats in the end")
    @CsvSource({
        "'',                                        0,  0",
        "0:a,                                       30, 1",
        "1:a,                                       30, 1",
        "30T23:a,                                   1,  1",
        "1:a 3:-a,                                  3,  0",
        "0:a 1:-a,                                  1,  0",
        "0:a 0T12:-a,                               0,  0",
        "2:a 2T1:-a,                                1,  0",
        "2:a 2T1:-a 2T2:a 2T3:-a,                   1,  0",
        "2:a 2T1:-a 4T1:a,                          28, 1",
        "2:a 6:-a 6T1:a 8:-a,                       7,  0",
        "1:a 2:a 2T1:-a 2T2:a 4T1:a 4T2:-a,         4,  0",
        "1T1:a 1T2:-a 6:a 6T1:-a 11:a 11T1:-a,      3,  0",
        "3:-a,                                      0,  0",
        "1:a 1:b 16:-b,                             46, 1",
        "0:a 30T23:-a,                              30, 0",
    })
    void aSeatPaysForTheDaysOnWhichItIsThere(String events, int seatDays, int seats) {
        ProratedUniqueCount prorated = new ProratedUniqueCount(HeldDays.of(APRIL, 1, ZoneOffset.UTC, false));

        assertThat(prorated.units(events(events))).isEqualByComparingTo(BigDecimal.valueOf(seatDays));
        assertThat(prorated.fullUnits(events(events))).isEqualByComparingTo(BigDecimal.valueOf(seats));
    }

    @ParameterizedTest(name = "{0} to {1} in {2}, upgraded {3}: from the 10th {4} days, {5} in all")
    @CsvSource({
        "2023-03-01T00:00:00Z, 2023-04-01T00:00:00Z, UTC,              false, 22, 31",
        "2023-03-01T00:00:00Z, 2023-03-24T12:00:00Z, UTC,              false, 15, 24",
        "2023-03-01T00:00:00Z, 2023-03-24T12:00:00Z, UTC,              true,  14, 23",
        "2023-03-01T00:00:00Z, 2023-03-24T00:00:00Z, UTC,              false, 14, 23",
        "2023-03-01T05:00:00Z, 2023-04-01T04:00:00Z, America/New_York, false, 22, 31",
        "2023-03-09T22:00:00Z, 2023-04-01T00:00:00Z, UTC,              false, 22, 23",
        "2023-03-20T00:00:00Z, 2023-04-01T00:00:00Z, UTC,              false, 12, 12",
        "2023-03-01T00:00:00Z, 2023-03-05T12:00:00Z, UTC,              false, 0,  5",
        "2023-03-05T00:00:00Z, 2023-03-05T12:00:00Z, UTC,              true,  0,  0",
    })
    void daysAreLocalAndWhole(Instant from, Instant to, ZoneId zone, boolean upgraded, long left, long all) {
        HeldDays days = HeldDays.of(new TimeSpan(from, to), 31, zone, upgraded);

        assertThat(days.left(LocalDate.parse("2023-03-10")
                        .atStartOfDay(zone)
                        .plusHours(23)
                        .toInstant()))
                .isEqualTo(left);
        assertThat(days.left(from)).isEqualTo(all);
        assertThat(days.left(from.minusSeconds(1_000_000))).isEqualTo(all);
    }

    /// On the first day of winter time in St. John's, clocks went back from one minute after midnight.
    @ParameterizedTest
    @CsvSource({
        "2026-03-01, 2026-04-01, UTC",
        "2026-03-01, 2026-04-01, America/New_York",
        "2026-10-01, 2026-11-02, Europe/Berlin",
        "2026-04-01, 2026-05-01, Australia/Lord_Howe",
        "2026-10-01, 2026-11-01, Africa/Cairo",
        "2010-11-01, 2010-12-01, America/St_Johns",
        "2010-10-20, 2010-11-07, America/St_Johns",
        "2011-12-01, 2012-01-01, Pacific/Apia",
    })
    void theTableSaysHowManyDaysAreLeft(LocalDate first, LocalDate end, ZoneId zone) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        HeldDays days = new HeldDays(first, end, 31, zone);
        NavigableMap<Instant, Long> table = days.leftSince();
        Instant from = first.atStartOfDay(zone).toInstant();
        Instant to = end.atStartOfDay(zone).toInstant();
        for (long minute = 0; from.plusSeconds(minute * 60).isBefore(to); minute++) {
            Instant time = from.plusSeconds(minute * 60).plusMillis(random.nextInt(60_000));

            assertThat(table.floorEntry(time).getValue())
                    .as("seed %d, %s", seed, time)
                    .isEqualTo(days.left(time));
        }
        assertThat(table.firstKey()).isEqualTo(from);
        assertThat(table.firstEntry().getValue()).isEqualTo(days.left(from.minusSeconds(1)));
    }

    @Test
    void daysThatEndBeforeTheyBeginAreRefused() {
        LocalDate day = LocalDate.parse("2023-03-10");

        assertThatThrownBy(() -> new HeldDays(day, day.minusDays(1), 31, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HeldDays(day, day, 0, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsNotHeldIsNotProrated() {
        HeldDays days = HeldDays.of(APRIL, 30, ZoneOffset.UTC, false);
        WeightedSum weighted = new WeightedSum(APRIL, THIRTY_DAYS, BigDecimal.ZERO);

        for (Aggregation aggregation : List.of(new Count(), new Max(), new Latest(), weighted)) {
            assertThat(aggregation.prorated(days)).as(aggregation.code()).isEmpty();
        }
    }

    @ParameterizedTest(name = "recurring {0}: an event at {1} counts: {2}")
    @CsvSource({
        "false, 2023-03-31T23:59:59.999999999Z, false",
        "true,  2023-03-31T23:59:59.999999999Z, true",
        "true,  1999-01-01T00:00:00Z,           true",
        "false, 2023-04-01T00:00:00Z,           true",
        "false, 2023-04-15T00:00:00Z,           true",
        "false, 2023-04-15T00:00:00.000001Z,    false",
        "true,  2023-04-30T00:00:00Z,           false",
    })
    void aPeriodSeenAtATimeHasNoLaterEvents(boolean recurring, Instant time, boolean counts) {
        UsageWindow window = UsageWindow.of(APRIL, recurring).until(Instant.parse("2023-04-15T00:00:00Z"));

        assertThat(window.contains(time)).isEqualTo(counts);
        assertThat(window.until(Instant.parse("2024-01-01T00:00:00Z"))).isEqualTo(window);
    }

    private static BigDecimal at18Digits(BigDecimal units) {
        return units.setScale(18, java.math.RoundingMode.HALF_UP);
    }

    private static TimeSpan span(String from, String to) {
        return new TimeSpan(Instant.parse(from), Instant.parse(to));
    }

    private static List<UsageEvent> events(String text) {
        List<UsageEvent> events = new ArrayList<>();
        for (String event : text.split(" ", -1)) {
            if (event.isEmpty()) {
                continue;
            }
            String[] timeAndValue = event.split(":", 2);
            String[] dayAndHour = timeAndValue[0].split("T", 2);
            boolean removes = timeAndValue[1].matches("-[a-z]");
            events.add(new UsageEvent(
                    APRIL.from()
                            .plus(Duration.ofDays(Long.parseLong(dayAndHour[0]) - 1))
                            .plus(Duration.ofHours(dayAndHour.length == 1 ? 0 : Long.parseLong(dayAndHour[1]))),
                    events.size(),
                    removes ? timeAndValue[1].substring(1) : timeAndValue[1],
                    removes ? Operation.REMOVE : Operation.ADD));
        }
        return events;
    }
}
