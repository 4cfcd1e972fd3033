package io.millrace.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClickHouseSettingsTest {
    private static final String RETENTION = "MILLRACE_CLICKHOUSE_RETENTION_DAYS_";

    @ParameterizedTest
    @CsvSource({
        "KAFKA_BOOTSTRAP_SERVERS,                                 ''",
        "MILLRACE_CLICKHOUSE_CONSUMERS,                           -1",
        "MILLRACE_CLICKHOUSE_CONSUMERS,                           5",
        "MILLRACE_CLICKHOUSE_CONSUMERS,                           two",
        "MILLRACE_CLICKHOUSE_FLUSH_INTERVAL_MS,                   0",
        "MILLRACE_CLICKHOUSE_FLUSH_INTERVAL_MS,                   60001",
        "MILLRACE_CLICKHOUSE_MAX_BLOCK_SIZE,                      0",
        "MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_RAW,           399",
        "MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_RAW,           -1",
        "MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_ENRICHED,      500",
        "MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_DEAD_LETTER,   500",
        "MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_ENRICHED_EXPANDED, 10001",
        "MILLRACE_CLICKHOUSE_RETENTION_DAYS_API_LOGS,             a month",
    })
    void aValueThatMakesNoSenseIsRefusedByItsName(String variable, String value) {
        assertThatThrownBy(() -> settings(Map.of(variable, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(variable);
    }

    @Test
    void allFaultsAreToldAtOnce() {
        assertThatThrownBy(() ->
                        settings(Map.of("MILLRACE_CLICKHOUSE_CONSUMERS", "-1", RETENTION + "EVENTS_ENRICHED", "7")))
                .hasMessageContainingAll("MILLRACE_CLICKHOUSE_CONSUMERS", RETENTION + "EVENTS_ENRICHED is 7");
    }

    @Test
    void moneyIsKeptForGoodUnlessTold() {
        assertThat(settings(Map.of()).retention().days())
                .containsEntry("events_raw", 0)
                .containsEntry("events_enriched_expanded", 0)
                .containsEntry("activity_logs", 730)
                .containsEntry("api_logs", 90);
        assertThat(settings(Map.of(RETENTION + "EVENTS_RAW", "400", RETENTION + "API_LOGS", "0"))
                        .retention()
                        .days())
                .containsEntry("events_raw", 400)
                .containsEntry("api_logs", 0);
    }

    private static ClickHouseSettings settings(Map<String, String> changed) {
        var environment = new HashMap<>(Map.of("KAFKA_BOOTSTRAP_SERVERS", "b:1", "MILLRACE_EVENT_PARTITIONS", "4"));
        environment.putAll(changed);
        return ClickHouseSettings.of(environment);
    }
}
