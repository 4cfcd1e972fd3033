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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds for every aggregation, over random events: before, in and after the period, several at the same
/// time, in any order of arrival.
class AggregationLawsTest {

    private static final int RUNS = 150;
    private static final ZoneId ZONE = ZoneId.of("America/New_York");

    /// Clocks change on 12 March.
    private static final LocalDate FIRST = LocalDate.parse("2023-03-10");

    private static final LocalDate END = FIRST.plusDays(5);
    private static final TimeSpan PERIOD = span(FIRST, END);

    static List<Aggregation> all() {
        HeldDays days = HeldDays.of(PERIOD, 5, ZONE, false);
        return List.of(
                new Count(),
                new Sum(),
                new Max(),
                new Latest(),
                new UniqueCount(),
                new WeightedSum(PERIOD, Duration.ofDays(5), new BigDecimal("2.5")),
                new ProratedSum(days),
                new ProratedUniqueCount(days),
                new ProratedUniqueCount(HeldDays.of(PERIOD, 31, ZONE, true)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void theListAndTheStatesAgreeAndArrivalInAnyOrderChangesNothing(Aggregation aggregation) {
        runs((random, seed) -> {
            List<UsageEvent> events = events(random, aggregation);
            List<UsageEvent> shuffled = shuffled(events, random);
            BigDecimal units = aggregation.units(events);
            BigDecimal full = aggregation.fullUnits(events);
            AggregationState state = state(aggregation.start(), shuffled);
            AggregationState retractable = state(aggregation.startRetractable(), shuffled);

            assertThat(aggregation.units(shuffled)).as(seed).isEqualByComparingTo(units);
            assertThat(state.units()).as(seed).isEqualByComparingTo(units);
            assertThat(state.fullUnits()).as(seed).isEqualByComparingTo(full);
            assertThat(state.events()).as(seed).isEqualTo(events.size());
            assertThat(retractable.units()).as(seed).isEqualByComparingTo(units);
            assertThat(retractable.fullUnits()).as(seed).isEqualByComparingTo(full);
            assertThat(retractable.events()).as(seed).isEqualTo(events.size());
            assertThat(state).as(seed).isEqualTo(state(aggregation.start(), events));
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void takingTheLastEventBackGivesTheStateFromBefore(Aggregation aggregation) {
        runs((random, seed) -> {
            RetractableState state = aggregation.startRetractable();
            for (UsageEvent event : events(random, aggregation)) {
                RetractableState next = state.add(event);

                assertThat(next.remove(event)).as(seed).isEqualTo(state);
                state = next;
            }
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatIsLeftAfterTakingEventsBackIsWhatWasNeverTakenBack(Aggregation aggregation) {
        runs((random, seed) -> {
            List<UsageEvent> left = new ArrayList<>();
            RetractableState state = aggregation.startRetractable();
            for (UsageEvent event : shuffled(events(random, aggregation), random)) {
                state = state.add(event);
                left.add(event);
                while (!left.isEmpty() && random.nextInt(3) == 0) {
                    state = state.remove(left.remove(random.nextInt(left.size())));
                }
                assertThat(state.units()).as(seed).isEqualByComparingTo(aggregation.units(left));
                assertThat(state.fullUnits()).as(seed).isEqualByComparingTo(aggregation.fullUnits(left));
                assertThat(state.events()).as(seed).isEqualTo(left.size());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void aStateIsReadAsItWasPrintedAndEqualStatesPrintTheSame(Aggregation aggregation) {
        runs((random, seed) -> {
            List<UsageEvent> events = events(random, aggregation);
            AggregationState state = state(aggregation.start(), events);
            AggregationState retractable = state(aggregation.startRetractable(), events);

            assertThat(aggregation.read(state.print())).as(seed).isEqualTo(state);
            assertThat(aggregation.readRetractable(retractable.print()))
                    .as(seed)
                    .isEqualTo(retractable);
            assertThat(state(aggregation.start(), shuffled(events, random)).print())
                    .as(seed)
                    .isEqualTo(state.print());
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void anEventThatWasNeverAddedIsNotTakenBack(Aggregation aggregation) {
        UsageEvent event = UsageEvent.of(PERIOD.from(), 1, "1");

        assertThatThrownBy(() -> aggregation.startRetractable().remove(event))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void countsAndSumsOfAPeriodsPartsAddUpToThePeriods() {
        runs((random, seed) -> {
            List<UsageEvent> events = events(random, new Sum());
            Instant split = instant(random);
            for (Aggregation aggregation : List.of(new Count(), new Sum())) {
                BigDecimal before = aggregation.units(taken(new UsageWindow(null, split), events));
                BigDecimal after = aggregation.units(taken(new UsageWindow(split, Instant.MAX), events));

                assertThat(before.add(after)).as(seed).isEqualByComparingTo(aggregation.units(events));
            }
        });
    }

    @Test
    void weightedSumsOfAPeriodsPartsAddUpToThePeriodsIfTheLevelIsCarriedOver() {
        Duration unit = Duration.ofNanos(1);
        runs((random, seed) -> {
            List<UsageEvent> events = events(random, new Sum());
            Instant split = PERIOD.from().plusSeconds(1 + random.nextInt(400_000));
            BigDecimal initial = BigDecimal.valueOf(random.nextInt(100));
            WeightedSum whole = new WeightedSum(PERIOD, unit, initial);
            WeightedSum first = new WeightedSum(new TimeSpan(PERIOD.from(), split), unit, initial);
            List<UsageEvent> early = taken(new UsageWindow(null, split), events);
            List<UsageEvent> late = taken(new UsageWindow(split, Instant.MAX), events);
            WeightedSum second = new WeightedSum(new TimeSpan(split, PERIOD.to()), unit, first.level(early));

            assertThat(first.units(early).add(second.units(late))).as(seed).isEqualByComparingTo(whole.units(events));
            assertThat(second.level(late)).as(seed).isEqualByComparingTo(whole.level(events));
            assertThat(second.units(late))
                    .as(seed)
                    .isEqualByComparingTo(new WeightedSum(second.span(), unit, initial).units(events));
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUpgradedSubscriptionAndTheNextOnePayForThePeriodTogether(boolean texts) {
        runs((random, seed) -> {
            List<UsageEvent> events = events(random, texts ? new UniqueCount() : new Sum());
            LocalDate day = FIRST.plusDays(random.nextInt(5));
            Instant upgrade = day.atStartOfDay(ZONE).toInstant().plusSeconds(1 + random.nextInt(80_000));
            List<UsageEvent> soFar = taken(new UsageWindow(null, upgrade), events);
            List<UsageEvent> all = taken(new UsageWindow(null, PERIOD.to()), events);
            HeldDays ended = HeldDays.of(new TimeSpan(PERIOD.from(), upgrade), 1, ZONE, true);
            HeldDays next = HeldDays.of(new TimeSpan(upgrade, PERIOD.to()), 1, ZONE, false);
            HeldDays whole = HeldDays.of(PERIOD, 1, ZONE, false);

            assertThat(prorated(texts, ended)
                            .units(soFar)
                            .add(prorated(texts, next).units(all)))
                    .as(seed)
                    .isEqualByComparingTo(prorated(texts, whole).units(all));
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void proratedUnitsAreNeverMoreThanFullOnes(boolean texts) {
        runs((random, seed) -> {
            List<UsageEvent> events = events(random, texts ? new UniqueCount() : new Sum()).stream()
                    .map(event -> UsageEvent.of(
                            event.timestamp(), event.sequence(), event.value().replaceFirst("^-", "")))
                    .toList();
            Aggregation prorated = prorated(texts, HeldDays.of(PERIOD, 5, ZONE, false));
            Aggregation full = texts ? new UniqueCount() : new Sum();

            assertThat(prorated.units(events)).as(seed).isBetween(BigDecimal.ZERO, full.units(events));
            assertThat(prorated.fullUnits(events)).as(seed).isEqualByComparingTo(full.units(events));
        });
    }

    @Test
    void aWeightedSumLiesBetweenTheLowestAndTheHighestLevel() {
        runs((random, seed) -> {
            List<UsageEvent> events = events(random, new Sum());
            Duration length = Duration.between(PERIOD.from(), PERIOD.to());
            List<BigDecimal> levels = new ArrayList<>(List.of(BigDecimal.ZERO));
            for (UsageEvent event : events.stream().sorted(UsageEvent.IN_ORDER).toList()) {
                levels.add(levels.getLast().add(event.quantity()));
            }

            assertThat(new WeightedSum(PERIOD, length, BigDecimal.ZERO).units(events))
                    .as(seed)
                    .isBetween(Collections.min(levels), Collections.max(levels));
        });
    }

    private static Aggregation prorated(boolean texts, HeldDays days) {
        return (texts ? new UniqueCount() : new Sum()).prorated(days).orElseThrow();
    }

    private interface Run {
        void of(Random random, String seed);
    }

    private static void runs(Run run) {
        for (long seed = 1; seed <= RUNS; seed++) {
            run.of(new Random(seed), "seed " + seed);
        }
    }

    private static AggregationState state(AggregationState start, List<UsageEvent> events) {
        AggregationState state = start;
        for (UsageEvent event : events) {
            state = state.add(event);
        }
        return state;
    }

    /// Up to 30, several at the same time; a text that has everything in it that a printed state has.
    private static List<UsageEvent> events(Random random, Aggregation aggregation) {
        List<Instant> instants =
                Stream.generate(() -> instant(random)).limit(12).toList();
        List<UsageEvent> events = new ArrayList<>();
        int count = random.nextInt(30);
        for (int i = 0; i < count; i++) {
            String value = aggregation.countsTexts()
                    ? List.of("a", "user 1", "3:x 5:y", "", "ü\n𝄞").get(random.nextInt(5))
                    : BigDecimal.valueOf(random.nextLong(-2_000, 5_000), random.nextInt(4))
                            .toPlainString();
            events.add(new UsageEvent(
                    instants.get(random.nextInt(instants.size())),
                    i,
                    value,
                    random.nextInt(3) == 0 ? Operation.REMOVE : Operation.ADD));
        }
        return events;
    }

    /// From two days before the period until two days after it; a third of them at midnight.
    private static Instant instant(Random random) {
        Instant midnight =
                FIRST.plusDays(random.nextInt(-2, 7)).atStartOfDay(ZONE).toInstant();
        return random.nextInt(3) == 0 ? midnight : midnight.plusNanos(random.nextLong(82_000_000_000_000L));
    }

    private static List<UsageEvent> shuffled(List<UsageEvent> events, Random random) {
        List<UsageEvent> shuffled = new ArrayList<>(events);
        Collections.shuffle(shuffled, random);
        return shuffled;
    }

    private static List<UsageEvent> taken(UsageWindow window, List<UsageEvent> events) {
        return events.stream()
                .filter(event -> window.contains(event.timestamp()))
                .toList();
    }

    private static TimeSpan span(LocalDate first, LocalDate end) {
        return new TimeSpan(
                first.atStartOfDay(ZONE).toInstant(), end.atStartOfDay(ZONE).toInstant());
    }
}
