package io.millrace.invoicer.deadletter;

import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A record that could not become billable, as ClickHouse holds it. What the record did not tell is empty text.
///
/// @param id where the original lies: `3-1234` is partition 3, offset 1234 of `events_raw`; one of another topic
/// bears the topic's name before that
/// @param timestamp event time; null when it was unreadable
/// @param ingestedAt when the broker took the original, however often it was sent again since
/// @param reDrivenAt when the original was last sent again; null if never
/// @param reDrivenAs where it lies since, such as `3-5678`: the id of the dead letter that it becomes if it fails
/// again
/// @param enriched true where the very record counts since, because something was agreed about its time
/// @param originKey null when the original had none
/// @param originValue the original bytes, or their beginning; empty where it was not asked for
/// @param originValueSize of all original bytes
/// @param originValueSha256 hex, of all original bytes; null where they are kept whole
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are handed on as they are
public record DeadLetter(
        String id,
        String organizationId,
        String externalSubscriptionId,
        String transactionId,
        String code,
        @Nullable Instant timestamp,
        String stage,
        String reason,
        String message,
        Instant ingestedAt,
        Instant deadLetteredAt,
        @Nullable Instant reDrivenAt,
        @Nullable String reDrivenAs,
        boolean enriched,
        String originTopic,
        byte @Nullable [] originKey,
        byte[] originValue,
        long originValueSize,
        @Nullable String originValueSha256) {

    /// The largest value that is sent again: with its key and headers it must still pass the raw topic's limit.
    /// Whatever was cut is larger.
    static final long LARGEST = Topics.EVENTS_RAW.maxMessageSize() - 4096L;

    /// Only what was raw has a way to go again.
    public boolean isRaw() {
        return originTopic.equals(Topics.EVENTS_RAW.name());
    }

    /// The key that the event belongs under, whatever its producer used; of an unreadable record, the producer's.
    byte @Nullable [] rightKey() {
        if (organizationId.isEmpty()) return originKey;
        return Keys.subscription(organizationId, externalSubscriptionId).getBytes(StandardCharsets.UTF_8);
    }
}
