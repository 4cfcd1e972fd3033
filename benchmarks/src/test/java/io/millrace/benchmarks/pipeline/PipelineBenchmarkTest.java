package io.millrace.benchmarks.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineBenchmarkTest {

    @Test
    void aShortRunMeasuresEveryStreamAndFindsAllThatItWrote() throws Exception {
        var out = new ByteArrayOutputStream();
        int status = PipelineBenchmark.run(
                List.of("--events", "40000", "--warm-up", "20000", "--rounds", "1", "--json"),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));

        assertThat(status).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        var fields = new ObjectMapper().readTree(out.toByteArray());
        for (var field : List.of(
                "events_per_second",
                "null_events_per_second",
                "null_with_dedup_events_per_second",
                "ratio",
                "cpu_seconds_per_million",
                "null_cpu_seconds_per_million",
                "null_with_dedup_cpu_seconds_per_million",
                "allocated_bytes_per_event",
                "rounds",
                "cores")) {
            assertThat(fields.path(field).asDouble())
                    .as("%s in %s", field, fields)
                    .isPositive();
        }
        assertThat(fields.path("remembered_ids").asLong()).isEqualTo(60_000);
        assertThat(fields.path("events").asLong()).isEqualTo(40_000);
    }

    @Test
    void whatItDoesNotKnowItRefuses() throws Exception {
        for (var words : List.of(
                List.of("--events", "many"),
                List.of("--events"),
                List.of("--only", "charger"),
                List.of("--fast", "1"))) {
            var err = new ByteArrayOutputStream();
            assertThat(PipelineBenchmark.run(words, System.out, new PrintStream(err, true, StandardCharsets.UTF_8)))
                    .as("%s", words)
                    .isEqualTo(2);
            assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("millrace: ");
        }
    }
}
