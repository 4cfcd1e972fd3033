package io.millrace.enricher;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.streams.StreamsService;
import io.millrace.topic.Replay;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.QueryableStoreType;
import org.jspecify.annotations.Nullable;

/// The enricher at work, in this process.
public final class Enricher implements AutoCloseable {
    private static final List<Topic> WRITTEN = List.of(
            Topics.EVENTS_ENRICHED, Topics.EVENTS_ENRICHED_EXPANDED, Topics.EVENTS_DEAD_LETTER, Topics.PENDING_REPAIRS);

    private final EnricherSettings settings;
    private final SchemaRegistry registry;
    private final StreamsService service;

    /// @param replay null of the enricher of the events that come
    private Enricher(EnricherSettings settings, @Nullable Replay replay) {
        this.settings = settings;
        this.registry = HttpSchemaRegistry.of(settings.streams().schemaRegistryUrl());
        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        var topology = replay == null
                ? EnricherTopology.of(
                        settings,
                        registry,
                        meters,
                        partition -> new KafkaEventHistory(settings.streams().bootstrapServers(), partition))
                : EnricherTopology.of(settings, registry, meters, replay);
        this.service = new StreamsService(settings.streams(), topology, meters);
        export(meters, "raw", Accounting.Partition::raw);
        export(meters, "enriched", Accounting.Partition::enriched);
        export(meters, "duplicate", Accounting.Partition::duplicates);
        export(meters, "parked", Accounting.Partition::parked);
        export(meters, "dead_lettered", Accounting.Partition::deadLettered);
        export(meters, "rekeyed", Accounting.Partition::rekeyed);
        Gauge.builder(
                        "millrace.enricher.remembered.ids",
                        () -> memory().mapToLong(IdMemory.Extent::ids).sum())
                .description("Ids that this instance's partitions remember")
                .register(meters);
        Gauge.builder(
                        "millrace.enricher.horizon",
                        () -> memory().mapToLong(extent -> extent.horizon().toSeconds())
                                .min()
                                .orElse(0))
                .description("How far back no id is missing, in the partition where that is least")
                .baseUnit("seconds")
                .register(meters);
        Gauge.builder(
                        "millrace.enricher.repairs.pending",
                        () -> held(Repairs.STORE, WriteBehind.<Repairs>ofAllTasks()).stream()
                                .mapToInt(Repairs::pending)
                                .sum())
                .description(
                        "Retroactive changes that events of this instance's partitions wait for to be enriched again")
                .register(meters);
    }

    /// Creates topics that are missing, registers what it writes, and starts. Returns once configuration has been
    /// read; events follow when [#isReady].
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if no schema registry answers for two minutes
    /// @throws org.apache.kafka.common.KafkaException if Kafka cannot be reached
    public static Enricher start(EnricherSettings settings) {
        return start(new Enricher(settings, null));
    }

    /// Starts one that enriches the raw events of a replay by what is agreed now, beside the one that is at work
    /// and without disturbing it: once each, and without waiting for what nobody knows.
    ///
    /// @param settings of the one at work
    static Enricher start(EnricherSettings settings, Replay replay) {
        return start(new Enricher(settings.of(replay), replay));
    }

    private static Enricher start(Enricher enricher) {
        enricher.service.prepare(enricher.registry, WRITTEN);
        enricher.service.start();
        return enricher;
    }

    /// True while all tasks of this instance are processed.
    public boolean isReady() {
        return service.isReady();
    }

    /// Waits until ready; false if it took too long or the service has given up.
    public boolean awaitReady(Duration upTo) throws InterruptedException {
        return service.awaitReady(upTo);
    }

    /// Waits until the service has stopped, whoever stopped it.
    public void awaitStop() throws InterruptedException {
        service.awaitStop();
    }

    /// The books over this instance's partitions, as of the last transaction, which committed readers may not see
    /// yet. Empty while the instance is not ready.
    public Accounting accounting() {
        var tallies = new HashMap<String, Long>();
        held(Books.STORE, WriteBehind.<Books>ofAllTasks()).forEach(books -> tallies.putAll(books.written()));
        return Accounting.of(tallies);
    }

    private Stream<IdMemory.Extent> memory() {
        return held(RememberedIds.STORE, WriteBehind.<IdMemory>ofAllTasks()).stream()
                .map(IdMemory::extent);
    }

    /// Stops after a last commit.
    @Override
    public void close() {
        service.close();
    }

    /// What this instance's tasks hold of a store; nothing while it starts, rebalances or has stopped.
    private <H> List<H> held(String store, QueryableStoreType<Supplier<List<H>>> type) {
        try {
            return service.streams()
                    .store(StoreQueryParameters.fromNameAndType(store, type))
                    .get();
        } catch (InvalidStateStoreException e) {
            return List.of();
        }
    }

    private void export(PrometheusMeterRegistry meters, String outcome, ToLongFunction<Accounting.Partition> number) {
        Gauge.builder(
                        "millrace.enricher.events",
                        () -> number.applyAsLong(accounting().total()))
                .description("Raw events of this instance's partitions by what became of them, since the first one")
                .tag("outcome", outcome)
                .register(meters);
    }
}
