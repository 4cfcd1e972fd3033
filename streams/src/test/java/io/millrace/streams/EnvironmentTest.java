package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {
    @ParameterizedTest
    @CsvSource({"250ms, PT0.25S", "6s, PT6S", "15m, PT15M", "1h, PT1H", "31d, PT744H"})
    void durationsAreWrittenAsPeopleWriteThem(String text, Duration duration) {
        assertThat(Environment.of(Map.of("LIMIT", text)).duration("LIMIT", Duration.ZERO))
                .isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"6", "six seconds", "-1s", "PT6S", "1.5h"})
    void aDurationThatIsNoneIsRefusedByName(String text) {
        assertThatThrownBy(() -> Environment.of(Map.of("LIMIT", text)).duration("LIMIT", Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LIMIT")
                .hasMessageContaining(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65", "many", "1.0"})
    void aNumberOutOfBoundsIsRefusedByName(String text) {
        assertThatThrownBy(() -> Environment.of(Map.of("THREADS", text)).number("THREADS", 1, 1, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("THREADS")
                .hasMessageContaining("from 1 to 64");
    }

    @Test
    void aBlankVariableCountsAsUnset() {
        assertThat(Environment.of(Map.of("THREADS", " ")).number("THREADS", 3, 1, 64))
                .isEqualTo(3);
    }

    @Test
    void aServiceNeedsItsEngines() {
        assertThatThrownBy(() -> StreamsSettings.of("enricher", Map.of("SCHEMA_REGISTRY_URL", "http://localhost:1")))
                .hasMessageContaining("KAFKA_BOOTSTRAP_SERVERS");
    }
}
