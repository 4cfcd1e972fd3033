package io.millrace.enricher;

import io.millrace.event.DeadLetter;
import io.millrace.streams.Encoder;
import io.millrace.topic.Topics;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/// Writes down what cannot be billed: the original bytes, where they came from, and why. An id that was remembered
/// while the event waited becomes free, so that a corrected event is not taken for a duplicate.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class BuryDeadLetter implements Processor<byte[], Object, byte[], byte[]> {
    static final String STAGE = "enricher";
    /// What the raw topic takes is kept whole; a topic that was configured to take more is not.
    private static final int KEPT_BYTES = Topics.EVENTS_RAW.maxMessageSize();

    private final Encoder<DeadLetter> encoder;

    private ProcessorContext<byte[], byte[]> context;
    private RememberedIds ids;
    private Repairs repairs;
    private Tally deadLettered;

    BuryDeadLetter(Encoder<DeadLetter> encoder) {
        this.encoder = encoder;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        this.ids = RememberedIds.of(context);
        this.repairs = Repairs.of(context);
        this.deadLettered = Tally.of(context, Tally.DEAD_LETTERED);
    }

    @Override
    public void process(Record<byte[], Object> record) {
        var refusal = (Refusal) record.value();
        var event = refusal.event();
        if (event != null && event.isRemembered()) ids.forget(event);
        if (event != null && refusal.reason().dependsOnAgreements()) repairs.noteRefused(event);
        deadLettered.increase();
        var letter = encoder.encode(letter(refusal));
        context.forward(record.withKey(refusal.origin().key()).withValue(letter));
    }

    private static DeadLetter letter(Refusal refusal) {
        var origin = refusal.origin();
        var event = refusal.event() == null ? null : refusal.event().event();
        boolean fits = origin.value().length <= KEPT_BYTES;
        return DeadLetter.newBuilder()
                .setOrganizationId(event == null ? null : event.organizationId())
                .setExternalSubscriptionId(event == null ? null : event.externalSubscriptionId())
                .setTransactionId(event == null ? null : event.transactionId())
                .setCode(event == null ? null : event.code())
                .setTimestamp(event == null ? null : event.timestamp())
                .setStage(STAGE)
                .setReason(refusal.reason().code())
                .setMessage(refusal.message())
                .setOriginTopic(Topics.EVENTS_RAW.name())
                .setRawPartition(origin.partition())
                .setRawOffset(origin.offset())
                .setIngestedAt(Instant.ofEpochMilli(origin.ingestedAt()))
                .setOriginKey(origin.key() == null ? null : ByteBuffer.wrap(origin.key()))
                .setOriginValue(ByteBuffer.wrap(fits ? origin.value() : Arrays.copyOf(origin.value(), KEPT_BYTES)))
                .setOriginValueSize(origin.value().length)
                .setOriginValueSha256(fits ? null : sha256(origin.value()))
                .build();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
