package io.millrace.benchmarks.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClickHouseBenchmarksTest {

    private interface Benchmark {
        int run(List<String> words, PrintStream out, PrintStream err) throws Exception;
    }

    @Test
    void storageIsMeasuredOfEachKindOfEventAndId() throws Exception {
        var numbers = numbers(StorageBenchmark::run, "--events", "20000", "--subscriptions", "100", "--json");
        for (var event : List.of("raw", "expanded")) {
            for (var ids : List.of("uuids", "sequential")) {
                for (var number : List.of("bytes", "json_bytes", "ratio")) {
                    assertThat(numbers.path(event + "_" + ids + "_" + number).asDouble())
                            .as("%s %s %s in %s", event, ids, number, numbers)
                            .isPositive();
                }
            }
        }
    }

    @Test
    void everyAnswerIsTimedAndTheLargestSubscriptionHasItsRows() throws Exception {
        var numbers = numbers(
                AggregateBenchmark::run, "--rows", "100000", "--subscriptions", "2000", "--asked", "100", "--json");
        for (var number :
                List.of("p50_ms", "p99_ms", "cold_p50_ms", "cold_p99_ms", "largest_ms", "bytes_on_disk_per_row")) {
            assertThat(numbers.path(number).asDouble())
                    .as("%s in %s", number, numbers)
                    .isPositive();
        }
        // with this skew the first of 2,000 makes the cube root of a 2,000th of all events
        assertThat(numbers.path("rows_with_largest_subscription").asLong()).isBetween(7_500L, 8_400L);
    }

    @Test
    void whatTheyDoNotKnowTheyRefuse() throws Exception {
        for (Benchmark benchmark : List.<Benchmark>of(StorageBenchmark::run, AggregateBenchmark::run)) {
            for (var words : List.of(List.of("--events", "many"), List.of("--subscriptions"), List.of("--fast", "1"))) {
                var err = new ByteArrayOutputStream();
                assertThat(benchmark.run(words, System.out, new PrintStream(err, true, StandardCharsets.UTF_8)))
                        .as("%s", words)
                        .isEqualTo(2);
                assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("millrace: ");
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
