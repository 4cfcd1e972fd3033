package io.millrace.benchmarks;

import io.millrace.benchmarks.api.ApiBenchmark;
import io.millrace.benchmarks.clickhouse.AggregateBenchmark;
import io.millrace.benchmarks.clickhouse.StorageBenchmark;
import io.millrace.benchmarks.pipeline.LatencyBenchmark;
import io.millrace.benchmarks.pipeline.PipelineBenchmark;
import io.millrace.benchmarks.pipeline.SinkBenchmark;
import io.millrace.benchmarks.pipeline.SubscriptionsBenchmark;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// The benchmarks behind `./millrace bench`: `rating`, the arithmetic, and `enricher`, its memory of ids,
/// all of them or those with the second word in their names; `pipeline`, the enricher beside a stream that
/// only copies; `subscriptions`, its start and its memory with a million of them; `storage` and `aggregate`,
/// what ClickHouse needs for an event, and for an answer; `latency`, the whole way of an
/// event; `sink`, how fast ClickHouse takes records in; `api`, what requests of the control plane cost.
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) {
        var words = List.of(arguments);
        int status = FAILED;
        try {
            status = run(
                    words.isEmpty() ? "" : words.getFirst(), words.subList(Math.min(1, words.size()), words.size()));
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
        } finally {
            // Engines leave threads behind that are no daemons.
            System.exit(status);
        }
    }

    private static int run(String benchmark, List<String> options) throws Exception {
        return switch (benchmark) {
            case "rating" -> measure("benchmarks\\.rating", options);
            case "enricher" -> measure("enricher", options);
            case "pipeline" -> PipelineBenchmark.run(options, printing(System.out), printing(System.err));
            case "subscriptions" -> SubscriptionsBenchmark.run(options, printing(System.out), printing(System.err));
            case "storage" -> StorageBenchmark.run(options, printing(System.out), printing(System.err));
            case "aggregate" -> AggregateBenchmark.run(options, printing(System.out), printing(System.err));
            case "latency" -> LatencyBenchmark.run(options, printing(System.out), printing(System.err));
            case "api" -> ApiBenchmark.run(options, printing(System.out), printing(System.err));
            case "sink" -> SinkBenchmark.run(options, printing(System.out), printing(System.err));
            default -> {
                System.err.println(
                        "millrace: bench takes rating, enricher, pipeline, subscriptions, storage, aggregate,"
                                + " latency, sink or api, not '" + benchmark + "'");
                yield USAGE;
            }
        };
    }

    private static PrintStream printing(OutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    private static int measure(String under, List<String> options) throws RunnerException {
        var name = options.isEmpty() ? "" : options.getFirst();
        new Runner(new OptionsBuilder()
                        .include("millrace\\." + under + "\\..*" + name)
                        .build())
                .run();
        return 0;
    }
}
