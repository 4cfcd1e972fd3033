package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.utils.Bytes;

/// Events that were enriched and then retracted, because they could not be billed any more. Such an event
/// may become billable again, or be sent again: then it is enriched with a higher version than the one that
/// retracted it, or the retraction would hide it for ever.
///
/// The store keeps them for good. Which subscriptions have any is known on the heap, so that an event of
/// another one costs no look-up.
final class RetractedEvents {
    private static final long NOT_RETRACTED = 0;

    private final Entries stored;
    private final Set<Bytes> subscriptions = new HashSet<>();

    RetractedEvents(Entries stored) {
        this.stored = stored;
        stored.read((key, value) -> {
            var subscription = new byte[key.getInt()];
            key.get(subscription);
            subscriptions.add(Bytes.wrap(subscription));
        });
    }

    /// The version that retracted an event; 0 where none has.
    long version(IncomingEvent event) {
        if (subscriptions.isEmpty() || !subscriptions.contains(Bytes.wrap(event.key()))) return NOT_RETRACTED;
        var version = stored.get(key(event));
        return version == null ? NOT_RETRACTED : ByteBuffer.wrap(version).getLong();
    }

    void add(IncomingEvent event, long version) {
        subscriptions.add(Bytes.wrap(event.key()));
        stored.put(key(event), ByteBuffer.allocate(Long.BYTES).putLong(version).array());
    }

    private static byte[] key(IncomingEvent event) {
        var transaction = event.event().transactionId().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Integer.BYTES + event.key().length + transaction.length)
                .putInt(event.key().length)
                .put(event.key())
                .put(transaction)
                .array();
    }
}
