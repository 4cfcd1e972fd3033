package io.millrace.benchmarks.pipeline;

import io.millrace.benchmarks.pipeline.ProcessMeter.Memory;
import io.millrace.benchmarks.pipeline.SubscriptionsReport.Start;
import io.millrace.embedded.ChildProcess;
import io.millrace.enricher.StreamUnderTest;
import io.millrace.enricher.StreamUnderTest.Kind;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// `./millrace bench subscriptions`: how soon an enricher with a million subscriptions begins, and what
/// room it needs.
///
/// ```
/// new         reads config_subscriptions whole
/// restarted   has its stores on disk
/// restored    has lost them and reads them back from their changelogs; then gets events
/// ```
///
/// Before each start some events are put into `events_raw`, in all its partitions. None is enriched before
/// its partition knows its subscriptions: the start is over with the commit of the last one.
public final class SubscriptionsBenchmark {
    private static final int USAGE = 2;
    private static final int WAITING_EVENTS = 1_000;
    private static final String APPLICATION_ID = "bench-subscriptions";
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final Broker broker;
    private final Path state;
    private final Traffic traffic;
    private long published;

    private SubscriptionsBenchmark(Broker broker, Path state, Traffic traffic) {
        this.broker = broker;
        this.state = state;
        this.traffic = traffic;
    }

    /// @param words after `bench subscriptions`
    /// @param out for the result
    /// @param err for what is said meanwhile, where the result is for programs
    /// @return the process's exit status
    /// @throws IllegalStateException if the enricher failed or did not do all of its work
    public static int run(List<String> words, PrintStream out, PrintStream err) throws InterruptedException {
        SubscriptionsOptions options;
        try {
            options = SubscriptionsOptions.parse(words);
        } catch (IllegalArgumentException e) {
            err.println("millrace: " + e.getMessage());
            return USAGE;
        }
        var progress = options.json() ? err : out;
        try (var scratch = new Scratch();
                var broker = Broker.start(scratch.directory("broker"))) {
            try (var publisher = new Publisher(broker)) {
                publisher.catalogue(options.subscriptions());
            }
            var traffic = new Traffic(options.subscriptions());
            var report = new SubscriptionsBenchmark(broker, scratch.directory("enricher"), traffic).measure(options);
            progress.print(report.table());
            if (options.json()) out.println(report.json());
        }
        return 0;
    }

    private SubscriptionsReport measure(SubscriptionsOptions options) throws InterruptedException {
        var first = start("new", 0);
        var second = start("restarted", 0);
        Scratch.delete(state);
        var third = start("restored", options.events());
        return new SubscriptionsReport(options.subscriptions(), options.events(), List.of(first, second, third));
    }

    /// Starts an enricher on what the one before has left, and stops it.
    ///
    /// @param events that it gets once it has begun
    private Start start(String name, int events) throws InterruptedException {
        long before = published;
        publish(WAITING_EVENTS);
        long started = System.nanoTime();
        double firstSeconds;
        double allSeconds;
        double cpuSeconds;
        Memory begun;
        Memory used = null;
        // Named, as where a restart has to be quick: a nameless one would wait for its predecessor's session to end.
        try (var enricher = Round.process(broker, APPLICATION_ID, Kind.ENRICHER, state)
                .environment("MILLRACE_ENRICHER_INSTANCE_ID", APPLICATION_ID)
                .start()) {
            firstSeconds = awaitCommit(enricher, before + 1, started);
            allSeconds = awaitCommit(enricher, published, started);
            try (var meter = ProcessMeter.of(enricher.pid())) {
                cpuSeconds = meter.read().cpu() / 1e9;
                begun = meter.memory();
                if (events > 0) used = afterEvents(enricher, meter, events);
            }
            enricher.stop();
            var books = enricher.awaitLine(StreamUnderTest.books());
            var expected = StreamUnderTest.booksOf(published);
            if (!books.equals(expected)) {
                throw new IllegalStateException("the books are not " + expected + ": " + books);
            }
        }
        return new Start(name, firstSeconds, allSeconds, cpuSeconds, begun, used, Scratch.size(state));
    }

    private Memory afterEvents(ChildProcess enricher, ProcessMeter meter, int events) throws InterruptedException {
        publish(events);
        awaitCommit(enricher, published, System.nanoTime());
        return meter.memory();
    }

    private void publish(int events) {
        try (var publisher = new Publisher(broker)) {
            publisher.events(traffic, events);
        }
        published += events;
    }

    /// Waits until so many events are committed.
    ///
    /// @return seconds since the start
    private double awaitCommit(ChildProcess enricher, long events, long start) throws InterruptedException {
        while (true) {
            long committed = broker.committed(APPLICATION_ID);
            long now = System.nanoTime();
            if (committed >= events) return (now - start) / 1e9;
            if (!enricher.isAlive() || now - start > PATIENCE.toNanos()) {
                throw new IllegalStateException(
                        "it stands at %d of %d events. %s".formatted(committed, events, enricher.tail()));
            }
            Thread.sleep(LOOK);
        }
    }
}
