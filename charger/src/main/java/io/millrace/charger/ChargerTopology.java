package io.millrace.charger;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.event.ChargedInAdvance;
import io.millrace.event.DeadLetter;
import io.millrace.event.ExpandedEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.streams.Configuration;
import io.millrace.streams.Encoder;
import io.millrace.streams.RegistryPatience;
import io.millrace.streams.Subscriptions;
import io.millrace.topic.Topics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;

/// Fees for usage that is paid in advance: event by event.
///
/// ```
/// events_enriched_expanded ─▶ read ─▶ charge ─▶ events_charged_in_advance
/// config_subscriptions ─▶ keep-subscriptions ──┘
/// config_plans: known to charge
///
/// read, charge ─▶ dead-letter ─▶ events_dead_letter
/// ```
///
/// All event topics have the same key and the same partitions, so a task sees all usage of its subscriptions
/// in order. The fee, the running total and the offset are one transaction. Usage that is paid in arrears
/// ends at read: it is priced at the period's end, by the invoicer.
final class ChargerTopology {
    static final String READ = "read";
    static final String KEEP_SUBSCRIPTIONS = "keep-subscriptions";
    static final String CHARGE = "charge";
    static final String DEAD_LETTER = "dead-letter";

    static final String TO_CHARGED = "events_charged_in_advance";
    static final String TO_DEAD_LETTER = "events_dead_letter";

    private ChargerTopology() {}

    static Topology of(ChargerSettings settings, SchemaRegistry registry, MeterRegistry meters) {
        var patience = new RegistryPatience(settings.streams().registryPatience());
        var configuration = new Configuration(registry, patience, meters);
        var events = new AvroDeserializer<ExpandedEvent>(registry, Topics.EVENTS_ENRICHED_EXPANDED.value());
        var charged = new Encoder<ChargedInAdvance>(registry, Topics.EVENTS_CHARGED_IN_ADVANCE, patience);
        var deadLetters = new Encoder<DeadLetter>(registry, Topics.EVENTS_DEAD_LETTER, patience);

        var topology = settings.streams().topology();
        configuration.addTo(topology);

        topology.addSource(
                        "events_enriched_expanded",
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer(),
                        "events_enriched_expanded")
                .addProcessor(
                        READ,
                        () -> new Read(events, patience, settings.streams().commitInterval()),
                        "events_enriched_expanded")
                .addSource(
                        "config_subscriptions",
                        new StringDeserializer(),
                        new ByteArrayDeserializer(),
                        "config_subscriptions")
                .addProcessor(KEEP_SUBSCRIPTIONS, Subscriptions.keep(configuration), "config_subscriptions")
                .addProcessor(
                        CHARGE,
                        () -> new Charge(configuration, events, charged, patience, settings.waiting(), meters),
                        READ,
                        KEEP_SUBSCRIPTIONS)
                .addProcessor(DEAD_LETTER, () -> new BuryDeadLetter(deadLetters, meters), READ, CHARGE);

        topology.addSink(
                        TO_CHARGED,
                        "events_charged_in_advance",
                        new StringSerializer(),
                        new ByteArraySerializer(),
                        CHARGE)
                .addSink(
                        TO_DEAD_LETTER,
                        "events_dead_letter",
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        DEAD_LETTER);

        topology.addStateStore(Subscriptions.store(), KEEP_SUBSCRIPTIONS, CHARGE)
                .addStateStore(RunningTotals.totals(), CHARGE)
                .addStateStore(RunningTotals.presences(), CHARGE)
                .addStateStore(WaitingEvents.store(), CHARGE);
        return topology;
    }
}
