package io.millrace.rating.period;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BillingCycleTest {

    private static final ZoneId UTC = ZoneId.of("UTC");

    @ParameterizedTest(name = "{0} {1} from {2}: {3} is in {4} to {5}, {6} days")
    @CsvSource({
        "weekly, calendar, 2021-02-02, 2022-06-20, 2022-06-20, 2022-06-27, 7",
        "weekly, calendar, 2021-02-02, 2022-06-26, 2022-06-20, 2022-06-27, 7",
        "weekly, calendar, 2021-02-02, 2025-12-31, 2025-12-29, 2026-01-05, 7",
        "weekly, calendar, 2021-02-02, 1969-12-31, 1969-12-29, 1970-01-05, 7",
        "weekly, anniversary, 2021-02-02, 2022-06-20, 2022-06-14, 2022-06-21, 7",
        "weekly, anniversary, 2021-02-02, 2022-06-21, 2022-06-21, 2022-06-28, 7",
        "weekly, anniversary, 2021-02-02, 2021-02-01, 2021-01-26, 2021-02-02, 7",
        "monthly, calendar, 2021-02-02, 2022-03-01, 2022-03-01, 2022-04-01, 31",
        "monthly, calendar, 2021-02-02, 2024-02-29, 2024-02-01, 2024-03-01, 29",
        "monthly, calendar, 2021-02-02, 1900-02-28, 1900-02-01, 1900-03-01, 28",
        "monthly, anniversary, 2024-01-31, 2024-02-28, 2024-01-31, 2024-02-29, 29",
        "monthly, anniversary, 2024-01-31, 2024-02-29, 2024-02-29, 2024-03-31, 31",
        "monthly, anniversary, 2024-01-31, 2024-03-30, 2024-02-29, 2024-03-31, 31",
        "monthly, anniversary, 2024-01-31, 2024-03-31, 2024-03-31, 2024-04-30, 30",
        "monthly, anniversary, 2024-01-31, 2025-02-28, 2025-02-28, 2025-03-31, 31",
        "monthly, anniversary, 2024-01-31, 2024-01-30, 2023-12-31, 2024-01-31, 31",
        "monthly, anniversary, 2024-01-31, 2023-03-30, 2023-02-28, 2023-03-31, 31",
        "quarterly, calendar, 2021-02-02, 2022-05-15, 2022-04-01, 2022-07-01, 91",
        "quarterly, calendar, 2021-02-02, 2022-12-31, 2022-10-01, 2023-01-01, 92",
        "quarterly, anniversary, 2024-01-15, 2024-05-20, 2024-04-15, 2024-07-15, 91",
        "quarterly, anniversary, 2023-11-30, 2024-02-29, 2024-02-29, 2024-05-30, 91",
        "semiannual, calendar, 2021-02-02, 2022-06-30, 2022-01-01, 2022-07-01, 181",
        "semiannual, calendar, 2021-02-02, 2022-07-01, 2022-07-01, 2023-01-01, 184",
        "semiannual, anniversary, 2021-08-31, 2022-02-28, 2022-02-28, 2022-08-31, 184",
        "yearly, calendar, 2021-02-02, 2024-12-31, 2024-01-01, 2025-01-01, 366",
        "yearly, anniversary, 2024-02-29, 2025-02-20, 2024-02-29, 2025-02-28, 365",
        "yearly, anniversary, 2024-02-29, 2025-02-28, 2025-02-28, 2026-02-28, 365",
        "yearly, anniversary, 2024-02-29, 2028-02-28, 2027-02-28, 2028-02-29, 366",
        "yearly, anniversary, 2024-02-29, 2028-02-29, 2028-02-29, 2029-02-28, 365",
    })
    void thePeriodThatADayFallsIn(
            String interval,
            String billingTime,
            LocalDate anchor,
            LocalDate day,
            LocalDate first,
            LocalDate end,
            int days) {
        BillingPeriod period = cycle(interval, billingTime, anchor, UTC).containing(day);

        assertThat(period).isEqualTo(new BillingPeriod(first, end, UTC));
        assertThat(period.days()).isEqualTo(days);
    }

    @ParameterizedTest(name = "{0} monthly at {1} is in {2} to {3}")
    @CsvSource({
        "UTC, 2022-03-01T00:00:00Z, 2022-03-01T00:00:00Z, 2022-04-01T00:00:00Z",
        "UTC, 2022-02-28T23:59:59.999999Z, 2022-02-01T00:00:00Z, 2022-03-01T00:00:00Z",
        // Midnight UTC on 1 March is still 28 February in New York.
        "America/New_York, 2022-03-01T00:00:00Z, 2022-02-01T05:00:00Z, 2022-03-01T05:00:00Z",
        "America/New_York, 2022-03-07T00:00:00Z, 2022-03-01T05:00:00Z, 2022-04-01T04:00:00Z",
        "Europe/Paris, 2026-03-31T21:59:59Z, 2026-02-28T23:00:00Z, 2026-03-31T22:00:00Z",
        "Europe/Paris, 2026-03-31T22:00:00Z, 2026-03-31T22:00:00Z, 2026-04-30T22:00:00Z",
        "Asia/Kathmandu, 2026-01-31T18:15:00Z, 2026-01-31T18:15:00Z, 2026-02-28T18:15:00Z",
        "Pacific/Kiritimati, 2026-01-31T10:00:00Z, 2026-01-31T10:00:00Z, 2026-02-28T10:00:00Z",
        // In Asuncion 1 October 2017 began at 01:00: midnight was skipped.
        "America/Asuncion, 2017-10-01T04:00:00Z, 2017-10-01T04:00:00Z, 2017-11-01T03:00:00Z",
        "America/Asuncion, 2017-10-01T03:59:59Z, 2017-09-01T04:00:00Z, 2017-10-01T04:00:00Z",
    })
    void periodsAreLocalDaysOfTheCustomersZone(String zone, Instant instant, Instant from, Instant to) {
        BillingPeriod period =
                cycle("monthly", "calendar", LocalDate.EPOCH, ZoneId.of(zone)).containing(instant);

        assertThat(period.from()).isEqualTo(from);
        assertThat(period.to()).isEqualTo(to);
    }

    @Test
    void theAnchorIsTheLocalDayOfTheSubscription() {
        Instant at = Instant.parse("2024-01-31T23:30:00Z");

        assertThat(BillingCycle.of(Interval.MONTHLY, BillingTime.ANNIVERSARY, at, ZoneId.of("Europe/Paris"))
                        .anchor())
                .isEqualTo("2024-02-01");
        assertThat(BillingCycle.of(Interval.MONTHLY, BillingTime.ANNIVERSARY, at, UTC)
                        .anchor())
                .isEqualTo("2024-01-31");
    }

    @Test
    void usageOfAHalfYearOrYearMayBeBilledEachMonth() {
        BillingCycle yearly = cycle("yearly", "anniversary", LocalDate.parse("2024-02-29"), UTC);

        assertThat(yearly.ofCharges(true).containing(LocalDate.parse("2025-03-01")))
                .isEqualTo(new BillingPeriod(LocalDate.parse("2025-02-28"), LocalDate.parse("2025-03-29"), UTC));
        assertThat(yearly.ofCharges(false)).isEqualTo(yearly);
        assertThat(cycle("semiannual", "calendar", LocalDate.EPOCH, UTC)
                        .ofCharges(true)
                        .interval())
                .isEqualTo(Interval.MONTHLY);
        assertThat(cycle("quarterly", "calendar", LocalDate.EPOCH, UTC)
                        .ofCharges(true)
                        .interval())
                .isEqualTo(Interval.QUARTERLY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UTC",
                "Europe/Paris",
                "America/New_York",
                "America/St_Johns",
                "America/Sao_Paulo",
                "America/Havana",
                "Asia/Beirut",
                "Asia/Kathmandu",
                "Pacific/Apia",
                "Pacific/Kiritimati",
                "Australia/Lord_Howe",
                "Africa/Casablanca",
            })
    void everyInstantIsInExactlyOnePeriodAndPeriodsFollowEachOther(String zoneId) {
        ZoneId zone = ZoneId.of(zoneId);
        Random random = new Random(zoneId.hashCode());
        for (Interval interval : Interval.values()) {
            for (BillingTime billingTime : BillingTime.values()) {
                for (int round = 0; round < 300; round++) {
                    Instant anchor = Instant.ofEpochSecond(random.nextLong(0, 2_000_000_000L));
                    Instant instant = Instant.ofEpochSecond(random.nextLong(0, 2_000_000_000L));
                    // Half of the instants close to a change of the clocks, where it hurts.
                    var transition = zone.getRules().nextTransition(instant);
                    if (random.nextBoolean() && transition != null) {
                        instant = transition.getInstant().plusSeconds(random.nextLong(-7_200, 7_200));
                    }
                    BillingCycle cycle = BillingCycle.of(interval, billingTime, anchor, zone);

                    BillingPeriod period = cycle.containing(instant);
                    BillingPeriod next = cycle.next(instant);

                    assertThat(period.contains(instant))
                            .as("%s at %s is in %s", cycle, instant, period)
                            .isTrue();
                    assertThat(next.from()).as("%s at %s", cycle, instant).isEqualTo(period.to());
                    assertThat(cycle.previous(next.from())).isEqualTo(period);
                    assertThat(cycle.containing(period.from())).isEqualTo(period);
                    assertThat(cycle.containing(period.to().minusNanos(1))).isEqualTo(period);
                    assertThat(cycle.containing(period.to())).isEqualTo(next);
                }
            }
        }
    }

    @Test
    void anEveningThatComesTwiceBelongsToTheDayThatHadAlreadyBegun() {
        // In St. John's the clocks went back at 00:01 on 1 November 2009, to 23:01 on 31 October.
        ZoneId zone = ZoneId.of("America/St_Johns");
        Instant secondEvening = Instant.parse("2009-11-01T03:00:00Z");
        assertThat(LocalDate.ofInstant(secondEvening, zone)).isEqualTo("2009-10-31");

        BillingPeriod period =
                cycle("monthly", "calendar", LocalDate.EPOCH, zone).containing(secondEvening);

        assertThat(period.firstDay()).isEqualTo("2009-11-01");
        assertThat(period.from()).isEqualTo("2009-11-01T02:30:00Z");
    }

    @ParameterizedTest(name = "{0} around {1}")
    @CsvSource({
        // A minute past midnight clocks went back by an hour.
        "America/St_Johns, 2009-11-01T02:31:00Z",
        // On the eve of 1 October clocks went back by 23 hours: from one side of the date line to the other.
        "Pacific/Kwajalein, 1969-09-30T13:00:00Z",
        // And forward by a day: no 21 August, no 30 December.
        "Pacific/Kwajalein, 1993-08-21T12:00:00Z",
        "Pacific/Apia, 2011-12-30T10:00:00Z",
        "Europe/Paris, 2026-10-25T01:00:00Z",
    })
    void howeverClocksAreSetEveryInstantIsInItsPeriod(String zone, Instant change) {
        assertThat(ZoneId.of(zone)
                        .getRules()
                        .previousTransition(change.plusNanos(1))
                        .getInstant())
                .isEqualTo(change);
        for (Interval interval : Interval.values()) {
            for (int anchorDay = 1; anchorDay <= 31; anchorDay++) {
                LocalDate anchor = LocalDate.of(1968, 12, anchorDay);
                BillingCycle cycle = new BillingCycle(interval, BillingTime.ANNIVERSARY, anchor, ZoneId.of(zone));
                for (int minutes = -60 * 50; minutes < 60 * 50; minutes += 10) {
                    Instant instant = change.plus(Duration.ofMinutes(minutes));

                    assertThat(cycle.containing(instant).contains(instant))
                            .as("%s at %s", cycle, instant)
                            .isTrue();
                }
            }
        }
    }

    @ParameterizedTest(name = "started {0}, terminated {1}: {2} to {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                "2022-01-01T10:00:00Z, -, 2022-03-01T00:00:00Z, 2022-04-01T00:00:00Z",
                "2022-03-05T10:00:00Z, -, 2022-03-05T10:00:00Z, 2022-04-01T00:00:00Z",
                "2022-01-01T10:00:00Z, 2022-03-09T00:00:00Z, 2022-03-01T00:00:00Z, 2022-03-09T00:00:00Z",
                "2022-03-05T10:00:00Z, 2022-03-09T00:00:00Z, 2022-03-05T10:00:00Z, 2022-03-09T00:00:00Z",
                "2022-01-01T10:00:00Z, 2023-01-01T00:00:00Z, 2022-03-01T00:00:00Z, 2022-04-01T00:00:00Z",
                "2022-04-01T00:00:00Z, -, -, -",
                "2022-01-01T10:00:00Z, 2022-03-01T00:00:00Z, -, -",
                "2022-03-05T10:00:00Z, 2022-03-05T10:00:00Z, -, -",
            })
    void aPeriodIsClampedToTheSubscription(Instant started, Instant terminated, Instant from, Instant to) {
        TimeSpan march = cycle("monthly", "calendar", LocalDate.EPOCH, UTC)
                .containing(LocalDate.parse("2022-03-15"))
                .span();

        assertThat(march.clamp(started, terminated).map(TimeSpan::from).orElse(null))
                .isEqualTo(from);
        assertThat(march.clamp(started, terminated).map(TimeSpan::to).orElse(null))
                .isEqualTo(to);
    }

    @Test
    void aDayIsTwentyThreeOrTwentyFiveHoursLongWhereClocksChange() {
        BillingCycle weekly = cycle("weekly", "calendar", LocalDate.EPOCH, ZoneId.of("Europe/Paris"));

        BillingPeriod spring = weekly.containing(LocalDate.parse("2026-03-29"));
        BillingPeriod autumn = weekly.containing(LocalDate.parse("2026-10-25"));

        assertThat(Duration.between(spring.from(), spring.to())).isEqualTo(Duration.ofHours(7 * 24 - 1));
        assertThat(Duration.between(autumn.from(), autumn.to())).isEqualTo(Duration.ofHours(7 * 24 + 1));
    }

    @Test
    void whatIsNoIntervalOrBillingTimeOrSpanIsRefused() {
        assertThatThrownBy(() -> Interval.parse("daily")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Interval.parse("MONTHLY")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BillingTime.parse("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TimeSpan(Instant.EPOCH, Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
    }

    static BillingCycle cycle(String interval, String billingTime, LocalDate anchor, ZoneId zone) {
        return new BillingCycle(Interval.parse(interval), BillingTime.parse(billingTime), anchor, zone);
    }
}
