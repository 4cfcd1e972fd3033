package io.millrace.benchmarks.pipeline;

import io.millrace.benchmarks.pipeline.Broker.Volume;
import io.millrace.benchmarks.pipeline.Measurement.Mark;
import io.millrace.benchmarks.pipeline.ProcessMeter.Reading;
import io.millrace.embedded.ChildProcess;
import io.millrace.enricher.StreamUnderTest;
import io.millrace.enricher.StreamUnderTest.Kind;
import io.millrace.topic.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One stream over all raw events, from nothing: a new process, a new application, empty stores.
final class Round {
    /// Those with which the enricher's README says to run it.
    private static final List<String> FLAGS = List.of(
            "-Dlogback.configurationFile=benchmarks-logback.xml",
            "-XX:+IgnoreUnrecognizedVMOptions", // large pages are Linux's
            "-XX:+UseTransparentHugePages",
            "-XX:G1HeapRegionSize=16m",
            "-Xmn1g",
            "-XX:+UseCompactObjectHeaders");

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration STANDSTILL = Duration.ofMinutes(2);

    private final Broker broker;
    private final Scratch scratch;
    private final String applicationId;
    private final Kind kind;

    Round(Broker broker, Scratch scratch, String name, Kind kind) {
        this.broker = broker;
        this.scratch = scratch;
        this.applicationId = "bench-" + name;
        this.kind = kind;
    }

    /// @param books the line with which the enricher stopped; null of another kind
    record Result(
            Measurement measurement,
            Volume enriched,
            Volume expanded,
            Volume deadLetters,
            @Nullable String books) {}

    /// Runs until all events are committed, stops the process, and counts what it wrote.
    ///
    /// @param warmUp how many of them come before what is measured
    /// @param sample what a null stream writes
    Result run(long events, long warmUp, Path sample, @Nullable Path profile) throws InterruptedException {
        return run(events, warmUp, sample, profile, _ -> {}, _ -> {});
    }

    /// @param enriched is shown every value that was written to `events_enriched`
    /// @param expanded is shown every value that was written to `events_enriched_expanded`
    Result run(
            long events,
            long warmUp,
            Path sample,
            @Nullable Path profile,
            Consumer<byte[]> enriched,
            Consumer<byte[]> expanded)
            throws InterruptedException {
        var state = scratch.directory(applicationId);
        long started = System.nanoTime();
        Measurement measurement;
        String books = null;
        try (var process = start(sample, state, profile)) {
            measurement = watch(process, started, events, warmUp);
            process.stop();
            if (kind == Kind.ENRICHER) books = process.awaitLine(StreamUnderTest.books());
        }
        var result = new Result(
                measurement,
                broker.take(Topics.EVENTS_ENRICHED, enriched),
                broker.take(Topics.EVENTS_ENRICHED_EXPANDED, expanded),
                broker.take(Topics.EVENTS_DEAD_LETTER),
                books);
        broker.forget(applicationId);
        Scratch.delete(state);
        return result;
    }

    private ChildProcess start(Path sample, Path state, @Nullable Path profile) {
        var process = process(broker, applicationId, kind, state).arguments(sample.toString());
        // By processor time too, because much of it is spent in native code.
        if (profile != null) {
            process.flags(
                    "-XX:StartFlightRecording=settings=profile,jdk.CPUTimeSample#enabled=true,dumponexit=true,filename="
                            + profile);
        }
        return process.start();
    }

    /// A stream in a process of its own.
    ///
    /// @param state its directory
    static ChildProcess.Builder process(Broker broker, String applicationId, Kind kind, Path state) {
        return ChildProcess.of(StreamUnderTest.class)
                .name(applicationId)
                .heap("2g")
                .flags(FLAGS.toArray(String[]::new))
                .environment(broker.environment())
                .environment("MILLRACE_DATA", state.toString())
                .arguments(kind.name(), applicationId);
    }

    private Measurement watch(ChildProcess process, long started, long events, long warmUp)
            throws InterruptedException {
        process.awaitLine(StreamUnderTest.BEGUN);
        try (var meter = ProcessMeter.of(process.pid())) {
            var from = new Mark(0, new Reading(started, 0, 0));
            long committed = 0;
            long moved = System.nanoTime();
            while (true) {
                long now = broker.committed(applicationId);
                if (now >= events) return Measurement.between(started, from, new Mark(now, meter.read()));
                if (from.events() == 0 && now >= warmUp) from = new Mark(now, meter.read());
                if (now > committed) moved = System.nanoTime();
                committed = now;
                if (!process.isAlive() || System.nanoTime() - moved > STANDSTILL.toNanos()) {
                    throw new IllegalStateException(
                            "%s stands at %d of %d events. %s".formatted(applicationId, now, events, process.tail()));
                }
                Thread.sleep(LOOK);
            }
        }
    }
}
