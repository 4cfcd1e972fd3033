package io.millrace.rating.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.aggregation.UnitConversion.Operation;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of units before they are priced: billed in advance, rounded, converted, free.
class BilledUnitsTest {

    @ParameterizedTest(name = "level {0}, highest {1}, event {2}: {3} billed")
    @CsvSource({
        "0,  0,  10,   10,  10, 10",
        "4,  10, 10,   4,   14, 14",
        "4,  10, -2,   0,   2,  10",
        "4,  10, 6,    0,   10, 10",
        "4,  10, 6.01, 0.01, 10.01, 10.01",
        "0,  0,  -6,   0,   -6, 0",
        "-6, 0,  10,   4,   4,  4",
    })
    void onlyWhatRisesAboveTheHighestLevelIsBilled(
            BigDecimal level,
            BigDecimal highest,
            BigDecimal event,
            BigDecimal billed,
            BigDecimal then,
            BigDecimal high) {
        BilledLevel before = new BilledLevel(level, highest);
        BilledLevel after = before.after(event);

        assertThat(after.since(before)).isEqualByComparingTo(billed);
        assertThat(after.current()).isEqualByComparingTo(then);
        assertThat(after.highest()).isEqualByComparingTo(high);
    }

    @Test
    void whatIsBilledInAdvanceAddsUpToTheHighestLevel() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            BilledLevel level = BilledLevel.NOTHING;
            BigDecimal billed = BigDecimal.ZERO;
            BigDecimal sum = BigDecimal.ZERO;
            BigDecimal highest = BigDecimal.ZERO;
            for (int i = 0; i < 30; i++) {
                BigDecimal change = BigDecimal.valueOf(random.nextInt(-50, 60), 1);
                BilledLevel next = level.after(change);
                billed = billed.add(next.since(level));
                sum = sum.add(change);
                highest = highest.max(sum);
                level = next;

                assertThat(next.since(next)).as("seed %d", seed).isZero();
            }
            assertThat(billed).as("seed %d", seed).isEqualByComparingTo(highest);
            assertThat(level.current()).as("seed %d", seed).isEqualByComparingTo(sum);
        }
    }

    @Test
    void noLevelBelowZeroWasBilled() {
        assertThatThrownBy(() -> new BilledLevel(BigDecimal.ZERO, BigDecimal.ONE.negate()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0} of {1}, {2} events and {3} units free: {4}")
    @CsvSource({
        "sum_agg,          12 12 12 12, 2, 30, 12 24",
        "sum_agg,          12 12 12 12, 0, 30, 12 24 36",
        "sum_agg,          12 12 12 12, 0, 24, 12 24 36",
        "sum_agg,          12 12 12 12, 2, 0,  12 24",
        "sum_agg,          12 12 12 12, 9, 0,  12 24 36 48",
        "sum_agg,          12 12 12 12, 0, 0,  ''",
        "sum_agg,          '',          2, 30, ''",
        "sum_agg,          100 200 300, 0, 250, 100 300",
        "sum_agg,          5 -5 5,      0, 5,  5 0 5",
        "count_agg,        a b c,       2, 0,  1 2",
        "count_agg,        a b c,       9, 0,  1 2 3",
        "count_agg,        a b c,       0, 1,  1 2",
        "unique_count_agg, a a c,       9, 0,  1 2",
        "max_agg,          1 2,         9, 0,  ''",
        "latest_agg,       1 2,         9, 0,  ''",
    })
    void unitsGrowEventByEventWhileTheyAreFree(
            String code, String values, long events, BigDecimal units, String expected) {
        Aggregation aggregation = Aggregation.parse(code).orElseThrow();
        List<UsageEvent> usage = new ArrayList<>();
        for (String value : values.split(" ", -1)) {
            if (!value.isEmpty()) {
                usage.add(UsageEvent.of(Instant.EPOCH.plusSeconds(usage.size()), usage.size(), value));
            }
        }

        assertThat(new FreeUnits(events, units)
                        .runningTotal(aggregation, usage.reversed()).stream()
                                .map(BigDecimal::toPlainString)
                                .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @Test
    void aLevelOverTimeHasNoRunningTotalAndProratedUnitsHaveThatOfFullOnes() {
        TimeSpan day = new TimeSpan(Instant.EPOCH, Instant.EPOCH.plusSeconds(86_400));
        HeldDays days = HeldDays.of(day, 2, ZoneOffset.UTC, false);
        List<UsageEvent> usage = List.of(UsageEvent.of(Instant.EPOCH, 0, "3"));
        FreeUnits free = new FreeUnits(1, BigDecimal.ZERO);

        assertThat(free.runningTotal(new WeightedSum(day, Duration.ofDays(1), BigDecimal.ZERO), usage))
                .isEmpty();
        assertThat(free.runningTotal(new ProratedSum(days), usage)).containsExactly(new BigDecimal("3"));
        assertThat(free.runningTotal(new ProratedUniqueCount(days), usage)).containsExactly(BigDecimal.ONE);
    }

    @Test
    void anAllowanceIsNotNegative() {
        assertThatThrownBy(() -> new FreeUnits(-1, BigDecimal.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FreeUnits(0, BigDecimal.ONE.negate()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0} {1} {2} is {3}")
    @CsvSource({
        "4.2, MULTIPLY, 1.5, 6.3",
        "1247, DIVIDE, 1000, 1.247",
        "-10, DIVIDE, 4, -2.5",
        "0, DIVIDE, 1000, 0",
        "1, DIVIDE, 3, 0.333333333333333333333333333333333333333333333333333333333333",
    })
    void unitsAreConverted(BigDecimal units, Operation operation, BigDecimal factor, BigDecimal converted) {
        assertThat(new UnitConversion(operation, factor).apply(units)).isEqualByComparingTo(converted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1"})
    void aFactorIsAboveZero(BigDecimal factor) {
        assertThatThrownBy(() -> new UnitConversion(Operation.DIVIDE, factor))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0} to {2} digits by {1} is {3}")
    @CsvSource({
        "123.456, round, 2, 123.46",
        "123.455, round, 2, 123.46",
        "123.454, round, 2, 123.45",
        "-123.455, round, 2, -123.46",
        "123.456, round, -2, 100",
        "123.451, ceil, 2, 123.46",
        "-123.459, ceil, 2, -123.45",
        "123.456, ceil, -2, 200",
        "123.459, floor, 2, 123.45",
        "-123.451, floor, 2, -123.46",
        "123.5, round, , 124",
        "155, round, -1, 160",
        "155, floor, -2, 100",
        "155, ceil, -3, 1000",
        "4.2, , , 4.2",
        "99999999999999999999.999999999999999999, ceil, -18, 100000000000000000000",
        "0.000000000000000001, ceil, 17, 0.00000000000000001",
    })
    void unitsAreRoundedAsTheMetricSays(BigDecimal units, String function, Integer precision, BigDecimal rounded) {
        assertThat(MetricRounding.of(function, precision).apply(units)).isEqualByComparingTo(rounded);
        assertThat(MetricRounding.of(function, precision).apply(units).scale()).isNotNegative();
    }

    @ParameterizedTest
    @CsvSource({"truncate, 2", "round, 19", "ceil, -19", "floor, 2147483647", "floor, -2147483648"})
    void anUnknownRoundingIsRefused(String function, int precision) {
        assertThatThrownBy(() -> MetricRounding.of(function, precision)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void proratedUnitsAreRoundedUpUnlessTheMetricSaysHow() {
        BigDecimal units = HeldDays.share(BigDecimal.valueOf(4), 2, 31);

        assertThat(MetricRounding.NONE.orElse(MetricRounding.PRORATED).apply(units))
                .isEqualByComparingTo("0.25807");
        assertThat(MetricRounding.of("round", 5).orElse(MetricRounding.PRORATED).apply(units))
                .isEqualByComparingTo("0.25806");
    }
}
