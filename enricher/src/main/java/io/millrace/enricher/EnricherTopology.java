package io.millrace.enricher;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.event.DeadLetter;
import io.millrace.event.PendingRepairs;
import io.millrace.registry.SchemaRegistry;
import io.millrace.streams.Configuration;
import io.millrace.streams.Encoder;
import io.millrace.streams.RegisteredSchema;
import io.millrace.streams.RegistryPatience;
import io.millrace.streams.Subscriptions;
import io.millrace.topic.Replay;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.util.function.Function;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.jspecify.annotations.Nullable;

/// Enriched usage for raw events.
///
/// ```
///                 ┌─▶ events_raw, under the right key
/// events_raw ─▶ read ─▶ drop-duplicates ─▶ attribute ─▶ measure ─┬─▶ events_enriched
/// config_subscriptions ─▶ keep-subscriptions ──┤         │       └─▶ expand ─▶ events_enriched_expanded
///                                              └▶ repair ┴─▶ pending_repairs
/// config_billable_metrics, config_plans: known to attribute and repair
///
/// read, attribute, measure ────────────▶ dead-letter ─▶ events_dead_letter
/// repair, measure ─▶ retract ─┬──────────────┘
///                             └─▶ events_enriched, events_enriched_expanded
/// ```
///
/// All event topics have the same key and the same partitions, so a task sees everything about its
/// subscriptions and nothing is repartitioned. What a raw event becomes is one transaction with its offset.
///
/// An id is looked up first, in drop-duplicates, and remembered last: by measure, once the event is
/// billable, or by attribute, while it waits. Dead-letter frees the id of an event that waited in vain. So
/// a corrected event is billed.
///
/// What was enriched before something was agreed otherwise about its time goes through measure and expand
/// again, from repair, which reads it back from `events_enriched` and `events_raw`; what is not billable
/// any more is retracted. So does a dead letter that is billable now. Whose events wait for that is told in
/// `pending_repairs`.
final class EnricherTopology {
    static final String READ = "read";
    static final String DROP_DUPLICATES = "drop-duplicates";
    static final String KEEP_SUBSCRIPTIONS = "keep-subscriptions";
    static final String ATTRIBUTE = "attribute";
    static final String REPAIR = "repair";
    static final String MEASURE = "measure";
    static final String EXPAND = "expand";
    static final String RETRACT = "retract";
    static final String DEAD_LETTER = "dead-letter";

    static final String TO_RAW = "events_raw-rekeyed";
    static final String TO_ENRICHED = "events_enriched";
    static final String TO_EXPANDED = "events_enriched_expanded";
    static final String TO_DEAD_LETTER = "events_dead_letter";
    static final String TO_PENDING_REPAIRS = "pending_repairs";

    private EnricherTopology() {}

    /// @param archive where repair finds what was enriched and refused
    static Topology of(
            EnricherSettings settings, SchemaRegistry registry, MeterRegistry meters, EventHistory.Archive archive) {
        return of(settings, registry, meters, archive, null);
    }

    /// The same between the topics of a replay: nothing is sent again, and nothing enriched again.
    ///
    /// @param settings [EnricherSettings#of(Replay)]
    static Topology of(EnricherSettings settings, SchemaRegistry registry, MeterRegistry meters, Replay replay) {
        return of(settings, registry, meters, partition -> EventHistory.NONE, replay);
    }

    private static Topology of(
            EnricherSettings settings,
            SchemaRegistry registry,
            MeterRegistry meters,
            EventHistory.Archive archive,
            @Nullable Replay replay) {
        Function<Topic, String> name = replay == null ? Topic::name : replay::topic;
        var patience = new RegistryPatience(settings.streams().registryPatience());
        var configuration = new Configuration(registry, patience, meters);
        var reader = new RawEventReader(registry, patience);
        var enriched = new RegisteredSchema(registry, Topics.EVENTS_ENRICHED, patience);
        var expanded = new RegisteredSchema(registry, Topics.EVENTS_ENRICHED_EXPANDED, patience);
        var retractions = new Retractions(registry, patience);
        var deadLetters = new Encoder<DeadLetter>(registry, Topics.EVENTS_DEAD_LETTER, patience);
        var pendingRepairs = new Encoder<PendingRepairs>(registry, Topics.PENDING_REPAIRS, patience);
        int partitions = settings.streams().eventPartitions();
        var ids = RememberedIds.store(settings.deduplicationHorizon(), settings.rememberedIds());
        var limits = settings.parking();

        var topology = settings.streams().topology();
        configuration.addTo(topology);

        topology.addSource(
                        "events_raw",
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer(),
                        name.apply(Topics.EVENTS_RAW))
                .addProcessor(
                        READ,
                        () -> new Read(reader, partitions, settings.streams().commitInterval(), replay != null),
                        "events_raw")
                .addProcessor(DROP_DUPLICATES, DropDuplicates::new, READ)
                .addSource(
                        "config_subscriptions",
                        new StringDeserializer(),
                        new ByteArrayDeserializer(),
                        "config_subscriptions")
                .addProcessor(KEEP_SUBSCRIPTIONS, Subscriptions.keep(configuration), "config_subscriptions")
                .addProcessor(
                        ATTRIBUTE,
                        () -> new Attribute(configuration, reader, limits),
                        DROP_DUPLICATES,
                        KEEP_SUBSCRIPTIONS)
                .addProcessor(
                        REPAIR,
                        () -> new Repair(configuration, registry, reader, pendingRepairs, archive, limits, meters),
                        KEEP_SUBSCRIPTIONS)
                .addProcessor(MEASURE, () -> new Measure(enriched), ATTRIBUTE, REPAIR)
                .addProcessor(EXPAND, () -> new Expand(expanded, retractions), MEASURE)
                .addProcessor(RETRACT, () -> new Retract(retractions), REPAIR, MEASURE)
                .addProcessor(DEAD_LETTER, () -> new BuryDeadLetter(deadLetters), READ, ATTRIBUTE, MEASURE, RETRACT);

        topology.addSink(
                        TO_RAW,
                        name.apply(Topics.EVENTS_RAW),
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        READ)
                .addSink(
                        TO_ENRICHED,
                        name.apply(Topics.EVENTS_ENRICHED),
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        MEASURE,
                        RETRACT)
                .addSink(
                        TO_EXPANDED,
                        name.apply(Topics.EVENTS_ENRICHED_EXPANDED),
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        EXPAND,
                        RETRACT)
                .addSink(
                        TO_DEAD_LETTER,
                        name.apply(Topics.EVENTS_DEAD_LETTER),
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        DEAD_LETTER)
                .addSink(
                        TO_PENDING_REPAIRS,
                        name.apply(Topics.PENDING_REPAIRS),
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        REPAIR);

        topology.addStateStore(Subscriptions.store(), KEEP_SUBSCRIPTIONS, ATTRIBUTE, REPAIR)
                .addStateStore(ids, DROP_DUPLICATES, ATTRIBUTE, REPAIR, MEASURE, RETRACT, DEAD_LETTER)
                .addStateStore(ParkedEvents.store(), ATTRIBUTE)
                .addStateStore(Repairs.store(), ATTRIBUTE, REPAIR, MEASURE, EXPAND, RETRACT, DEAD_LETTER)
                .addStateStore(Books.store(), READ, DROP_DUPLICATES, ATTRIBUTE, MEASURE, RETRACT, DEAD_LETTER);
        return topology;
    }
}
