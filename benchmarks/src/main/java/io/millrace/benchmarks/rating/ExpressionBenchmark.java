package io.millrace.benchmarks.rating;

import io.millrace.rating.expression.Expression;
import io.millrace.rating.expression.ExpressionEvent;
import io.millrace.rating.expression.ExpressionResult;
import io.millrace.rating.expression.ParsedExpression;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What an expression over two decimal properties costs: to read it once, and on each event.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ExpressionBenchmark {

    private static final int EVENTS = 1024;
    private static final String SOURCE = "round((event.properties.replicas * event.properties.cpu) + 2, 2)";

    private final Expression expression = (Expression) Expression.parse(SOURCE);
    private List<ExpressionEvent> events = List.of();
    private int next;

    @Setup
    public void events() {
        events = IntStream.range(0, EVENTS)
                .mapToObj(i -> new ExpressionEvent(
                        "cpu",
                        Instant.EPOCH.plusSeconds(i),
                        new HashMap<>(Map.of(
                                "replicas",
                                Integer.toString(1 + i % 50),
                                "cpu",
                                "%d.%03d".formatted(i % 16, i * 7 % 1000),
                                "region",
                                "eu",
                                "user",
                                "u" + i))))
                .toList();
    }

    @Benchmark
    public ExpressionResult evaluate() {
        return expression.evaluate(events.get(next++ & (EVENTS - 1)));
    }

    @Benchmark
    public ParsedExpression parse() {
        return Expression.parse(SOURCE);
    }
}
