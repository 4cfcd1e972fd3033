package io.millrace.benchmarks.rating;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.AggregationState;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.aggregation.Latest;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.ProratedSum;
import io.millrace.rating.aggregation.ProratedUniqueCount;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UniqueCount.Presence;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
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

/// One more event on a state, as a stream does it: a month of token counts, or of 16 seats.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AggregationBenchmark {

    private static final int EVENTS = 1024;
    private static final int TEXTS = 16;
    private static final Instant FROM = Instant.parse("2026-03-01T00:00:00Z");
    private static final TimeSpan PERIOD = new TimeSpan(FROM, FROM.plus(Duration.ofDays(31)));

    @Param({"count", "sum", "max", "latest", "unique_count", "weighted_sum", "prorated_sum", "prorated_unique_count"})
    private String aggregation = "count";

    private final UsageEvent[] events = new UsageEvent[EVENTS];
    private AggregationState state = new Count().start();
    private Presence presence = new Presence(FROM, 0, true);
    private int next;

    @Setup
    public void start() {
        Aggregation used = aggregation();
        state = used.start();
        for (int i = 0; i < EVENTS; i++) {
            String value = used.countsTexts() ? "seat-" + i % TEXTS : i * 37 + "." + i % 100;
            events[i] = UsageEvent.of(FROM.plus(Duration.ofMinutes(i * 43L)), i, value);
        }
    }

    private Aggregation aggregation() {
        HeldDays days = HeldDays.of(PERIOD, 31, ZoneId.of("Europe/Berlin"), false);
        return switch (aggregation) {
            case "count" -> new Count();
            case "sum" -> new Sum();
            case "max" -> new Max();
            case "latest" -> new Latest();
            case "unique_count" -> new UniqueCount();
            case "weighted_sum" -> new WeightedSum(PERIOD, Duration.ofDays(31), BigDecimal.ZERO);
            case "prorated_sum" -> new ProratedSum(days);
            case "prorated_unique_count" -> new ProratedUniqueCount(days);
            default -> throw new IllegalArgumentException(aggregation);
        };
    }

    @Benchmark
    public AggregationState add() {
        state = state.add(events[next++ & (EVENTS - 1)]);
        return state;
    }

    /// A text's share of a unique count, which a stream keeps by text; the same whatever is aggregated.
    @Benchmark
    public Presence addToText() {
        presence = Presence.after(presence, events[next++ & (EVENTS - 1)]);
        return presence;
    }
}
