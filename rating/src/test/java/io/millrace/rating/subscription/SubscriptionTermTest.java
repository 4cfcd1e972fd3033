package io.millrace.rating.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.period.Interval;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubscriptionTermTest {

    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final List<ZoneId> ZONES = List.of(
            UTC,
            ZoneId.of("Europe/Paris"),
            ZoneId.of("America/Los_Angeles"),
            ZoneId.of("America/St_Johns"),
            ZoneId.of("America/Sao_Paulo"),
            ZoneId.of("Asia/Kathmandu"),
            ZoneId.of("Pacific/Apia"),
            ZoneId.of("Pacific/Kiritimati"));

    @ParameterizedTest(name = "{0} {1} of {2}, started {3}, {5} {4}: {6} of {7} days of the period of {8}")
    @CsvSource(
            nullValues = "-",
            value = {
                // A whole period, and periods in which it does not run.
                "monthly, calendar, 2022-01-01T00:00:00Z, 2022-01-01T00:00:00Z, -, -, 31, 31, 2022-03-15",
                "monthly, calendar, 2022-01-01T00:00:00Z, 2022-01-01T00:00:00Z, 2022-02-10T00:00:00Z, ended, 0, 31, 2022-03-15",
                "monthly, calendar, 2022-04-02T00:00:00Z, 2022-04-02T00:00:00Z, -, -, 0, 31, 2022-03-15",
                // The day of the start counts whole, whatever the hour.
                "monthly, calendar, 2022-03-15T00:00:00Z, 2022-03-15T00:00:00Z, -, -, 17, 31, 2022-03-15",
                "monthly, calendar, 2022-03-31T23:59:00Z, 2022-03-31T23:59:00Z, -, -, 1, 31, 2022-03-31",
                "weekly, calendar, 2022-06-22T00:00:00Z, 2022-06-22T00:00:00Z, -, -, 5, 7, 2022-06-22",
                "yearly, calendar, 2022-03-15T00:00:00Z, 2022-03-15T00:00:00Z, -, -, 292, 365, 2022-12-31",
                // The day of the termination counts, unless the next subscription pays for it.
                "quarterly, calendar, 2024-05-20T10:00:00Z, 2024-05-20T10:00:00Z, 2024-06-20T10:00:00Z, ended, 32, 91, 2024-05-20",
                "monthly, calendar, 2023-07-19T12:12:00Z, 2023-07-19T12:12:00Z, 2023-08-21T12:00:00Z, ended, 21, 31, 2023-08-21",
                "monthly, calendar, 2023-07-19T12:12:00Z, 2023-07-19T12:12:00Z, 2023-08-21T12:00:00Z, upgraded, 20, 31, 2023-08-21",
                "monthly, calendar, 2023-08-21T08:00:00Z, 2023-08-21T08:00:00Z, 2023-08-21T12:00:00Z, ended, 1, 31, 2023-08-21",
                "monthly, calendar, 2023-08-21T08:00:00Z, 2023-08-21T08:00:00Z, 2023-08-21T12:00:00Z, upgraded, 0, 31, 2023-08-21",
                "monthly, calendar, 2023-08-01T00:00:00Z, 2023-08-01T00:00:00Z, 2023-10-01T00:20:00Z, ended, 1, 31, 2023-10-01",
                "monthly, anniversary, 2023-09-05T00:00:00Z, 2023-09-05T00:00:00Z, 2023-10-05T00:15:00Z, ended, 30, 30, 2023-09-05",
                // After an upgrade or a downgrade the older anniversary stays.
                "quarterly, anniversary, 2024-01-15T10:00:00Z, 2024-05-20T10:00:00Z, 2024-06-20T10:00:00Z, ended, 32, 91, 2024-05-20",
                "yearly, anniversary, 2023-06-29T12:12:00Z, 2023-09-28T05:00:00Z, -, -, 275, 366, 2023-09-28",
                "yearly, anniversary, 2023-07-19T12:12:00Z, 2023-11-19T12:12:00Z, -, -, 243, 366, 2023-11-19",
                "monthly, anniversary, 2024-01-31T00:00:00Z, 2024-01-31T00:00:00Z, -, -, 29, 29, 2024-02-10",
            })
    void paidDaysOfAPeriod(
            String interval,
            String billingTime,
            Instant subscriptionAt,
            Instant startedAt,
            Instant end,
            String ending,
            int days,
            int periodDays,
            LocalDate day) {
        SubscriptionTerm term =
                new SubscriptionTerm(startedAt, new Trial(startedAt, BigDecimal.ZERO), end, "upgraded".equals(ending));

        assertThat(term.paid(cycle(interval, billingTime, subscriptionAt, UTC).containing(day)))
                .isEqualTo(new Proration(days, periodDays));
    }

    @ParameterizedTest(name = "in {0}, started {1}, terminated {2}: {3} of {4} days")
    @CsvSource({
        "Europe/Paris, 2023-09-05T00:00:00Z, 2023-09-06T00:15:00Z, 2, 30",
        "Asia/Bangkok, 2023-09-05T00:00:00Z, 2023-09-06T00:15:00Z, 2, 30",
        // Five hours behind: from the 4th to the 5th.
        "America/Bogota, 2023-09-05T00:00:00Z, 2023-09-06T00:15:00Z, 2, 30",
        "Asia/Tokyo, 2023-09-05T14:59:59Z, 2023-09-05T15:00:00Z, 2, 30",
        "UTC, 2023-09-05T14:59:59Z, 2023-09-05T15:00:00Z, 1, 30",
        // An hour is lost or found: a day is a day.
        "Europe/Paris, 2026-03-28T23:30:00Z, 2026-03-29T21:59:59Z, 1, 31",
        "Europe/Paris, 2026-10-24T22:00:00Z, 2026-10-25T22:59:59Z, 1, 31",
        // Samoa had no 30 December 2011, and yet a period of 31 local days.
        "Pacific/Apia, 2011-12-29T12:00:00Z, 2011-12-30T12:00:00Z, 3, 31",
    })
    void daysAreLocalDays(ZoneId zone, Instant startedAt, Instant terminatedAt, int days, int periodDays) {
        BillingPeriod period =
                cycle("monthly", "anniversary", startedAt, zone).containing(LocalDate.ofInstant(startedAt, zone));

        assertThat(SubscriptionTerm.startingAt(startedAt)
                        .terminatedAt(terminatedAt)
                        .paid(period))
                .isEqualTo(new Proration(days, periodDays));
    }

    @ParameterizedTest(name = "{0} started {2} in {1}, trial of {3} days: {4} of {5} days of the period of {6}")
    @CsvSource({
        "monthly, UTC, 2022-01-01T00:01:00Z, 0, 31, 31, 2022-01-01",
        "monthly, UTC, 2022-01-01T00:01:00Z, 3, 28, 31, 2022-01-01",
        "monthly, UTC, 2022-01-01T00:01:00Z, 30, 1, 31, 2022-01-01",
        "monthly, UTC, 2022-01-01T00:01:00Z, 31, 0, 31, 2022-01-01",
        "monthly, UTC, 2022-01-01T00:01:00Z, 31, 28, 28, 2022-02-01",
        "monthly, UTC, 2022-01-01T00:01:00Z, 45, 0, 31, 2022-01-01",
        "monthly, UTC, 2022-01-01T00:01:00Z, 45, 14, 28, 2022-02-01",
        "monthly, UTC, 2022-03-15T00:00:00Z, 3, 14, 31, 2022-03-15",
        "weekly, UTC, 2022-06-20T00:01:00Z, 3, 4, 7, 2022-06-20",
        "weekly, UTC, 2022-06-22T00:00:00Z, 3, 2, 7, 2022-06-22",
        "weekly, UTC, 2022-06-22T00:00:00Z, 10, 0, 7, 2022-06-22",
        "weekly, UTC, 2022-06-22T00:00:00Z, 10, 2, 7, 2022-06-29",
        "yearly, UTC, 2022-01-01T00:00:00Z, 35, 330, 365, 2022-01-01",
        // The day that a trial ends in is paid, whatever the hour.
        "monthly, UTC, 2024-03-05T12:12:00Z, 10, 17, 31, 2024-03-05",
        "monthly, UTC, 2024-03-05T23:59:59Z, 10, 17, 31, 2024-03-05",
        // Midnight of 1 April comes at another time in Tokyo than in London.
        "monthly, Asia/Tokyo, 2024-03-22T18:12:00Z, 10, 29, 30, 2024-04-01",
        "monthly, Europe/Paris, 2024-03-22T01:12:00Z, 10, 30, 30, 2024-04-01",
        "monthly, Europe/Ljubljana, 2026-06-15T21:47:00Z, 41, 6, 31, 2026-07-15",
        // A part of a day is a part of 24 hours from the hour of the start.
        "monthly, UTC, 2024-03-05T10:00:00Z, 0.5, 27, 31, 2024-03-05",
        "monthly, UTC, 2024-03-05T12:00:00Z, 0.5, 26, 31, 2024-03-05",
        "monthly, UTC, 2024-03-05T11:59:59Z, 0.5, 27, 31, 2024-03-05",
        "monthly, UTC, 2024-03-05T10:00:00Z, 1.5, 26, 31, 2024-03-05",
        "monthly, UTC, 2024-03-05T00:00:00Z, 0.999999999999999999, 27, 31, 2024-03-05",
        // More than two hundred years, all free.
        "monthly, UTC, 2024-03-05T10:00:00Z, 100000, 0, 31, 2024-03-05",
    })
    void aTrialIsFree(
            String interval,
            ZoneId zone,
            Instant startedAt,
            BigDecimal trialDays,
            int days,
            int periodDays,
            LocalDate day) {
        BillingPeriod period = cycle(interval, "calendar", startedAt, zone).containing(day);
        SubscriptionTerm term = SubscriptionTerm.startingAt(startedAt).withTrial(new Trial(startedAt, trialDays));

        assertThat(term.paid(period)).isEqualTo(new Proration(days, periodDays));
        assertThat(term.running(period))
                .isEqualTo(SubscriptionTerm.startingAt(startedAt).paid(period));
    }

    @Test
    void anUpgradeStartsNoSecondTrial() {
        Instant first = Instant.parse("2024-03-05T12:12:00Z");
        Instant upgrade = Instant.parse("2024-03-10T12:12:00Z");
        BillingPeriod march = cycle("monthly", "calendar", first, UTC).containing(upgrade);
        Trial trial = new Trial(first, new BigDecimal(13));

        assertThat(SubscriptionTerm.startingAt(upgrade).withTrial(trial).paid(march))
                .isEqualTo(new Proration(14, 31));
    }

    @ParameterizedTest(name = "{0} days are no trial")
    @CsvSource({"-1", "-0.000000000000000001", "100000.000000000000000001", "1e20"})
    void aTrialIsWithinBounds(BigDecimal days) {
        assertThatThrownBy(() -> new Trial(Instant.EPOCH, days)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "started {1} in {0}, {4} {2}, trial of {3} days: {5} of 31 days unused")
    @CsvSource({
        "UTC, 2022-09-01T10:00:00Z, 2022-10-15T10:00:00Z, 0, ended, 16",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-15T10:00:00Z, 0, upgraded, 17",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-31T23:59:59Z, 0, ended, 0",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-31T23:59:59Z, 0, upgraded, 1",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-01T00:00:00Z, 0, ended, 30",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-01T00:00:00Z, 0, upgraded, 31",
        // It ended before October: October was never paid.
        "UTC, 2022-09-01T10:00:00Z, 2022-09-30T23:59:59Z, 0, ended, 0",
        "UTC, 2022-09-01T10:00:00Z, 2022-09-30T23:59:59Z, 0, upgraded, 0",
        "UTC, 2022-09-01T10:00:00Z, 2022-11-01T00:00:00Z, 0, ended, 0",
        "UTC, 2022-10-10T10:00:00Z, 2022-10-10T12:00:00Z, 0, ended, 21",
        "UTC, 2022-10-10T10:00:00Z, 2022-10-10T12:00:00Z, 0, upgraded, 22",
        // Days of the trial were not paid: none of them comes back.
        "UTC, 2022-09-01T10:00:00Z, 2022-10-15T10:00:00Z, 41, ended, 16",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-15T10:00:00Z, 46, ended, 15",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-15T10:00:00Z, 60, ended, 1",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-15T10:00:00Z, 61, ended, 0",
        "UTC, 2022-09-01T10:00:00Z, 2022-10-15T10:00:00Z, 120, ended, 0",
        // One in the morning on the 15th is still the 14th in California.
        "America/Los_Angeles, 2022-09-01T12:00:00Z, 2022-10-15T01:00:00Z, 0, ended, 17",
        "Europe/Paris, 2022-09-01T12:00:00Z, 2022-10-15T01:00:00Z, 0, ended, 16",
    })
    void unusedDaysOfAPeriodPaidInAdvance(
            ZoneId zone, Instant startedAt, Instant end, BigDecimal trialDays, String ending, int unused) {
        BillingPeriod october = cycle("monthly", "calendar", startedAt, zone).containing(LocalDate.parse("2022-10-05"));
        SubscriptionTerm term =
                new SubscriptionTerm(startedAt, new Trial(startedAt, trialDays), end, ending.equals("upgraded"));

        assertThat(term.unused(october)).isEqualTo(new Proration(unused, 31));
    }

    @Test
    void nothingIsUnusedWhileASubscriptionRuns() {
        BillingPeriod period = cycle("monthly", "calendar", Instant.EPOCH, UTC).containing(Instant.EPOCH);

        assertThat(SubscriptionTerm.startingAt(Instant.EPOCH).unused(period)).isEqualTo(new Proration(0, 31));
    }

    @Test
    void paidAndUnusedDaysAreWhatWasPaidInAdvance() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 5_000; round++) {
            Case it = Case.of(random);
            BillingPeriod period = it.cycle.containing(it.end);
            long full = random.nextLong(1_000_000_000_000_000L);
            SubscriptionTerm term = it.term();

            Proration inAdvance = it.running().paid(period);
            Proration used = term.paid(period);
            Proration unused = term.unused(period);

            assertThat(used.days() + unused.days()).as("seed %d, %s", seed, it).isEqualTo(inAdvance.days());
            assertThat(used.part(full).plus(unused.part(full)))
                    .as("seed %d, %s", seed, it)
                    .isEqualTo(inAdvance.part(full));
            assertThat(term.running(period).days()).as("seed %d, %s", seed, it).isGreaterThanOrEqualTo(used.days());
        }
    }

    @Test
    void theDaysOfTheOldAndTheNewSubscriptionAreTheDaysOfThePeriod() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 5_000; round++) {
            Case it = Case.of(random);
            BillingPeriod period = it.cycle.containing(it.end);
            SubscriptionTerm old = it.running().upgradedAt(it.end);
            SubscriptionTerm next = SubscriptionTerm.startingAt(it.end).withTrial(it.trial);
            long full = random.nextLong(1_000_000_000_000_000L);

            Proration whole = it.running().paid(period);

            assertThat(old.paid(period).days() + next.paid(period).days())
                    .as("seed %d, %s", seed, it)
                    .isEqualTo(whole.days());
            assertThat(old.running(period).days() + next.running(period).days())
                    .as("seed %d, %s", seed, it)
                    .isEqualTo(it.running().running(period).days());
            assertThat(old.paid(period).part(full).plus(next.paid(period).part(full)))
                    .as("an upgrade to the same price is free: seed %d, %s", seed, it)
                    .isEqualTo(whole.part(full));
        }
    }

    @Test
    void everyDayFromTheEndOfTheTrialToTheTerminationIsPaidOnce() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 500; round++) {
            Case it = Case.of(random);
            ZoneId zone = it.cycle.zone();
            SubscriptionTerm term = it.term();
            int paid = 0;
            LocalDate last = LocalDate.ofInstant(it.end, zone);
            BillingPeriod period = it.cycle.containing(LocalDate.ofInstant(it.start, zone));
            while (!period.firstDay().isAfter(last)) {
                paid += term.paid(period).days();
                period = it.cycle.containing(period.endDay());
            }

            long expected = Math.max(0, ChronoUnit.DAYS.between(it.trial.firstPaidDay(zone), last.plusDays(1)));

            assertThat((long) paid)
                    .as("seed %d, %s", seed, it)
                    .isEqualTo(expected - (expected > 0 && it.upgraded ? 1 : 0));
        }
    }

    /// A subscription of some years, its end more often than not close to a change of the clocks.
    private record Case(BillingCycle cycle, Instant start, Trial trial, Instant end, boolean upgraded) {

        static Case of(SplittableRandom random) {
            ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
            Interval interval = Interval.values()[random.nextInt(Interval.values().length)];
            BillingTime billingTime = BillingTime.values()[random.nextInt(2)];
            Instant anchor = Instant.ofEpochSecond(random.nextLong(1_000_000_000L, 2_000_000_000L));
            Instant start =
                    anchor.plusSeconds(random.nextLong(Duration.ofDays(800).toSeconds()));
            Instant end = start.plusSeconds(random.nextLong(Duration.ofDays(800).toSeconds()));
            var change = zone.getRules().nextTransition(end);
            if (change != null && random.nextInt(3) > 0) {
                end = change.getInstant().plusSeconds(random.nextLong(-100_000, 100_000));
            }
            // The one evening that is part of two days has its own test in BillingCycleTest.
            BillingCycle cycle = BillingCycle.of(interval, billingTime, anchor, zone);
            BigDecimal trialDays =
                    random.nextBoolean() ? BigDecimal.ZERO : BigDecimal.valueOf(random.nextInt(0, 900_000), 3);
            return new Case(cycle, start, new Trial(start, trialDays), end, random.nextBoolean());
        }

        SubscriptionTerm running() {
            return SubscriptionTerm.startingAt(start).withTrial(trial);
        }

        SubscriptionTerm term() {
            return upgraded ? running().upgradedAt(end) : running().terminatedAt(end);
        }
    }

    private static BillingCycle cycle(String interval, String billingTime, Instant subscriptionAt, ZoneId zone) {
        return BillingCycle.of(Interval.parse(interval), BillingTime.parse(billingTime), subscriptionAt, zone);
    }

    @Test
    void anAmountOfNothingIsPaidForNoDays() {
        BillingPeriod period = cycle("monthly", "calendar", Instant.EPOCH, UTC).containing(Instant.EPOCH);

        assertThat(SubscriptionTerm.startingAt(period.to()).paid(period).part(100))
                .isEqualTo(Fraction.ZERO);
    }
}
