package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/// Events that were enriched and then retracted, because they could not be billed any more. Such an event
/// may be sent again, or re-driven: then it is enriched with a higher version than the one that retracted
/// it, or the retraction would hide it for ever.
///
/// The store keeps them for good. Which subscriptions have any is known on the heap, so that an event of
/// another one costs no look-up.
final class RetractedEvents {
    private static final long NOT_RETRACTED = 0;

    private final KeyValueStore<Bytes, byte[]> store;
    private final byte prefix;
    private final Set<Bytes> subscriptions = new HashSet<>();

    /// @param prefix of the keys in the store
    RetractedEvents(KeyValueStore<Bytes, byte[]> store, byte prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    /// @param key an entry's key behind the prefix
    void restore(ByteBuffer key) {
        var subscription = new byte[key.getInt()];
        key.get(subscription);
        subscriptions.add(Bytes.wrap(subscription));
    }

    /// The version that retracted an event; 0 where none has.
    long version(IncomingEvent event) {
        if (subscriptions.isEmpty() || !subscriptions.contains(Bytes.wrap(event.key()))) return NOT_RETRACTED;
        var version = store.get(key(event));
        return version == null ? NOT_RETRACTED : ByteBuffer.wrap(version).getLong();
    }

    void add(IncomingEvent event, long version) {
        subscriptions.add(Bytes.wrap(event.key()));
        store.put(key(event), ByteBuffer.allocate(Long.BYTES).putLong(version).array());
    }

    private Bytes key(IncomingEvent event) {
        var transaction = event.event().transactionId().getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(1 + Integer.BYTES + event.key().length + transaction.length)
                .put(prefix)
                .putInt(event.key().length)
                .put(event.key())
                .put(transaction)
                .array());
    }
}
