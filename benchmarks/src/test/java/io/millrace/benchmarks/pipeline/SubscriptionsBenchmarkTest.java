package io.millrace.benchmarks.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriptionsBenchmarkTest {

    @Test
    void aShortRunMeasuresEveryStart() throws Exception {
        var out = new ByteArrayOutputStream();
        int status = SubscriptionsBenchmark.run(
                List.of("--subscriptions", "2000", "--events", "1000", "--json"),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));

        assertThat(status).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        var fields = new ObjectMapper().readTree(out.toByteArray());
        assertThat(fields.path("subscriptions").asLong()).isEqualTo(2000);
        for (var start : List.of("new", "restarted", "restored")) {
            for (var field : List.of(
                    "first_event_seconds", "cpu_seconds", "every_partition_seconds", "heap_bytes", "disk_bytes")) {
                assertThat(fields.path(start).path(field).asDouble())
                        .as("%s of %s in %s", field, start, fields)
                        .isPositive();
            }
        }
        assertThat(fields.path("restored").path("heap_bytes_after_events").asLong())
                .isPositive();
    }

    @Test
    void whatItDoesNotKnowItRefuses() throws Exception {
        for (var words : List.of(
                List.of("--subscriptions", "many"),
                List.of("--subscriptions"),
                List.of("--events", "0"),
                List.of("--fast", "1"))) {
            var err = new ByteArrayOutputStream();
            assertThat(SubscriptionsBenchmark.run(
                            words, System.out, new PrintStream(err, true, StandardCharsets.UTF_8)))
                    .as("%s", words)
                    .isEqualTo(2);
            assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("millrace: ");
        }
    }
}
