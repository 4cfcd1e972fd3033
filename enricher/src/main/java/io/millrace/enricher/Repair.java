package io.millrace.enricher;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.event.EnrichedEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.streams.Configuration;
import io.millrace.streams.Subscriptions;
import java.time.Duration;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Enriches events again when something was agreed otherwise about a time from which they had been
/// enriched: a subscription that began or ended earlier than was known, an upgrade that was seen a moment
/// late, an older revision of a plan or a metric.
///
/// What was enriched says which raw events count; the raw event itself is enriched, by what is agreed now,
/// as if it came only now. Its records have a higher version and replace the earlier ones of the same key.
/// Where it is not billable any more, it is retracted and becomes a dead letter with the reason. Only for
/// a plan that has never been heard of, which may be on its way, the work stands still, as long as events
/// wait for configuration.
///
/// The work is done in small pieces between the events that come meanwhile. How far it got is written down
/// in the transaction that holds the piece's records.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Repair implements Processor<String, Subscriptions.Change, byte[], Object> {
    private static final Logger log = LoggerFactory.getLogger(Repair.class);

    private static final long NEVER = -1;
    private static final Duration PIECE = Duration.ofMillis(50);
    private static final Duration BETWEEN_PIECES = Duration.ofMillis(10);

    private final Configuration configuration;
    private final RawEventReader reader;
    private final AvroDeserializer<EnrichedEvent> enriched;
    private final EventHistory.Archive archive;
    private final ParkingLimits limits;
    private final Counter repaired;
    private final Counter lost;

    private ProcessorContext<byte[], Object> context;
    private Repairs repairs;
    private Agreements agreements;
    private long changesSeen;
    private @Nullable EventHistory history;
    private @Nullable Cancellable work;
    private long standsSince;

    Repair(
            Configuration configuration,
            RawEventReader reader,
            AvroDeserializer<EnrichedEvent> enriched,
            EventHistory.Archive archive,
            ParkingLimits limits,
            MeterRegistry meters) {
        this.configuration = configuration;
        this.reader = reader;
        this.enriched = enriched;
        this.archive = archive;
        this.limits = limits;
        this.repaired = Counter.builder("millrace.enricher.repaired")
                .description("Events enriched again after a retroactive change; after a failure some are counted again")
                .register(meters);
        this.lost = Counter.builder("millrace.enricher.unrepaired")
                .description("Events that a retroactive change came too late for: they are not kept any more")
                .register(meters);
    }

    @Override
    public void init(ProcessorContext<byte[], Object> context) {
        this.context = context;
        this.repairs = Repairs.of(context);
        this.agreements = new Agreements(configuration, Subscriptions.of(context, configuration), repairs);
        this.changesSeen = -1; // also what changed while this task did not run
        this.work = null;
        this.standsSince = NEVER;
        context.schedule(limits.lookAgain(), PunctuationType.WALL_CLOCK_TIME, this::look);
    }

    @Override
    public void process(Record<String, Subscriptions.Change> change) {
        agreements.forget(change.key());
        for (var stretch : change.value().replaced()) repairs.changed(Subject.subscription(change.key()), stretch);
    }

    private void look(long now) {
        long changes = configuration.changes();
        if (changes != changesSeen) {
            repairs.compare(configuration);
            changesSeen = changes;
        }
        if (work == null && repairs.hasWork()) {
            work = context.schedule(BETWEEN_PIECES, PunctuationType.WALL_CLOCK_TIME, this::doAPiece);
        }
    }

    private void doAPiece(long now) {
        long until = System.nanoTime() + PIECE.toNanos();
        if (history == null) history = archive.open(context.taskId().partition());
        do {
            var scan = repairs.scan(history);
            if (scan == null) {
                rest();
                return;
            }
            var chunk = history.enriched(scan.next());
            if (chunk.next() == scan.next()) return; // what is not committed yet
            for (var record : chunk.records()) {
                if (record.offset() >= scan.to()) break;
                if (!repair(record, history, now)) {
                    repairs.advance(scan, record.offset());
                    pause();
                    return;
                }
            }
            repairs.advance(scan, chunk.next());
        } while (System.nanoTime() < until);
    }

    /// @return false where it has to wait
    private boolean repair(EventHistory.Enriched record, EventHistory history, long now) {
        var earlier = decode(record);
        if (earlier == null || earlier.getIsDeleted()) return true;
        if (!repairs.isToBeRepaired(earlier, record.offset())) return true;
        var event = raw(earlier, history);
        if (event == null) {
            lost.increment();
            log.error(
                    "event {} of {}/{} was enriched by what is not agreed any more, and cannot be enriched again:"
                            + " events_raw has lost it",
                    earlier.getTransactionId(),
                    earlier.getOrganizationId(),
                    earlier.getExternalSubscriptionId());
            return true;
        }
        switch (agreements.find(event)) {
            case Attribution.Known known ->
                context.forward(
                        new Record<>(event.key(), known, event.origin().ingestedAt()), EnricherTopology.MEASURE);
            case Attribution.Unknown _
            when agreements.awaitPlan(event) && isToWait(now) -> {
                return false;
            }
            case Attribution.Unknown unknown ->
                context.forward(
                        new Record<>(
                                event.key(),
                                Refusal.of(event, unknown.reason(), unknown.message()),
                                event.origin().ingestedAt()),
                        EnricherTopology.RETRACT);
        }
        repaired.increment();
        return true;
    }

    /// Once in a while of work, for all plans together.
    private boolean isToWait(long now) {
        if (standsSince == NEVER) standsSince = now;
        return now - standsSince < limits.upTo().toMillis();
    }

    private @Nullable EnrichedEvent decode(EventHistory.Enriched record) {
        try {
            return enriched.deserialize("", record.value());
        } catch (SerializationException e) {
            return null; // not written by an enricher
        }
    }

    private @Nullable IncomingEvent raw(EnrichedEvent earlier, EventHistory history) {
        var value = history.raw(earlier.getRawOffset());
        if (value == null) return null;
        RawEventView event;
        try {
            event = reader.read(value);
        } catch (SerializationException e) {
            return null; // another record than the one that was enriched
        }
        var key = event.key();
        var origin = new Origin(
                key,
                value,
                earlier.getRawPartition(),
                earlier.getRawOffset(),
                earlier.getIngestedAt().toEpochMilli());
        return event.transactionId().equals(earlier.getTransactionId())
                ? new IncomingEvent(key, event, origin, IncomingEvent.NOT_REMEMBERED, earlier)
                : null;
    }

    private void pause() {
        if (work != null) work.cancel();
        work = null;
    }

    private void rest() {
        pause();
        standsSince = NEVER;
        close();
    }

    @Override
    public void close() {
        if (history != null) history.close();
        history = null;
    }
}
