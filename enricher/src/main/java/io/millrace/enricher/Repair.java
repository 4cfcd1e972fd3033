package io.millrace.enricher;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.PendingRepair;
import io.millrace.event.PendingRepairs;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.streams.Configuration;
import io.millrace.streams.Encoder;
import io.millrace.streams.Subscriptions;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
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
/// enriched or refused: a subscription that began or ended earlier than was known, an upgrade that was seen
/// a moment late, an older revision of a plan or a metric.
///
/// What was enriched says which raw events count; the raw event itself is enriched, by what is agreed now,
/// as if it came only now. Its records have a higher version and replace the earlier ones of the same key.
/// Where it is not billable any more, it is retracted and becomes a dead letter with the reason. Only for
/// a plan that has never been heard of, which may be on its way, the work stands still, as long as events
/// wait for configuration.
///
/// A dead letter that is billable now, and whose id no other event has taken meanwhile, is enriched.
///
/// The work is done in small pieces between the events that come meanwhile. How far it got is written down
/// in the transaction that holds the piece's records.
///
/// Whoever closes a period is told whose events are not enriched again yet. A subscription's change is told in the
/// transaction that commits its offset; those of plans and metrics together with how far these have been compared;
/// that one is done with, in the transaction that holds its last records.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Repair implements Processor<String, Subscriptions.Change, byte[], Object> {
    private static final Logger log = LoggerFactory.getLogger(Repair.class);

    private static final long NEVER = -1;
    private static final Duration PIECE = Duration.ofMillis(20);
    /// From one's beginning to the next one's: half of the time is for the events that come.
    private static final Duration BETWEEN_PIECES = Duration.ofMillis(40);
    /// As of configuration: nobody goes by it.
    private static final long TOLD_AT = 0;

    private final Configuration configuration;
    private final RawEventReader reader;
    private final AvroDeserializer<EnrichedEvent> enriched;
    private final AvroDeserializer<DeadLetter> deadLetters;
    private final Encoder<PendingRepairs> telling;
    private final EventHistory.Archive archive;
    private final ParkingLimits limits;
    private final Counter repaired;
    private final Counter lost;

    private ProcessorContext<byte[], Object> context;
    private Repairs repairs;
    private RememberedIds ids;
    private Agreements agreements;
    private Configuration.@Nullable Read compared;
    private @Nullable Told told;
    private @Nullable EventHistory history;
    private @Nullable Cancellable work;
    private long standsSince;

    /// What was told last.
    private record Told(Configuration.Read read, List<PendingRepair> pending) {}

    Repair(
            Configuration configuration,
            SchemaRegistry registry,
            RawEventReader reader,
            Encoder<PendingRepairs> telling,
            EventHistory.Archive archive,
            ParkingLimits limits,
            MeterRegistry meters) {
        this.configuration = configuration;
        this.reader = reader;
        this.enriched = new AvroDeserializer<>(registry, Topics.EVENTS_ENRICHED.value());
        this.deadLetters = new AvroDeserializer<>(registry, Topics.EVENTS_DEAD_LETTER.value());
        this.telling = telling;
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
        this.ids = RememberedIds.of(context);
        this.agreements = new Agreements(configuration, Subscriptions.of(context, configuration), repairs);
        this.compared = null; // also what changed while this task did not run
        this.told = null;
        this.work = null;
        this.standsSince = NEVER;
        context.schedule(limits.lookAgain(), PunctuationType.WALL_CLOCK_TIME, this::look);
    }

    @Override
    public void process(Record<String, Subscriptions.Change> record) {
        var change = record.value();
        agreements.forget(record.key());
        if (repairs.changed(Subject.subscription(record.key()), change.replaced(), change.agreed())) tell();
    }

    private void look(long now) {
        compare();
        if (repairs.released() != null) tell();
        if (work == null && repairs.hasWork()) {
            work = context.schedule(BETWEEN_PIECES, PunctuationType.WALL_CLOCK_TIME, this::doAPiece);
        }
    }

    /// Compares what events were decided by with what is agreed, where that may have changed.
    private Configuration.Read compare() {
        var read = configuration.read();
        if (!read.equals(compared)) {
            repairs.compare(configuration);
            compared = read;
        }
        return read;
    }

    /// Tells how far plans and metrics have been compared and what is not done with, unless that is told.
    private void tell() {
        var released = repairs.released();
        var read = released == null ? Configuration.Read.NOTHING : compare().least(released);
        var now = new Told(read, repairs.concerned().asTold());
        if (now.equals(told)) return;
        int partition = context.taskId().partition();
        var value = telling.encode(new PendingRepairs(partition, read.plans(), read.metrics(), now.pending()));
        var key = Integer.toString(partition).getBytes(StandardCharsets.UTF_8);
        context.forward(new Record<>(key, value, TOLD_AT), EnricherTopology.TO_PENDING_REPAIRS);
        told = now;
    }

    private void doAPiece(long now) {
        goThrough(now);
        if (repairs.released() != null) tell();
    }

    private void goThrough(long now) {
        long until = System.nanoTime() + PIECE.toNanos();
        var past = history == null ? archive.open(context.taskId().partition()) : history;
        history = past;
        do {
            boolean goesOn = goOn(repairs.enriched(), past.enriched(), record -> enrichAgain(record, past, now))
                    || goOn(repairs.refused(), past.deadLetters(), this::enrichAfterAll);
            if (!goesOn) {
                if (!repairs.hasWork()) rest();
                else if (standsSince != NEVER) pause(); // else it waits for what is not committed yet
                return;
            }
        } while (System.nanoTime() < until);
    }

    /// Goes through the next records of a topic.
    ///
    /// @param work false where it has to wait
    /// @return false where there are none, or where they cannot be had or dealt with now
    private boolean goOn(Backlog backlog, EventHistory.Log topic, Predicate<EventHistory.Kept> work) {
        var scan = backlog.scan(topic);
        if (scan == null) return false;
        var chunk = topic.read(scan.next());
        if (chunk.next() == scan.next()) return false;
        for (var record : chunk.records()) {
            if (record.offset() >= scan.to()) break;
            if (backlog.mayConcern(record.key()) && !work.test(record)) {
                backlog.advance(scan, record.offset());
                return false;
            }
        }
        backlog.advance(scan, chunk.next());
        return true;
    }

    /// @return false where it has to wait for a plan
    private boolean enrichAgain(EventHistory.Kept record, EventHistory past, long now) {
        var earlier = decode(enriched, record);
        if (earlier == null || earlier.getIsDeleted()) return true;
        if (!repairs.enriched().isToBeRepaired(earlier, record.offset())) return true;
        var event = raw(earlier, past);
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
            case Attribution.Known known -> forward(event, known, EnricherTopology.MEASURE);
            case Attribution.Unknown _
            when agreements.awaitPlan(event) && isToWait(now) -> {
                return false;
            }
            case Attribution.Unknown unknown ->
                forward(event, Refusal.of(event, unknown.reason(), unknown.message()), EnricherTopology.RETRACT);
        }
        repaired.increment();
        return true;
    }

    /// @return true: it does not wait
    private boolean enrichAfterAll(EventHistory.Kept record) {
        var letter = decode(deadLetters, record);
        if (letter == null || !dependsOnAgreements(letter)) return true;
        var event = refused(letter);
        if (event == null || ids.contains(event)) return true;
        if (agreements.find(event) instanceof Attribution.Known known) forward(event, known, EnricherTopology.MEASURE);
        return true;
    }

    private void forward(IncomingEvent event, Object value, String node) {
        context.forward(new Record<>(event.key(), value, event.origin().ingestedAt()), node);
    }

    /// Once in a while of work, for all plans together.
    private boolean isToWait(long now) {
        if (standsSince == NEVER) standsSince = now;
        return now - standsSince < limits.upTo().toMillis();
    }

    private static <T extends SpecificRecord> @Nullable T decode(
            AvroDeserializer<T> deserializer, EventHistory.Kept record) {
        try {
            return deserializer.deserialize("", record.value());
        } catch (SerializationException e) {
            return null; // not written by a service of ours
        }
    }

    private @Nullable IncomingEvent raw(EnrichedEvent earlier, EventHistory past) {
        var value = past.raw(earlier.getRawOffset());
        if (value == null) return null;
        var event = incoming(
                value,
                earlier.getRawPartition(),
                earlier.getRawOffset(),
                earlier.getIngestedAt().toEpochMilli(),
                new Past.Enriched(earlier));
        // Else another record than the one that was enriched.
        return event != null && event.event().transactionId().equals(earlier.getTransactionId()) ? event : null;
    }

    private @Nullable IncomingEvent refused(DeadLetter letter) {
        var value = new byte[letter.getOriginValue().remaining()];
        letter.getOriginValue().get(0, value);
        return incoming(
                value,
                letter.getRawPartition(),
                letter.getRawOffset(),
                letter.getIngestedAt().toEpochMilli(),
                new Past.Refused());
    }

    private @Nullable IncomingEvent incoming(byte[] value, int partition, long offset, long ingestedAt, Past past) {
        RawEventView event;
        try {
            event = reader.read(value);
        } catch (SerializationException e) {
            return null;
        }
        var key = event.key();
        return new IncomingEvent(
                key, event, new Origin(key, value, partition, offset, ingestedAt), IncomingEvent.NOT_REMEMBERED, past);
    }

    private static boolean dependsOnAgreements(DeadLetter letter) {
        return letter.getStage().equals(BuryDeadLetter.STAGE)
                && Stream.of(Reason.values())
                        .filter(Reason::dependsOnAgreements)
                        .anyMatch(reason -> reason.code().equals(letter.getReason()));
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
