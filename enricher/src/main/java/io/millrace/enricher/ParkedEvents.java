package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/// Events that wait for configuration, in queues: one for each subscription and metric code, in order of arrival.
///
/// The store keeps the events under (subscription key, code, sequence). Which queues there are is known on the
/// heap, so that an event whose queue is empty, which is nearly every event, costs no look-up. Belongs to one
/// task's thread.
final class ParkedEvents {
    static final String STORE = "parked-events";

    private static final long UNKNOWN = -1;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Map<String, Map<String, Queue>> queues = new LinkedHashMap<>();

    private ParkedEvents(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        try (var stored = store.all()) {
            stored.forEachRemaining(entry -> {
                var key = Key.parse(entry.key.get());
                queue(key.subscription(), key.code()).found(key.sequence());
            });
        }
    }

    static StoreBuilder<KeyValueStore<Bytes, byte[]>> store() {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray());
    }

    static ParkedEvents of(ProcessingContext context) {
        return new ParkedEvents(context.getStateStore(STORE));
    }

    /// True where nothing waits at all.
    boolean isEmpty() {
        return queues.isEmpty();
    }

    /// The queue of a subscription's events of one code, or null if it is empty.
    @Nullable
    Queue find(String subscription, String code) {
        var byCode = queues.get(subscription);
        return byCode == null ? null : byCode.get(code);
    }

    /// The queue of a subscription's events of one code, which may be empty.
    Queue queue(String subscription, String code) {
        return queues.computeIfAbsent(subscription, key -> new LinkedHashMap<>())
                .computeIfAbsent(code, same -> new Queue(subscription, code));
    }

    /// The queues of one subscription, as they are now.
    List<Queue> ofSubscription(String subscription) {
        return List.copyOf(queues.getOrDefault(subscription, Map.of()).values());
    }

    /// All queues, as they are now.
    List<Queue> all() {
        var all = new ArrayList<Queue>();
        queues.values().forEach(byCode -> all.addAll(byCode.values()));
        return all;
    }

    /// First in, first out.
    final class Queue {
        private final String subscription;
        private final String code;
        private long first = Long.MAX_VALUE; // inclusive
        private long last = -1; // inclusive
        private long headIngestedAt = UNKNOWN;

        private Queue(String subscription, String code) {
            this.subscription = subscription;
            this.code = code;
        }

        private void found(long sequence) {
            first = Math.min(first, sequence);
            last = Math.max(last, sequence);
        }

        boolean isEmpty() {
            return last < first;
        }

        long size() {
            return isEmpty() ? 0 : last - first + 1;
        }

        void add(Parked event) {
            if (isEmpty()) {
                first = 0;
                last = -1;
            }
            last++;
            store.put(key(last), event.encode());
        }

        /// The event that waits longest. The queue must not be empty.
        Parked head() {
            return Parked.decode(Objects.requireNonNull(store.get(key(first)), "parked event is lost"));
        }

        /// When the event that waits longest was ingested. The queue must not be empty.
        long headIngestedAt() {
            if (headIngestedAt == UNKNOWN) headIngestedAt = head().origin().ingestedAt();
            return headIngestedAt;
        }

        void removeHead() {
            store.delete(key(first));
            first++;
            headIngestedAt = UNKNOWN;
            if (isEmpty()) drop();
        }

        private void drop() {
            var byCode = Objects.requireNonNull(queues.get(subscription));
            byCode.remove(code);
            if (byCode.isEmpty()) queues.remove(subscription);
        }

        private Bytes key(long sequence) {
            return Bytes.wrap(new Key(subscription, code, sequence).encode());
        }
    }

    /// Where an event lies. Texts are preceded by their lengths, so that queues do not mix.
    private record Key(String subscription, String code, long sequence) {
        byte[] encode() {
            var subscriptionBytes = subscription.getBytes(StandardCharsets.UTF_8);
            var codeBytes = code.getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(2 * Integer.BYTES + subscriptionBytes.length + codeBytes.length + Long.BYTES)
                    .putInt(subscriptionBytes.length)
                    .put(subscriptionBytes)
                    .putInt(codeBytes.length)
                    .put(codeBytes)
                    .putLong(sequence)
                    .array();
        }

        static Key parse(byte[] bytes) {
            var buffer = ByteBuffer.wrap(bytes);
            return new Key(text(buffer), text(buffer), buffer.getLong());
        }

        private static String text(ByteBuffer buffer) {
            var bytes = new byte[buffer.getInt()];
            buffer.get(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /// An event as it waits: the record it came in, and where its id is remembered.
    record Parked(Origin origin, long rememberedAt) {
        private static final byte VERSION = 1;

        byte[] encode() {
            var key = Objects.requireNonNull(origin.key(), "an event that waits is in its place, so it has a key");
            return ByteBuffer.allocate(1 + 3 * Long.BYTES + 2 * Integer.BYTES + key.length + origin.value().length)
                    .put(VERSION)
                    .putLong(rememberedAt)
                    .putLong(origin.ingestedAt())
                    .putInt(origin.partition())
                    .putLong(origin.offset())
                    .putInt(key.length)
                    .put(key)
                    .put(origin.value())
                    .array();
        }

        static Parked decode(byte[] bytes) {
            var buffer = ByteBuffer.wrap(bytes);
            byte version = buffer.get();
            if (version != VERSION) throw new IllegalStateException("parked events of version " + version);
            long rememberedAt = buffer.getLong();
            long ingestedAt = buffer.getLong();
            int partition = buffer.getInt();
            long offset = buffer.getLong();
            var key = new byte[buffer.getInt()];
            buffer.get(key);
            var value = new byte[buffer.remaining()];
            buffer.get(value);
            return new Parked(new Origin(key, value, partition, offset, ingestedAt), rememberedAt);
        }
    }
}
