package io.millrace.rating.period;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.period.BillingSchedule.Terms;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BillingScheduleTest {

    private static final Terms IN_ARREARS = new Terms(false, false, false);
    private static final Terms IN_ADVANCE = new Terms(true, false, false);

    private static final List<ZoneId> ZONES = List.of(
                    "UTC",
                    "Europe/Paris",
                    "America/New_York",
                    "America/St_Johns",
                    "America/Sao_Paulo",
                    "America/Havana",
                    "Asia/Beirut",
                    "Asia/Kathmandu",
                    "Asia/Tokyo",
                    "Pacific/Apia",
                    "Pacific/Kiritimati",
                    "Etc/GMT+12",
                    "Australia/Lord_Howe")
            .stream()
            .map(ZoneId::of)
            .toList();

    @ParameterizedTest(name = "{0} {1}, {2}, run at {3}: fee {4} to {5}, charges {6} to {7}")
    @CsvSource(
            nullValues = "-",
            value = {
                // A month that begins on the 31st, through February of a leap year.
                "monthly, arrears, 2024-01-31T01:00:00Z, 2024-02-29T02:00:00Z,"
                        + " 2024-01-31T00:00:00Z, 2024-02-28T23:59:59Z, 2024-01-31T01:00:00Z, 2024-02-28T23:59:59Z",
                "monthly, arrears, 2024-01-31T01:00:00Z, 2024-03-31T02:00:00Z,"
                        + " 2024-02-29T00:00:00Z, 2024-03-30T23:59:59Z, 2024-02-29T00:00:00Z, 2024-03-30T23:59:59Z",
                "monthly, arrears, 2024-01-31T01:00:00Z, 2024-04-30T02:00:00Z,"
                        + " 2024-03-31T00:00:00Z, 2024-04-29T23:59:59Z, 2024-03-31T00:00:00Z, 2024-04-29T23:59:59Z",
                // In advance: at the start the fee alone, then the next fee and the usage that is over.
                "monthly, advance, 2024-01-30T09:00:00Z, 2024-01-30T09:00:00Z,"
                        + " 2024-01-30T00:00:00Z, 2024-02-28T23:59:59Z, 2024-01-30T09:00:00Z, 2024-01-30T09:00:00Z",
                "monthly, advance, 2024-01-30T09:00:00Z, 2024-02-29T02:00:00Z,"
                        + " 2024-02-29T00:00:00Z, 2024-03-29T23:59:59Z, 2024-01-30T09:00:00Z, 2024-02-28T23:59:59Z",
                // A year that begins on 29 February begins on the 28th in common years.
                "yearly, arrears, 2024-02-29T00:00:00Z, 2025-02-28T00:00:00Z,"
                        + " 2024-02-29T00:00:00Z, 2025-02-27T23:59:59Z, 2024-02-29T00:00:00Z, 2025-02-27T23:59:59Z",
                "yearly, arrears, 2024-02-29T00:00:00Z, 2028-02-29T00:00:00Z,"
                        + " 2027-02-28T00:00:00Z, 2028-02-28T23:59:59Z, 2027-02-28T00:00:00Z, 2028-02-28T23:59:59Z",
            })
    void aRunBillsThePeriodThatIsOverAndAFeeInAdvanceThatOfTheOneThatBegins(
            String interval,
            String paid,
            Instant startedAt,
            Instant billingAt,
            Instant feeFrom,
            Instant feeTo,
            Instant chargesFrom,
            Instant chargesTo) {
        BillingCycle cycle = cycle(Interval.parse(interval), BillingTime.ANNIVERSARY, startedAt, ZoneId.of("UTC"));
        Terms terms = paid.equals("advance") ? IN_ADVANCE : IN_ARREARS;

        BilledPeriods billed = new BillingSchedule(cycle, terms, startedAt, null).onRunAt(billingAt);

        assertThat(shown(billed.fee())).containsExactly(feeFrom, feeTo);
        assertThat(shown(billed.charges())).containsExactly(chargesFrom, chargesTo);
        assertThat(billed.fixedCharges()).isEqualTo(billed.charges());
    }

    @ParameterizedTest(name = "{0}: a run at {1} bills {2} to {3}")
    @CsvSource({
        // Clocks forward, and back.
        "Europe/Paris, 2026-03-31T22:00:00Z, 2026-02-28T23:00:00Z, 2026-03-31T21:59:59Z",
        "Europe/Paris, 2026-10-31T23:00:00Z, 2026-09-30T22:00:00Z, 2026-10-31T22:59:59Z",
        // No midnight on 1 November 2009: clocks in Sao Paulo went from 23:59 to 01:00 two weeks before; in Beirut
        // they go forward at midnight of the last Sunday of March.
        "America/Sao_Paulo, 2009-11-01T02:00:00Z, 2009-10-01T03:00:00Z, 2009-11-01T01:59:59Z",
        "Asia/Beirut, 2026-03-31T21:00:00Z, 2026-02-28T22:00:00Z, 2026-03-31T20:59:59Z",
        // Apia had no 30 December 2011; the month has 30 days of 24 hours.
        "Pacific/Apia, 2011-12-31T10:00:00Z, 2011-12-01T10:00:00Z, 2011-12-31T09:59:59Z",
    })
    void monthsAreLocal(String zone, Instant billingAt, Instant from, Instant to) {
        Instant startedAt = Instant.parse("2000-01-01T00:00:00Z");
        BillingCycle cycle = cycle(Interval.MONTHLY, BillingTime.CALENDAR, startedAt, ZoneId.of(zone));

        BilledPeriods billed = new BillingSchedule(cycle, IN_ARREARS, startedAt, null).onRunAt(billingAt);

        assertThat(shown(billed.fee())).containsExactly(from, to);
    }

    @ParameterizedTest(name = "billed monthly: {0}; run on {1}: fee {2}, charges {3}, fixed charges {4}")
    @CsvSource(
            nullValues = "-",
            value = {
                // A yearly plan in arrears, started on 15 March 2022: what each run bills begins on …
                "charges,       2022-04-01, -,          2022-03-15, -",
                "charges,       2022-05-01, -,          2022-04-01, -",
                "charges,       2023-01-01, 2022-03-15, 2022-12-01, 2022-03-15",
                "charges,       2023-02-01, -,          2023-01-01, -",
                "charges,       2024-01-01, 2023-01-01, 2023-12-01, 2023-01-01",
                "charges,       2024-02-01, -,          2024-01-01, -",
                "fixed charges, 2022-05-01, -,          -,          2022-04-01",
                "fixed charges, 2023-01-01, 2022-03-15, 2022-03-15, 2022-12-01",
                "both,          2022-05-01, -,          2022-04-01, 2022-04-01",
                "both,          2023-01-01, 2022-03-15, 2022-12-01, 2022-12-01",
                "neither,       2023-01-01, 2022-03-15, 2022-03-15, 2022-03-15",
            })
    void whatIsNotBilledMonthlyWaitsForItsOwnPeriodsEnd(
            String monthly,
            LocalDate day,
            @Nullable LocalDate fee,
            @Nullable LocalDate charges,
            @Nullable LocalDate fixedCharges) {
        BilledPeriods billed = yearly(monthly, null).onRunAt(at(day));

        assertThat(billed.isFeeDue()).isEqualTo(fee != null);
        assertThat(firstDay(billed.fee()))
                .as("a run that bills no fee names the period of the last one, here none before the start")
                .isEqualTo(fee != null ? fee : firstFee(day));
        assertThat(firstDay(billed.charges())).isEqualTo(charges);
        assertThat(firstDay(billed.fixedCharges())).isEqualTo(fixedCharges);
    }

    @ParameterizedTest
    @ValueSource(strings = {"charges", "fixed charges", "both", "neither"})
    void theLastRunBillsEverythingInWhicheverMonth(String monthly) {
        Instant terminated = Instant.parse("2023-05-20T10:00:00Z");

        BilledPeriods billed = yearly(monthly, terminated).onRunAt(terminated);

        boolean chargesMonthly = monthly.equals("charges") || monthly.equals("both");
        boolean fixedChargesMonthly = monthly.equals("fixed charges") || monthly.equals("both");
        String month = "2023-05-01T00:00:00Z";
        String year = "2023-01-01T00:00:00Z";
        assertThat(billed.isFeeDue()).isTrue();
        assertThat(shown(billed.fee())).containsExactly(Instant.parse(year), terminated);
        assertThat(shown(billed.charges())).containsExactly(Instant.parse(chargesMonthly ? month : year), terminated);
        assertThat(shown(billed.fixedCharges()))
                .containsExactly(Instant.parse(fixedChargesMonthly ? month : year), terminated);
    }

    @Test
    void whatEndsWithAPeriodIsBilledForThatPeriod() {
        Instant end = Instant.parse("2023-10-01T00:00:00Z");
        Instant startedAt = Instant.parse("2023-08-10T00:00:00Z");
        var schedule = new BillingSchedule(
                cycle(Interval.MONTHLY, BillingTime.CALENDAR, startedAt, ZoneId.of("UTC")), IN_ARREARS, startedAt, end);

        assertThat(shown(schedule.onRunAt(end).charges()))
                .containsExactly(Instant.parse("2023-09-01T00:00:00Z"), Instant.parse("2023-09-30T23:59:59Z"));
        assertThat(Objects.requireNonNull(schedule.onRunAt(end.plusSeconds(1)).charges())
                        .span())
                .as("later there is nothing left")
                .isEmpty();
    }

    @Test
    void aTerminationToComeIsNotKnownToTheRun() {
        Instant startedAt = Instant.parse("2023-08-10T00:00:00Z");
        BillingCycle cycle = cycle(Interval.MONTHLY, BillingTime.CALENDAR, startedAt, ZoneId.of("UTC"));
        Instant billingAt = Instant.parse("2023-09-01T00:00:00Z");

        assertThat(new BillingSchedule(cycle, IN_ADVANCE, startedAt, billingAt.plusSeconds(3600)).onRunAt(billingAt))
                .isEqualTo(new BillingSchedule(cycle, IN_ADVANCE, startedAt, null).onRunAt(billingAt));
    }

    @Test
    void nothingEndsBeforeItStarts() {
        Instant startedAt = Instant.parse("2023-08-10T00:00:00Z");
        BillingCycle cycle = cycle(Interval.MONTHLY, BillingTime.CALENDAR, startedAt, ZoneId.of("UTC"));

        assertThatThrownBy(() -> new BillingSchedule(cycle, IN_ARREARS, startedAt, startedAt.minusNanos(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /// The law of the house: usage and add-ons of every instant of a subscription's life are billed by one
    /// run, and one only, whatever the plan; and in arrears so is the fee, by local days.
    @Test
    void runsBillEveryInstantOfALifeOnce() {
        var random = new SplittableRandom(20_260_801);
        for (int round = 0; round < 3_000; round++) {
            BillingSchedule schedule = anySchedule(random);
            List<BilledPeriods> runs = new ArrayList<>();
            for (Instant run : runs(schedule)) {
                runs.add(schedule.onRunAt(run));
            }
            String life = "round %d: %s".formatted(round, schedule);
            Instant end = Objects.requireNonNull(schedule.terminatedAt());

            assertContiguous(life, runs, BilledPeriods::charges, schedule.startedAt(), end);
            assertContiguous(life, runs, BilledPeriods::fixedCharges, schedule.startedAt(), end);
            if (!schedule.terms().payInAdvance()) {
                assertContiguous(life, runs, BillingScheduleTest::feeDue, feeStart(schedule), end);
            }
        }
    }

    /// In advance each period's fee is paid once, at its beginning or at the start; the last run pays none.
    @Test
    void feesInAdvanceArePaidOnceForEveryPeriod() {
        var random = new SplittableRandom(20_260_802);
        for (int round = 0; round < 3_000; round++) {
            BillingSchedule any = anySchedule(random);
            Terms terms = any.terms();
            var schedule = new BillingSchedule(
                    any.cycle(),
                    new Terms(true, terms.billChargesMonthly(), terms.billFixedChargesMonthly()),
                    any.startedAt(),
                    any.terminatedAt());
            List<BilledPeriods> runs = new ArrayList<>(List.of(schedule.onRunAt(schedule.startedAt())));
            for (Instant run : runs(schedule)) {
                runs.add(schedule.onRunAt(run));
            }
            Instant last = Objects.requireNonNull(schedule.terminatedAt()).minusNanos(1);

            assertContiguous(
                    "round %d: %s".formatted(round, schedule),
                    runs,
                    BillingScheduleTest::feeDue,
                    feeStart(schedule),
                    schedule.cycle().containing(last).to());
        }
    }

    /// A customer who moves, once or often, pays every instant once: each run continues where the one
    /// before ended, whether the hours between the zones' midnights are billed alone or with the period
    /// that follows.
    @Test
    void aChangeOfTheTimeZoneNeitherRepeatsNorLosesUsage() {
        var random = new SplittableRandom(20_260_803);
        for (int round = 0; round < 3_000; round++) {
            BillingSchedule schedule = billedTogether(moved(anySchedule(random), ZONES.getFirst()));
            String life = "round %d: %s".formatted(round, schedule);
            Instant end = Objects.requireNonNull(schedule.terminatedAt());
            Instant billedUntil = schedule.startedAt();
            while (billedUntil.isBefore(end)) {
                if (random.nextInt(3) == 0) {
                    schedule = moved(schedule, ZONES.get(random.nextInt(ZONES.size())));
                    life += "%n at %s to %s"
                            .formatted(billedUntil, schedule.cycle().zone());
                }
                Instant due = row(schedule).containing(billedUntil).to();
                boolean isShort = billedUntil.plus(Duration.ofHours(26)).isAfter(due);
                if (isShort && !billedUntil.equals(schedule.startedAt()) && random.nextBoolean()) {
                    due = row(schedule).next(due).from();
                }
                PeriodPart charges = schedule.onRunAt(due.isBefore(end) ? due : end)
                        .continuing(billedUntil, null)
                        .charges();
                assertThat(Objects.requireNonNull(charges).span()).as(life).isPresent();
                assertThat(charges.from()).as(life).isEqualTo(billedUntil);
                billedUntil = charges.to();
            }
            assertThat(billedUntil).as(life).isEqualTo(end);
        }
    }

    @Test
    void itIsABillingDayWhereAPeriodBeginsDuringTheLife() {
        var random = new SplittableRandom(20_260_804);
        for (int round = 0; round < 300; round++) {
            BillingSchedule schedule = anySchedule(random);
            ZoneId zone = schedule.cycle().zone();
            Instant end = Objects.requireNonNull(schedule.terminatedAt());
            List<LocalDate> runDays = runs(schedule).stream()
                    .filter(run -> run.isAfter(schedule.startedAt()) && run.isBefore(end))
                    .map(run -> LocalDate.ofInstant(run, zone))
                    .toList();
            List<LocalDate> billingDays = LocalDate.ofInstant(schedule.startedAt(), zone)
                    .minusDays(40)
                    .datesUntil(LocalDate.ofInstant(end, zone).plusDays(40))
                    .filter(day -> existsIn(day, zone))
                    .filter(day -> schedule.isBillingDay(
                            day.atTime(23, 59).atZone(zone).toInstant()))
                    .toList();

            assertThat(billingDays).as("round %d: %s", round, schedule).isEqualTo(runDays);
        }
    }

    @Test
    void theDaysOfAPeriodAreThoseOfTheWhole() {
        assertThat(yearly("neither", null)
                        .onRunAt(at(LocalDate.parse("2023-01-01")))
                        .days())
                .isEqualTo(365);
        assertThat(yearly("charges", null)
                        .onRunAt(at(LocalDate.parse("2023-03-01")))
                        .days())
                .isEqualTo(28);
        assertThat(yearly("fixed charges", null)
                        .onRunAt(at(LocalDate.parse("2024-03-01")))
                        .days())
                .isEqualTo(29);
        assertThat(yearly("neither", null)
                        .onRunAt(at(LocalDate.parse("2022-07-01")))
                        .days())
                .as("before its first run, those of the year that it began in")
                .isEqualTo(365);
        assertThat(yearly("both", null)
                        .currentAt(at(LocalDate.parse("2023-04-12")))
                        .days())
                .isEqualTo(30);
    }

    /// A life of up to some forty periods, half of them beginning and ending where clocks change.
    private static BillingSchedule anySchedule(SplittableRandom random) {
        ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
        Interval interval = Interval.values()[random.nextInt(Interval.values().length)];
        BillingTime billingTime = BillingTime.values()[random.nextInt(2)];
        Instant subscriptionAt = anyInstant(random, zone);
        Instant startedAt =
                random.nextBoolean() ? subscriptionAt : subscriptionAt.plusSeconds(random.nextLong(1L << 26));
        BillingCycle cycle = cycle(interval, billingTime, subscriptionAt, zone);
        Instant terminatedAt = startedAt.plusSeconds(1 + random.nextLong(1L << (20 + random.nextInt(7))));
        if (random.nextInt(4) == 0) {
            terminatedAt = cycle.containing(terminatedAt).to();
        }
        Terms terms = new Terms(random.nextBoolean(), random.nextBoolean(), random.nextBoolean());
        return new BillingSchedule(cycle, terms, startedAt, terminatedAt);
    }

    private static Instant anyInstant(SplittableRandom random, ZoneId zone) {
        Instant instant = Instant.ofEpochSecond(random.nextLong(900_000_000L, 1_800_000_000L));
        ZoneOffsetTransition transition = zone.getRules().nextTransition(instant);
        return transition == null || random.nextBoolean()
                ? instant
                : transition.getInstant().plusSeconds(random.nextLong(-90_000, 90_000));
    }

    /// When its runs are due: at every end of the shortest row's periods, and at its own end.
    private static List<Instant> runs(BillingSchedule schedule) {
        BillingCycle row = row(schedule);
        Instant end = Objects.requireNonNull(schedule.terminatedAt());
        List<Instant> runs = new ArrayList<>();
        for (Instant run = row.containing(schedule.startedAt()).to();
                run.isBefore(end);
                run = row.next(run).from()) {
            runs.add(run);
        }
        runs.add(end);
        return runs;
    }

    private static void assertContiguous(
            String life,
            List<BilledPeriods> runs,
            Function<BilledPeriods, @Nullable PeriodPart> row,
            Instant start,
            Instant end) {
        Instant until = start;
        for (BilledPeriods run : runs) {
            PeriodPart part = row.apply(run);
            if (part != null && part.span().isPresent()) {
                assertThat(part.from()).as(life).isEqualTo(until);
                until = part.to();
            }
        }
        assertThat(until).as(life).isEqualTo(end);
    }

    private static @Nullable PeriodPart feeDue(BilledPeriods run) {
        return run.isFeeDue() ? run.fee() : null;
    }

    /// The beginning of the local day of the start, or of the period where a change of clocks puts that
    /// later.
    private static Instant feeStart(BillingSchedule schedule) {
        ZoneId zone = schedule.cycle().zone();
        Instant day = LocalDate.ofInstant(schedule.startedAt(), zone)
                .atStartOfDay(zone)
                .toInstant();
        Instant period = schedule.cycle().containing(schedule.startedAt()).from();
        return day.isAfter(period) ? day : period;
    }

    /// The shortest row of periods.
    private static BillingCycle row(BillingSchedule schedule) {
        Terms terms = schedule.terms();
        return schedule.cycle().ofCharges(terms.billChargesMonthly() || terms.billFixedChargesMonthly());
    }

    /// The same subscription under another zone: its anchor is the local day of the same instant.
    private static BillingSchedule moved(BillingSchedule schedule, ZoneId zone) {
        BillingCycle cycle = schedule.cycle();
        Instant subscriptionAt = schedule.startedAt();
        return new BillingSchedule(
                cycle(cycle.interval(), cycle.billingTime(), subscriptionAt, zone),
                schedule.terms(),
                schedule.startedAt(),
                schedule.terminatedAt());
    }

    /// All charges monthly, or none.
    private static BillingSchedule billedTogether(BillingSchedule schedule) {
        Terms terms = schedule.terms();
        return new BillingSchedule(
                schedule.cycle(),
                new Terms(terms.payInAdvance(), terms.billChargesMonthly(), terms.billChargesMonthly()),
                schedule.startedAt(),
                schedule.terminatedAt());
    }

    /// Apia skipped a day, and so did Kiritimati.
    private static boolean existsIn(LocalDate day, ZoneId zone) {
        return LocalDate.ofInstant(day.atTime(23, 59).atZone(zone).toInstant(), zone)
                .equals(day);
    }

    /// A yearly plan in arrears, billed with the calendar.
    private static BillingSchedule yearly(String monthly, @Nullable Instant terminatedAt) {
        Instant startedAt = Instant.parse("2022-03-15T00:00:00Z");
        boolean both = monthly.equals("both");
        return new BillingSchedule(
                cycle(Interval.YEARLY, BillingTime.CALENDAR, startedAt, ZoneId.of("UTC")),
                new Terms(false, both || monthly.equals("charges"), both || monthly.equals("fixed charges")),
                startedAt,
                terminatedAt);
    }

    private static BillingCycle cycle(Interval interval, BillingTime billingTime, Instant subscriptionAt, ZoneId zone) {
        return BillingCycle.of(interval, billingTime, subscriptionAt, zone);
    }

    private static Instant at(LocalDate day) {
        return day.atStartOfDay(ZoneId.of("UTC")).toInstant();
    }

    /// Of the fee that is billed on New Year's Day: from the start, or from the New Year before.
    private static LocalDate firstFee(LocalDate day) {
        return day.getYear() <= 2023 ? LocalDate.parse("2022-03-15") : LocalDate.of(day.getYear() - 1, 1, 1);
    }

    private static @Nullable LocalDate firstDay(@Nullable PeriodPart part) {
        return part == null ? null : LocalDate.ofInstant(part.from(), ZoneId.of("UTC"));
    }

    private static List<Instant> shown(@Nullable PeriodPart part) {
        return part == null ? List.of() : List.of(part.from(), part.shownEnd());
    }
}
