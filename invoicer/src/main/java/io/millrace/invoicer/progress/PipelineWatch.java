package io.millrace.invoicer.progress;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.millrace.clickhouse.QueueErrors.Missing;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.progress.Stage.Position;
import io.millrace.invoicer.progress.Standstill.Stuck;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the pipeline from time to time: finds repeated events, so that little is left for a period's
/// close, notices consumers that stand still and usage that is held back for long, and tells all as metrics.
///
/// Each instance does; what several find is the same.
@Singleton
class PipelineWatch {
    private static final Logger LOG = LoggerFactory.getLogger(PipelineWatch.class);

    /// Long, lest a slow broker make a consumer seem to stand still.
    private static final Duration PATIENCE_PER_READ = Duration.ofSeconds(5);

    private final PipelineProgress progress;
    private final Broker broker;
    private final InvoicerSettings settings;
    private final Standstill standstill;
    private final MultiGauge committed;
    private final MultiGauge ends;
    private final MultiGauge lags;
    private final MultiGauge missing;
    private final MultiGauge stuckGauge;
    private final MultiGauge heldBackGauge;

    private volatile List<Stuck> stuck = List.of();
    private volatile Map<HeldBack, Instant> heldBack = Map.of();
    private Set<HeldBack> heldBackForLong = Set.of();
    private volatile Instant covered = Instant.now();
    private Instant restsUntil = Instant.MIN;
    private volatile boolean closed;
    private @Nullable Thread thread;

    PipelineWatch(PipelineProgress progress, Broker broker, InvoicerSettings settings, MeterRegistry meters) {
        this.progress = progress;
        this.broker = broker;
        this.settings = settings;
        this.standstill = new Standstill(settings.watermarkTimeout());
        this.ends = gauges(meters, "end.offset", "End of a topic's partition");
        this.committed = gauges(meters, "committed.offset", "How far a stage has come in a partition");
        this.lags = gauges(meters, "lag", "Offsets that a stage has left; at rest, the markers of transactions");
        this.missing = gauges(
                meters, "missing.records", "Records that ClickHouse could not decode: to be redriven, or rejected");
        this.stuckGauge =
                gauges(meters, "stuck", "1: the consumer stands still before a record that is there for long");
        this.heldBackGauge = gauges(
                meters,
                "held.back",
                "Whose usage is not billed for a change of what was agreed that its rows do not show yet");
        Gauge.builder("millrace.pipeline.held.back.age", () -> longestHeldBack().toMillis() / 1000.0)
                .description("Since some usage is held back; 0: none is")
                .baseUnit("seconds")
                .register(meters);
        Gauge.builder(
                        "millrace.pipeline.exclusion.pass.age",
                        () -> sinceCovered().toMillis() / 1000.0)
                .description("Since repetitions were found among all that ClickHouse had")
                .baseUnit("seconds")
                .register(meters);
    }

    private static MultiGauge gauges(MeterRegistry meters, String name, String description) {
        return MultiGauge.builder("millrace.pipeline." + name)
                .description(description)
                .register(meters);
    }

    /// Consumers that stood still at the last look, and since when.
    List<Stuck> stuck() {
        return stuck;
    }

    /// Whose usage was held back at the last look, and since when it has been at every look.
    Map<HeldBack, Instant> heldBack() {
        return heldBack;
    }

    private Duration longestHeldBack() {
        var now = Instant.now();
        return heldBack.values().stream()
                .map(since -> Duration.between(since, now))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    /// Since repetitions were found among all that ClickHouse had; since the start where it has not been
    /// yet.
    Duration sinceCovered() {
        return Duration.between(covered, Instant.now());
    }

    @EventListener
    void start(ServerStartupEvent ignored) {
        thread = Thread.ofVirtual().name("pipeline-watch").start(this::run);
    }

    @PreDestroy
    void close() throws InterruptedException {
        closed = true;
        if (thread == null) return;
        thread.interrupt();
        thread.join(Duration.ofSeconds(20));
    }

    private void run() {
        while (!closed) {
            try {
                attempt("look for repeated events", this::cover);
                attempt("see how far events have come", this::look);
                attempt("see whose usage is held back", this::lookForHeldBack);
                Thread.sleep(settings.progressInterval());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private interface Step {
        void run() throws SQLException, InterruptedException, PipelineBehind;
    }

    /// What is down for a while must not hide the rest.
    private void attempt(String purpose, Step step) throws InterruptedException {
        try {
            step.run();
        } catch (SQLException | PipelineBehind | RuntimeException e) {
            if (!closed) LOG.warn("cannot {}; it is tried again", purpose, e);
        }
    }

    /// Takes a tenth of the time at most: what comes meanwhile is looked up together, which costs less.
    private void cover() throws SQLException, InterruptedException {
        var begun = Instant.now();
        if (begun.isBefore(restsUntil)) return;
        progress.coverRepetitions();
        covered = begun;
        var done = Instant.now();
        restsUntil = done.plus(Duration.between(begun, done).multipliedBy(9));
    }

    private void look() throws SQLException, InterruptedException {
        var positions = progress.positions();
        var before = stuck;
        try (var reader = broker.reader(PATIENCE_PER_READ)) {
            stuck = standstill.look(positions, Instant.now(), reader::findsRecord);
        }
        tell(before, stuck);
        ends.register(
                positions.stream()
                        .collect(Collectors.toMap(Position::partition, Position::end, (one, same) -> one))
                        .entrySet()
                        .stream()
                        .map(end -> Row.of(
                                Tags.of(
                                        "topic",
                                        end.getKey().topic(),
                                        "partition",
                                        Integer.toString(end.getKey().partition())),
                                end.getValue()))
                        .toList(),
                true);
        committed.register(
                positions.stream()
                        .map(position -> Row.of(tags(position), position.committed()))
                        .toList(),
                true);
        lags.register(
                positions.stream()
                        .map(position -> Row.of(tags(position), position.lag()))
                        .toList(),
                true);
        stuckGauge.register(
                stuck.stream().map(each -> Row.of(tags(each.position()), 1)).toList(), true);
        missing.register(
                progress.missing().stream()
                        .map(each -> Row.of(tags(each), each.count()))
                        .toList(),
                true);
    }

    private void lookForHeldBack() throws PipelineBehind, InterruptedException {
        var now = Instant.now();
        var held = new LinkedHashMap<HeldBack, Instant>();
        try (var reader = broker.reader(PATIENCE_PER_READ)) {
            for (var each : progress.heldBack(reader)) held.put(each, heldBack.getOrDefault(each, now));
        }
        heldBack = Collections.unmodifiableMap(held);
        var forLong = new HashSet<HeldBack>();
        held.forEach((each, since) -> {
            if (since.plus(settings.watermarkTimeout()).isAfter(now)) return;
            forLong.add(each);
            if (!heldBackForLong.contains(each)) LOG.error("{}, and has been since {}", each, since);
        });
        for (var each : heldBackForLong) {
            if (!held.containsKey(each)) LOG.info("usage of {} is not held back any more", each.key());
        }
        heldBackForLong = forLong;
        heldBackGauge.register(
                Stream.of(HeldBack.Step.values())
                        .map(step -> Row.of(
                                Tags.of("step", step.code()),
                                held.keySet().stream()
                                        .filter(each -> each.step() == step)
                                        .count()))
                        .toList(),
                true);
    }

    private static void tell(List<Stuck> before, List<Stuck> now) {
        var known = before.stream().map(PipelineWatch::place).collect(Collectors.toSet());
        for (var each : now) {
            if (!known.remove(place(each))) LOG.error("{}, and has not moved since {}", each.position(), each.since());
        }
        for (var place : known) LOG.info("{} moves again", place);
    }

    private static String place(Stuck stuck) {
        return "consumer group %s in %s"
                .formatted(stuck.position().stage().group(), stuck.position().partition());
    }

    private static Tags tags(Position position) {
        return Tags.of(
                "stage",
                position.stage().name(),
                "topic",
                position.partition().topic(),
                "partition",
                Integer.toString(position.partition().partition()));
    }

    private static Tags tags(Missing missing) {
        return Tags.of(
                "topic",
                missing.partition().topic(),
                "partition",
                Integer.toString(missing.partition().partition()),
                "state",
                missing.isRejected() ? "rejected" : "pending");
    }
}
