package io.millrace.rating.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The texts of states, which stores keep: to change one is to lose what was stored. A new form is a new
/// version beside the old one.
class StateTextTest {

    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    private static final TimeSpan PERIOD = new TimeSpan(MARCH, MARCH.plus(Duration.ofDays(31)));
    private static final HeldDays DAYS = HeldDays.of(PERIOD, 31, ZoneOffset.UTC, false);

    /// After `7.5` at midnight and `7.5` an hour later, taken away where texts are counted.
    private static Map<Aggregation, List<String>> golden() {
        Map<Aggregation, List<String>> golden = new LinkedHashMap<>();
        golden.put(new Count(), List.of("count/1 2", "count/1 2"));
        golden.put(new Sum(), List.of("sum/1 2 15", "sum/1 2 15"));
        golden.put(new Max(), List.of("max/1 2 7.5", "max-counts/1 2 7.5 2"));
        golden.put(new Latest(), List.of("latest/1 2 2026-03-01T01:00:00Z 18 remove 3:7.5", EVENTS));
        golden.put(new UniqueCount(), List.of("unique-count/1 2 3:7.5 2026-03-01T01:00:00Z 18 0", EVENTS));
        golden.put(
                new WeightedSum(PERIOD, Duration.ofDays(31), BigDecimal.ONE),
                List.of("weighted-sum/1 2 16 42827400000000000", "weighted-sum/1 2 16 42827400000000000"));
        golden.put(new ProratedSum(DAYS), List.of("prorated-sum/1 2 15 465", "prorated-sum/1 2 15 465"));
        golden.put(
                new ProratedUniqueCount(DAYS),
                List.of("prorated-unique-count/1 2 3:7.5 1 2026-03-01 2026-03-01T01:00:00Z 18 0 1", EVENTS));
        return golden;
    }

    private static final String EVENTS =
            "events/1 2026-03-01T00:00:00Z 17 add 3:7.5 2026-03-01T01:00:00Z 18 remove 3:7.5";

    static Stream<Aggregation> all() {
        return golden().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("all")
    void aStateHasTheTextThatStoresKeep(Aggregation aggregation) {
        UsageEvent one = new UsageEvent(MARCH, 17, "7.5", Operation.ADD);
        UsageEvent two = new UsageEvent(MARCH.plusSeconds(3600), 18, "7.5", Operation.REMOVE);

        assertThat(List.of(
                        aggregation.start().add(one).add(two).print(),
                        aggregation.startRetractable().add(one).add(two).print()))
                .isEqualTo(golden().get(aggregation));
    }

    @ParameterizedTest
    @MethodSource("all")
    void anotherTextIsRefused(Aggregation aggregation) {
        String text = aggregation.start().add(UsageEvent.of(MARCH, 1, "1")).print();
        String kept =
                aggregation.startRetractable().add(UsageEvent.of(MARCH, 1, "1")).print();

        for (String other :
                List.of("", "other/1 1", text.replaceFirst("/1", "/2"), text + " x", text + "x", " " + text)) {
            assertThatThrownBy(() -> aggregation.read(other)).as(other).isInstanceOf(IllegalArgumentException.class);
        }
        for (String other : List.of("", kept + " x", kept.replaceFirst("/1", "/2"))) {
            assertThatThrownBy(() -> aggregation.readRetractable(other))
                    .as(other)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sum/1",
                "sum/1 2",
                "sum/1 x 1",
                "sum/1 1 1e9",
                "sum/1 1 1 1",
                "sum/1  1 1",
                "sum/1 -1 1",
                "sum/1 1 "
            })
    void aSumThatIsCutOffOrMadeUpIsRefused(String text) {
        assertThatThrownBy(() -> new Sum().read(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unique-count/1 1 9:a 2026-03-01T00:00:00Z 1 1",
                "unique-count/1 1 -1:a 2026-03-01T00:00:00Z 1 1",
                "unique-count/1 1 2147483647:a 2026-03-01T00:00:00Z 1 1",
                "unique-count/1 1 1a 2026-03-01T00:00:00Z 1 1",
                "unique-count/1 1 1:a yesterday 1 1",
                "unique-count/1 1 1:a 2026-03-01T00:00:00Z 1 2",
                "unique-count/1 1 1:a 2026-03-01T00:00:00Z 1",
            })
    void aUniqueCountThatIsCutOffOrMadeUpIsRefused(String text) {
        assertThatThrownBy(() -> new UniqueCount().read(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aStateIsOfAnySize() {
        String text = "sum/1 9 " + "9".repeat(400) + ".5";

        assertThat(new Sum().read(text).print()).isEqualTo(text);
    }
}
