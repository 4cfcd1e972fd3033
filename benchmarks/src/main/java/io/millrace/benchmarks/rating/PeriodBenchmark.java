package io.millrace.benchmarks.rating;

import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.period.Interval;
import java.time.Instant;
import java.time.ZoneId;
import java.util.SplittableRandom;
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

/// In which billing period an event is: asked for every event that is charged in advance. A subscription of
/// 31 January 2023, events of any time in 2026.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PeriodBenchmark {

    private static final int EVENTS = 1024;
    private static final Instant SUBSCRIBED = Instant.parse("2023-01-31T12:00:00Z");
    private static final Instant NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z");
    private static final long SECONDS_OF_A_YEAR = 365L * 24 * 60 * 60;

    @Param({"WEEKLY", "MONTHLY", "QUARTERLY", "SEMIANNUAL", "YEARLY"})
    private Interval interval = Interval.MONTHLY;

    @Param({"CALENDAR", "ANNIVERSARY"})
    private BillingTime billingTime = BillingTime.CALENDAR;

    @Param({"UTC", "America/New_York"})
    private String zone = "UTC";

    private BillingCycle cycle = BillingCycle.of(interval, billingTime, SUBSCRIBED, ZoneId.of(zone));
    private final Instant[] events = new Instant[EVENTS];
    private int next;

    @Setup
    public void subscribe() {
        cycle = BillingCycle.of(interval, billingTime, SUBSCRIBED, ZoneId.of(zone));
        var random = new SplittableRandom(1);
        for (int i = 0; i < EVENTS; i++) {
            events[i] = NEW_YEAR.plusSeconds(random.nextLong(SECONDS_OF_A_YEAR));
        }
    }

    @Benchmark
    public BillingPeriod containing() {
        return cycle.containing(events[next++ & (EVENTS - 1)]);
    }
}
