package io.millrace.enricher;

import io.millrace.streams.EarlyCommit;
import io.millrace.topic.Headers;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/// Reads a raw record and refuses what can never become an event.
///
/// A direct producer may have used another key or another partitioner. Such a record is sent again under its right
/// key, once: where it lies it would be looked up apart from the other events of its subscription.
///
/// In a replay a record tells where it lies in `events_raw`, and what was sent again comes by itself.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Read implements Processor<byte[], byte[], byte[], Object> {
    private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2300-01-01T00:00:00Z"); // exclusive
    private static final long EARLIEST_MICROS = ChronoUnit.MICROS.between(Instant.EPOCH, EARLIEST);
    private static final long LATEST_MICROS = ChronoUnit.MICROS.between(Instant.EPOCH, LATEST);
    private static final byte[] NOTHING = {};

    private final RawEventReader reader;
    private final int partitions;
    private final Duration commitInterval;
    private final boolean isReplay;

    private ProcessorContext<byte[], Object> context;
    private EarlyCommit commit;
    private Tally raw;
    private Tally rekeyed;

    Read(RawEventReader reader, int partitions, Duration commitInterval, boolean isReplay) {
        this.reader = reader;
        this.partitions = partitions;
        this.commitInterval = commitInterval;
        this.isReplay = isReplay;
    }

    @Override
    public void init(ProcessorContext<byte[], Object> context) {
        this.context = context;
        this.commit = EarlyCommit.of(context, commitInterval);
        this.raw = Tally.of(context, Tally.RAW);
        this.rekeyed = Tally.of(context, Tally.REKEYED);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        commit.took(record.timestamp());
        var origin = origin(record);
        switch (read(origin)) {
            case Refusal refusal -> refuse(refusal);
            case IncomingEvent event
            when isInItsPlace(event) -> {
                raw.increase();
                context.forward(
                        new Record<>(event.key(), event, origin.ingestedAt()), EnricherTopology.DROP_DUPLICATES);
            }
            case IncomingEvent event
            when record.headers().lastHeader(Headers.REKEYED) == null -> sendAgain(event, record);
            case IncomingEvent event ->
                refuse(Refusal.of(
                        event,
                        Reason.WRONG_KEY,
                        "the record is not in the partition of its key " + Refusal.quote(event.keyText())));
            case Object other -> throw new IllegalStateException("neither event nor refusal: " + other);
        }
    }

    private Origin origin(Record<byte[], byte[]> record) {
        var metadata = context.recordMetadata().orElseThrow();
        return new Origin(
                record.key(),
                Objects.requireNonNullElse(record.value(), NOTHING),
                metadata.partition(),
                isReplay ? replayedOffset(record) : metadata.offset(),
                ingestedAt(record));
    }

    private static long replayedOffset(Record<byte[], byte[]> record) {
        var header = record.headers().lastHeader(Headers.RAW_OFFSET);
        return Long.parseLong(new String(header.value(), StandardCharsets.US_ASCII));
    }

    private static long ingestedAt(Record<byte[], byte[]> record) {
        var header = record.headers().lastHeader(Headers.INGESTED_AT);
        if (header == null || header.value() == null) return record.timestamp();
        try {
            long original = Long.parseLong(new String(header.value(), StandardCharsets.US_ASCII));
            // Nobody has taken it before 1970, nor later than now.
            return original >= 0 && original <= record.timestamp() ? original : record.timestamp();
        } catch (NumberFormatException e) {
            return record.timestamp();
        }
    }

    /// An [IncomingEvent], or a [Refusal].
    private Object read(Origin origin) {
        // Whatever follows from a record within this limit is within the larger ones of the derived topics.
        if (origin.value().length > Topics.EVENTS_RAW.maxMessageSize()) {
            return new Refusal(
                    origin,
                    null,
                    Reason.RECORD_TOO_LARGE,
                    "%d bytes are more than %d".formatted(origin.value().length, Topics.EVENTS_RAW.maxMessageSize()));
        }
        RawEventView event;
        try {
            event = reader.read(origin.value());
        } catch (SerializationException e) {
            return new Refusal(
                    origin, null, Reason.UNREADABLE_RECORD, Objects.requireNonNullElse(e.getMessage(), "unreadable"));
        }
        var key = origin.key() != null && event.hasKey(origin.key()) ? origin.key() : event.key();
        var incoming = new IncomingEvent(key, event, origin, IncomingEvent.NOT_REMEMBERED);
        var refusal = check(incoming);
        return refusal == null ? incoming : refusal;
    }

    private static @Nullable Refusal check(IncomingEvent incoming) {
        var event = incoming.event();
        if (event.lacksOrganization() || event.hasSlashInOrganization()) {
            return Refusal.of(
                    incoming,
                    Reason.ORGANIZATION_ID_INVALID,
                    "organization_id is " + Refusal.quote(event.organizationId()) + " and must be a UUID");
        }
        if (event.lacksSubscription()) {
            return Refusal.of(incoming, Reason.EXTERNAL_SUBSCRIPTION_ID_MISSING, "external_subscription_id is empty");
        }
        if (event.lacksTransaction()) {
            return Refusal.of(incoming, Reason.TRANSACTION_ID_MISSING, "transaction_id is empty");
        }
        if (event.lacksCode()) return Refusal.of(incoming, Reason.CODE_MISSING, "code is empty");
        long time = event.timestampMicros();
        if (time < EARLIEST_MICROS || time >= LATEST_MICROS) {
            return Refusal.of(
                    incoming,
                    Reason.TIMESTAMP_OUT_OF_RANGE,
                    "timestamp is %s and must be from %s until before %s"
                            .formatted(event.timestamp(), EARLIEST, LATEST));
        }
        return null;
    }

    @SuppressWarnings("ReferenceEquality") // the record's own key was taken where it is the right one
    private boolean isInItsPlace(IncomingEvent event) {
        return event.key() == event.origin().key()
                && Utils.toPositive(Utils.murmur2(event.key())) % partitions
                        == event.origin().partition();
    }

    private void sendAgain(IncomingEvent event, Record<byte[], byte[]> record) {
        rekeyed.increase();
        if (isReplay) return;
        var ingestedAt = Long.toString(event.origin().ingestedAt()).getBytes(StandardCharsets.US_ASCII);
        var again =
                new Record<byte[], Object>(event.key(), event.origin().value(), record.timestamp(), record.headers());
        again.headers()
                .remove(Headers.INGESTED_AT)
                .add(Headers.INGESTED_AT, ingestedAt)
                .add(Headers.REKEYED, NOTHING);
        context.forward(again, EnricherTopology.TO_RAW);
    }

    private void refuse(Refusal refusal) {
        raw.increase();
        context.forward(new Record<>(NOTHING, refusal, refusal.origin().ingestedAt()), EnricherTopology.DEAD_LETTER);
    }
}
