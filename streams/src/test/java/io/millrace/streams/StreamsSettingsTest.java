package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamsSettingsTest {
    /// Kafka Streams starts with none that is longer than a transaction may be.
    @ParameterizedTest
    @CsvSource({"20ms, 100", "100ms, 500", "1s, 5000", "2s, 5000", "5s, 5000", "40s, 40000"})
    void aBacklogsTransactionsAreLongerButNotForEver(String interval, long whileCatchingUp) {
        var settings = StreamsSettings.of(
                "enricher",
                Map.of(
                        "KAFKA_BOOTSTRAP_SERVERS", "none:1",
                        "SCHEMA_REGISTRY_URL", "http://none:1",
                        "MILLRACE_ENRICHER_COMMIT_INTERVAL", interval));
        assertThat(settings.properties()).containsEntry(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, whileCatchingUp);
    }
}
