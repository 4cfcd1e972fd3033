package io.millrace.benchmarks.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.benchmarks.api.ApiBenchmark;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StackBenchmarksTest {

    private interface Benchmark {
        int run(List<String> words, PrintStream out, PrintStream err) throws Exception;
    }

    @Test
    void aShortRunTimesEventsAndLosesNone() throws Exception {
        var numbers = numbers(LatencyBenchmark::run, "--rate", "1000", "--seconds", "2", "--warm-up", "1", "--json");
        for (var number : List.of("rate", "p50_ms", "p99_ms", "max_ms", "timed", "question_p50_ms", "most_parts")) {
            assertThat(numbers.path(number).asDouble())
                    .as("%s in %s", number, numbers)
                    .isPositive();
        }
        assertThat(numbers.path("lost").asLong(-1)).isZero();
    }

    @Test
    void aShortRunFillsTablesFromTopics() throws Exception {
        var numbers = numbers(SinkBenchmark::run, "--events", "5000", "--json");
        for (var number : List.of("raw_rows_per_second", "raw_ratio", "expanded_rows_per_second", "expanded_ratio")) {
            assertThat(numbers.path(number).asDouble())
                    .as("%s in %s", number, numbers)
                    .isPositive();
        }
    }

    @Test
    void aShortRunAsksTheApi() throws Exception {
        var numbers = numbers(
                ApiBenchmark::run,
                "--seconds",
                "1",
                "--warm-up",
                "0",
                "--subscriptions",
                "2",
                "--events",
                "10",
                "--filters",
                "100",
                "--json");
        for (var kind : List.of(
                "baseline", "create_customer", "create_subscription", "current_usage", "current_usage_of_filters")) {
            for (var number : List.of("_per_second", "_p50_ms", "_p99_ms", "_ratio")) {
                assertThat(numbers.path(kind + number).asDouble())
                        .as("%s in %s", kind + number, numbers)
                        .isPositive();
            }
        }
    }

    private static JsonNode numbers(Benchmark benchmark, String... words) throws Exception {
        var out = new ByteArrayOutputStream();
        int status = benchmark.run(
                List.of(words),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
        assertThat(status).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        return new ObjectMapper().readTree(out.toByteArray());
    }
}
