package io.millrace.rating.charge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.charge.Usage.EventUnits;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeldUnitsTest {
    private static final TimeSpan APRIL =
            new TimeSpan(Instant.parse("2026-04-01T00:00:00Z"), Instant.parse("2026-05-01T00:00:00Z"));
    private static final HeldDays DAYS = HeldDays.of(APRIL, 30, ZoneOffset.UTC, false);
    private static final BigDecimal TINY = new BigDecimal("1e-50");

    @Test
    void whatStandsWhenThePeriodBeginsIsOneEntryHoweverItCameAbout() {
        List<UsageEvent> events = List.of(
                event("2026-02-01", "10"),
                event("2026-03-05", "-5"),
                event("2026-04-16", "3"),
                event("2026-04-21", "-4"));

        assertThat(entries(new Sum().prorated(DAYS).orElseThrow(), events)).isEqualTo("5/5 3/1.5 -4/-1.33333");
    }

    @Test
    void theDayOnWhichASeatIsGivenUpIsPaid() {
        List<UsageEvent> events = List.of(
                event("2026-03-01", "a"),
                event("2026-03-02", "b"),
                event("2026-03-03", "a"),
                event("2026-04-16", "c"),
                event("2026-04-17", "c"),
                removal("2026-04-21", "c"),
                removal("2026-04-22", "c"),
                removal("2026-04-30", "a"));

        assertThat(entries(new UniqueCount().prorated(DAYS).orElseThrow(), events))
                .isEqualTo("2/2 1/0.5 -1/-0.3 -1/0");
    }

    @Test
    void aSeatThatIsSwappedOnOneDayPaysForItOnce() {
        List<UsageEvent> events = List.of(
                UsageEvent.of(Instant.parse("2026-04-28T08:00:00Z"), 0, "a"),
                new UsageEvent(Instant.parse("2026-04-28T09:00:00Z"), 1, "a", Operation.REMOVE),
                UsageEvent.of(Instant.parse("2026-04-28T10:00:00Z"), 2, "a"),
                new UsageEvent(Instant.parse("2026-04-28T11:00:00Z"), 3, "a", Operation.REMOVE));

        // 3 − 2 + 2 − 2 of 30 days.
        assertThat(entries(new UniqueCount().prorated(DAYS).orElseThrow(), events))
                .isEqualTo("1/0.1 -1/-0.06667 1/0.06667 -1/-0.06667");
    }

    @ParameterizedTest
    @CsvSource({"false, UTC", "true, UTC", "false, America/New_York", "true, Australia/Lord_Howe"})
    void entriesAddUpToTheUnits(boolean ofTexts, ZoneId zone) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            HeldDays days = HeldDays.of(APRIL, 30, zone, random.nextBoolean());
            Aggregation aggregation =
                    (ofTexts ? new UniqueCount() : new Sum()).prorated(days).orElseThrow();
            List<UsageEvent> events = new ArrayList<>();
            for (int i = random.nextInt(40); i > 0; i--) {
                Instant time = APRIL.from().plusSeconds(random.nextInt(45 * 86_400) - 15 * 86_400);
                Operation operation = ofTexts && random.nextBoolean() ? Operation.REMOVE : Operation.ADD;
                if (time.isBefore(APRIL.to())) {
                    events.add(new UsageEvent(time, i, Integer.toString(random.nextInt(5)), operation));
                }
            }
            List<EventUnits> entries = HeldUnits.of(aggregation, events);

            String what = "seed %d, %s, %s".formatted(seed, aggregation, events);
            assertThat(entries.stream().map(EventUnits::full).reduce(BigDecimal.ZERO, BigDecimal::add))
                    .as(what)
                    .isEqualByComparingTo(aggregation.fullUnits(events));
            assertThat(entries.stream().map(EventUnits::prorated).reduce(BigDecimal.ZERO, BigDecimal::add))
                    .as(what)
                    .isCloseTo(aggregation.units(events), within(TINY));
        }
    }

    @Test
    void proratedTiersAreFilledByWhatStoodBeforeAndByEachEvent() {
        List<UsageEvent> events = List.of(event("2026-03-01", "5"), event("2026-04-16", "10"));
        ChargeModel model = ChargeModel.parse(
                "graduated", Map.of("graduated_ranges", List.of(tier(0, 10, "2"), tier(10, null, "1"))));

        // 5 × 2 + (5 × 2 + 5 × 1) / 2
        assertThat(model.price(Usage.ofProrated(new Sum().prorated(DAYS).orElseThrow(), events))
                        .amount())
                .isEqualByComparingTo("17.5");
    }

    @Test
    void whatIsNotProratedHasNoShares() {
        assertThatThrownBy(() -> HeldUnits.of(new Sum(), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sum_agg is not prorated");
    }

    private static Map<String, Object> tier(int from, Integer to, String price) {
        Map<String, Object> tier = new HashMap<>();
        tier.put("from_value", from);
        tier.put("to_value", to);
        tier.put("per_unit_amount", price);
        tier.put("flat_amount", "0");
        return tier;
    }

    private static UsageEvent event(String day, String value) {
        return UsageEvent.of(Instant.parse(day + "T12:00:00Z"), 0, value);
    }

    private static UsageEvent removal(String day, String value) {
        return new UsageEvent(Instant.parse(day + "T12:00:00Z"), 0, value, Operation.REMOVE);
    }

    private static String entries(Aggregation aggregation, List<UsageEvent> events) {
        return HeldUnits.of(aggregation, events).stream()
                .map(entry -> shown(entry.full()) + "/" + shown(entry.prorated()))
                .collect(Collectors.joining(" "));
    }

    private static String shown(BigDecimal value) {
        BigDecimal shown = value.setScale(5, RoundingMode.HALF_UP).stripTrailingZeros();
        return shown.signum() == 0 ? "0" : shown.toPlainString();
    }
}
