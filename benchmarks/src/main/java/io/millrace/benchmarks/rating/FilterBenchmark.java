package io.millrace.benchmarks.rating;

import io.millrace.rating.filter.ChargeFilter;
import io.millrace.rating.filter.ChargeFilters;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Which of a charge's filters takes an event: an AI vendor's price list by model, region and kind of token.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FilterBenchmark {

    private static final int EVENTS = 1024;
    private static final int REGIONS = 10;

    @Param({"10", "1000", "10000"})
    private int filters;

    private ChargeFilters compiled = ChargeFilters.NONE;
    private List<Map<String, String>> events = List.of();
    private int next;

    @Setup
    public void compile() {
        List<ChargeFilter> all = new ArrayList<>();
        for (int i = 0; i < filters; i++) {
            all.add(new ChargeFilter(
                    "f" + i,
                    Instant.EPOCH.plusSeconds(i),
                    Map.of(
                            "model", List.of("model-" + i / REGIONS),
                            "region", List.of("region-" + i % REGIONS),
                            "token", List.of("input", "output"))));
        }
        compiled = ChargeFilters.compile(Map.of(), all);
        events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            int filter = (int) (i * 7919L % filters);
            events.add(Map.of(
                    "model", "model-" + filter / REGIONS,
                    "region", "region-" + filter % REGIONS,
                    "token", i % 2 == 0 ? "input" : "output",
                    "tokens", Integer.toString(i),
                    "user", "u" + i));
        }
    }

    @Benchmark
    public Optional<ChargeFilter> match() {
        return compiled.match(events.get(next++ & (EVENTS - 1)));
    }
}
