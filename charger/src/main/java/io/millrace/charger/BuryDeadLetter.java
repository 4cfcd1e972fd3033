package io.millrace.charger;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.event.DeadLetter;
import io.millrace.streams.Encoder;
import io.millrace.topic.Topics;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps what cannot be charged, with its bytes and the reason.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class BuryDeadLetter implements Processor<String, Object, byte[], byte[]> {
    private static final Logger log = LoggerFactory.getLogger(BuryDeadLetter.class);
    private static final String STAGE = "charger";
    /// What a dead letter holds beside the original bytes.
    private static final int ROOM_FOR_THE_REST = 1024 * 1024;

    private static final int VALUE_AT_MOST = Topics.EVENTS_DEAD_LETTER.maxMessageSize() - ROOM_FOR_THE_REST;

    private final Encoder<DeadLetter> deadLetters;
    private final Map<Reason, Counter> counters = new EnumMap<>(Reason.class);

    private ProcessorContext<byte[], byte[]> context;

    BuryDeadLetter(Encoder<DeadLetter> deadLetters, MeterRegistry meters) {
        this.deadLetters = deadLetters;
        for (var reason : Reason.values()) {
            counters.put(
                    reason,
                    Counter.builder("millrace.charger.dead.letters")
                            .description("Events that could not be charged; after a failure some are counted again")
                            .tag("reason", reason.code())
                            .register(meters));
        }
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
    }

    @Override
    public void process(Record<String, Object> arrival) {
        var refusal = (Refusal) arrival.value();
        var origin = refusal.origin();
        // One line an event would drown the log when a plan is wrong; the counter and the topic tell as much.
        log.debug(
                "{}: events_enriched_expanded-{}@{} is a dead letter: {}",
                refusal.reason().code(),
                origin.partition(),
                origin.offset(),
                refusal.message());
        Objects.requireNonNull(counters.get(refusal.reason())).increment();
        context.forward(arrival.withKey(origin.key()).withValue(deadLetters.encode(deadLetter(refusal))));
    }

    private static DeadLetter deadLetter(Refusal refusal) {
        var origin = refusal.origin();
        var event = refusal.event();
        boolean isWhole = origin.value().length <= VALUE_AT_MOST;
        var letter = DeadLetter.newBuilder()
                .setStage(STAGE)
                .setReason(refusal.reason().code())
                .setMessage(refusal.message())
                .setOriginTopic("events_enriched_expanded")
                .setRawPartition(origin.partition())
                .setRawOffset(origin.offset())
                .setIngestedAt(event == null ? Instant.ofEpochMilli(origin.appendedAt()) : event.getIngestedAt())
                .setOriginKey(origin.key() == null ? null : ByteBuffer.wrap(origin.key()))
                .setOriginValue(ByteBuffer.wrap(origin.value(), 0, isWhole ? origin.value().length : VALUE_AT_MOST))
                .setOriginValueSize(origin.value().length)
                .setOriginValueSha256(isWhole ? null : sha256(origin.value()));
        if (event != null) {
            letter.setOrganizationId(event.getOrganizationId())
                    .setExternalSubscriptionId(event.getExternalSubscriptionId())
                    .setTransactionId(event.getTransactionId())
                    .setCode(event.getCode())
                    .setTimestamp(event.getTimestamp());
        }
        return letter.build();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
