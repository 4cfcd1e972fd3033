package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IngestSettingsTest {
    private static final Map<String, String> NEEDED =
            Map.of("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092", "SCHEMA_REGISTRY_URL", "http://localhost:8081");

    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        var settings = IngestSettings.of(NEEDED);

        assertThat(settings.eventsPerBatch()).isEqualTo(1000);
        assertThat(settings.bodySize()).isEqualTo(10 << 20);
        assertThat(settings.acknowledgement()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.requestsPerSecond()).isZero();
        assertThat(settings.idleTimeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(settings.invoicerUrl()).isEmpty();
    }

    @Test
    void anAddressMayEndWithASlash() {
        assertThat(with("INVOICER_URL", "http://invoicer:8080/").invoicerUrl())
                .contains(URI.create("http://invoicer:8080"));
    }

    @ParameterizedTest
    @CsvSource({
        "KAFKA_BOOTSTRAP_SERVERS, ' '",
        "MILLRACE_INGEST_EVENTS_PER_BATCH, 0",
        "MILLRACE_INGEST_BODY_BYTES, 10MB",
        "MILLRACE_INGEST_ACKNOWLEDGEMENT_MS, 99999999999999999999",
        "MILLRACE_INGEST_RATE_LIMIT, 10001",
        "MILLRACE_REPLICATION, -1",
        "INVOICER_URL, invoicer:8080",
    })
    void aWrongValueIsNamed(String variable, String value) {
        assertThatThrownBy(() -> with(variable, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(variable);
    }

    private static IngestSettings with(String variable, String value) {
        var environment = new HashMap<>(NEEDED);
        environment.put(variable, value);
        return IngestSettings.of(environment);
    }
}
