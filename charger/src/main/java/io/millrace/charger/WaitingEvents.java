package io.millrace.charger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/// Events that wait for configuration, in one queue for each subscription, in order of arrival.
///
/// The store keeps the records; which subscriptions wait, and at which offsets, is known on the heap, so that
/// an event that has nothing to wait for costs no look-up. Belongs to one task's thread, and so to one
/// partition: offsets are unique.
final class WaitingEvents {
    static final String STORE = "waiting-events";

    private final KeyValueStore<Long, byte[]> store;
    private final Map<String, Deque<Long>> queues = new LinkedHashMap<>();

    private WaitingEvents(KeyValueStore<Long, byte[]> store) {
        this.store = store;
        try (var stored = store.all()) {
            // Longs are stored in the order of offsets, which are not negative.
            stored.forEachRemaining(
                    entry -> queue(Entry.decode(entry.value).subscription()).add(entry.key));
        }
    }

    static StoreBuilder<KeyValueStore<Long, byte[]>> store() {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.Long(), Serdes.ByteArray());
    }

    static WaitingEvents of(ProcessingContext context) {
        return new WaitingEvents(context.getStateStore(STORE));
    }

    /// True while events of this subscription wait.
    boolean has(String subscription) {
        return queues.containsKey(subscription);
    }

    /// Keys of the subscriptions whose events wait, as they are now.
    List<String> keys() {
        return List.copyOf(queues.keySet());
    }

    void add(IncomingEvent event) {
        long offset = event.origin().offset();
        store.put(offset, new Entry(event.key(), event.origin()).encode());
        queue(event.key()).add(offset);
    }

    /// The event that waits longest. There must be one.
    Origin head(String subscription) {
        var offset = waiting(subscription).getFirst();
        return Entry.decode(Objects.requireNonNull(store.get(offset), "waiting event is lost"))
                .origin();
    }

    void removeHead(String subscription) {
        var queue = waiting(subscription);
        store.delete(queue.removeFirst());
        if (queue.isEmpty()) queues.remove(subscription);
    }

    private Deque<Long> queue(String subscription) {
        return queues.computeIfAbsent(subscription, key -> new ArrayDeque<>());
    }

    private Deque<Long> waiting(String subscription) {
        return Objects.requireNonNull(queues.get(subscription), "nothing waits");
    }

    /// A record as it waits.
    private record Entry(String subscription, Origin origin) {
        private static final byte VERSION = 1;
        private static final int NO_KEY = -1;

        byte[] encode() {
            var text = subscription.getBytes(StandardCharsets.UTF_8);
            var key = origin.key();
            int keyLength = key == null ? 0 : key.length;
            var buffer = ByteBuffer.allocate(
                            1 + 3 * Integer.BYTES + 2 * Long.BYTES + text.length + keyLength + origin.value().length)
                    .put(VERSION)
                    .putInt(text.length)
                    .put(text)
                    .putInt(origin.partition())
                    .putLong(origin.offset())
                    .putLong(origin.appendedAt())
                    .putInt(key == null ? NO_KEY : keyLength);
            if (key != null) buffer.put(key);
            return buffer.put(origin.value()).array();
        }

        static Entry decode(byte[] bytes) {
            var buffer = ByteBuffer.wrap(bytes);
            byte version = buffer.get();
            if (version != VERSION) throw new IllegalStateException("waiting events of version " + version);
            var text = take(buffer, buffer.getInt());
            int partition = buffer.getInt();
            long offset = buffer.getLong();
            long appendedAt = buffer.getLong();
            int keyLength = buffer.getInt();
            var key = keyLength == NO_KEY ? null : take(buffer, keyLength);
            var value = take(buffer, buffer.remaining());
            return new Entry(
                    new String(text, StandardCharsets.UTF_8), new Origin(key, value, partition, offset, appendedAt));
        }

        private static byte[] take(ByteBuffer buffer, int length) {
            var bytes = new byte[length];
            buffer.get(bytes);
            return bytes;
        }
    }
}
