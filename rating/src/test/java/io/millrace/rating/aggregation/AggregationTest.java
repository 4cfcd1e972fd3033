package io.millrace.rating.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.aggregation.UsageEvent.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AggregationTest {

    /// Events as `second:value`, in order of arrival; `-` before a counted text removes it.
    @ParameterizedTest(name = "{0} of {1} is {2}")
    @CsvSource({
        "count_agg, '', 0",
        "count_agg, 1:5 2:7 2:7, 3",
        "sum_agg, '', 0",
        "sum_agg, 1:5 2:7.5 3:-2, 10.5",
        "sum_agg, 1:0.1 2:0.2, 0.3",
        "sum_agg, 1:5 2:-7, -2",
        "sum_agg, 1:99999999999999999999.999999999999999999 2:0.000000000000000001, 100000000000000000000",
        "max_agg, '', 0",
        "max_agg, 1:5 2:7.5 3:-2, 7.5",
        "max_agg, 1:-5 2:-7, -5",
        "latest_agg, '', 0",
        "latest_agg, 1:5 2:7.5, 7.5",
        "latest_agg, 2:7.5 1:5, 7.5",
        "latest_agg, 1:5 1:6, 6",
        "latest_agg, 1:5 2:-7, 0",
        "unique_count_agg, '', 0",
        "unique_count_agg, 1:a 2:a, 1",
        "unique_count_agg, 1:a 2:b 3:A, 3",
        "unique_count_agg, 1:a 2:a 3:-a 4:b 5:-c, 1",
        "unique_count_agg, 1:-a 2:a, 1",
        "unique_count_agg, 2:a 1:-a, 1",
        "unique_count_agg, 2:-a 1:a, 0",
        "unique_count_agg, 1:a 1:-a, 0",
        "unique_count_agg, 1:-a 1:a, 1",
        "unique_count_agg, 1:1 2:1.0, 2",
    })
    void unitsOfEvents(String code, String events, BigDecimal units) {
        Aggregation aggregation = Aggregation.parse(code).orElseThrow();

        assertThat(aggregation.code()).isEqualTo(code);
        assertThat(aggregation.units(events(events))).isEqualByComparingTo(units);
        assertThat(oneByOne(aggregation, events(events)).units()).isEqualByComparingTo(units);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sum", "SUM_AGG", "custom_agg", "recurring_count_agg", "weighted_sum_agg"})
    void anUnknownAggregationIsNotReadNorOneThatNeedsAPeriod(String code) {
        assertThat(Aggregation.parse(code)).isEmpty();
    }

    @Test
    void aValueThatIsNoDecimalIsNeverCountedAsZero() {
        assertThatThrownBy(() -> new Sum().units(events("1:many"))).isInstanceOf(IllegalArgumentException.class);
    }

    private static AggregationState oneByOne(Aggregation aggregation, List<UsageEvent> events) {
        AggregationState state = aggregation.start();
        for (UsageEvent event : events) {
            state = state.add(event);
        }
        return state;
    }

    private static List<UsageEvent> events(String text) {
        List<UsageEvent> events = new ArrayList<>();
        for (String event : text.split(" ", -1)) {
            if (event.isEmpty()) {
                continue;
            }
            String[] timeAndValue = event.split(":", 2);
            boolean removes = timeAndValue[1].matches("-[a-z]");
            events.add(new UsageEvent(
                    Instant.ofEpochSecond(Long.parseLong(timeAndValue[0])),
                    events.size(),
                    removes ? timeAndValue[1].substring(1) : timeAndValue[1],
                    removes ? Operation.REMOVE : Operation.ADD));
        }
        return events;
    }
}
