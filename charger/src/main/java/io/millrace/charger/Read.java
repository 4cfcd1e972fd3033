package io.millrace.charger;

import io.millrace.event.ExpandedEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.streams.EarlyCommit;
import io.millrace.streams.RegistryPatience;
import java.time.Duration;
import java.util.Objects;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/// Reads what the enricher wrote, and sends on what is paid in advance. The rest is not the charger's.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Read implements Processor<byte[], byte[], String, Object> {
    private static final byte[] NOTHING = {};

    private final AvroDeserializer<ExpandedEvent> events;
    private final RegistryPatience patience;
    private final Duration commitInterval;

    private ProcessorContext<String, Object> context;
    private EarlyCommit commit;

    Read(AvroDeserializer<ExpandedEvent> events, RegistryPatience patience, Duration commitInterval) {
        this.events = events;
        this.patience = patience;
        this.commitInterval = commitInterval;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.commit = EarlyCommit.of(context, commitInterval);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        var origin = origin(record);
        ExpandedEvent event;
        try {
            event = decode(events, patience, origin);
        } catch (SerializationException e) {
            refuse(new Refusal(
                    origin, null, Reason.UNREADABLE_RECORD, Objects.requireNonNullElse(e.getMessage(), "unreadable")));
            return;
        }
        if (!event.getPayInAdvance()) return;
        commit.took(record.timestamp());
        if (event.getIsDeleted() || event.getEnrichmentVersion() > 1) {
            refuse(new Refusal(
                    origin,
                    event,
                    Reason.ENRICHED_AGAIN,
                    event.getIsDeleted()
                            ? "enrichment %d takes the event out of charge %s; a fee that it has there stays"
                                    .formatted(event.getEnrichmentVersion(), event.getChargeId())
                            : "enrichment %d says anew what the event is in charge %s; it has its fee from before, or none"
                                    .formatted(event.getEnrichmentVersion(), event.getChargeId())));
            return;
        }
        var incoming = new IncomingEvent(event, origin);
        context.forward(new Record<>(incoming.key(), incoming, record.timestamp()), ChargerTopology.CHARGE);
    }

    static ExpandedEvent decode(AvroDeserializer<ExpandedEvent> events, RegistryPatience patience, Origin origin) {
        if (origin.value().length == 0) throw new SerializationException("the record has no value");
        return patience.ask(
                () -> Objects.requireNonNull(events.deserialize("events_enriched_expanded", origin.value())));
    }

    private Origin origin(Record<byte[], byte[]> record) {
        var metadata = context.recordMetadata().orElseThrow();
        return new Origin(
                record.key(),
                Objects.requireNonNullElse(record.value(), NOTHING),
                metadata.partition(),
                metadata.offset(),
                record.timestamp());
    }

    private void refuse(Refusal refusal) {
        context.forward(new Record<>("", refusal, refusal.origin().appendedAt()), ChargerTopology.DEAD_LETTER);
    }
}
