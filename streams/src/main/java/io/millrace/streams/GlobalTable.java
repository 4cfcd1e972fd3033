package io.millrace.streams;

import io.millrace.streams.StoredValues.Versioned;
import io.millrace.topic.Topic;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/// A configuration topic that every instance holds whole: a global store of bytes, and beside it, on the heap, what
/// those bytes were compiled to at their first use.
///
/// The store is in memory, so that every start reads the topic from its beginning and fills the heap side too
/// (Kafka Streams restores a global store through its processor). The global thread only files bytes away; a stream
/// thread decodes, because it may wait for the schema registry, or fail and be replaced, and the global thread may
/// not.
final class GlobalTable<T> {
    private final Topic topic;
    private final StoredValues<?, T> values;
    private final AtomicLong changes;
    private final ConcurrentMap<String, Entry<T>> entries = new ConcurrentHashMap<>();
    private volatile long read;

    /// @param changes is raised with every change
    GlobalTable(Topic topic, StoredValues<?, T> values, AtomicLong changes) {
        this.topic = topic;
        this.values = values;
        this.changes = changes;
    }

    void addTo(Topology topology) {
        var name = topic.name();
        var store = Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled();
        topology.addGlobalStore(
                store, name, new StringDeserializer(), new ByteArrayDeserializer(), name, "keep-" + name, Keep::new);
    }

    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    @Nullable
    T get(String key) {
        var entry = entries.get(key);
        return entry == null ? null : entry.value(key, values);
    }

    /// How far the topic has been read, as an offset, exclusive: what is before it is found here.
    long read() {
        return read;
    }

    private void put(String key, byte @Nullable [] value) {
        if (value == null) {
            entries.remove(key);
        } else {
            entries.compute(key, (same, earlier) -> new Entry<>(value, earlier));
        }
        changes.incrementAndGet();
    }

    private final class Keep implements Processor<String, byte[], Void, Void> {
        private @Nullable KeyValueStore<String, byte[]> store;
        private @Nullable ProcessorContext<Void, Void> context;

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            this.context = context;
            store = context.getStateStore(topic.name());
        }

        @Override
        @SuppressWarnings("NullAway") // Kafka Streams calls init first; a tombstone's value is null
        public void process(Record<String, byte[]> change) {
            if (change.key() == null) return; // a compacted topic takes no record without a key
            store.put(change.key(), change.value());
            put(change.key(), change.value());
            context.recordMetadata().ifPresent(record -> read = record.offset() + 1);
        }
    }

    /// One stored value. Keeps the one before it only until both have been read and it is known which holds.
    private static final class Entry<T> {
        private final byte[] bytes;
        private @Nullable Entry<T> earlier;
        private volatile @Nullable Versioned<T> read;

        Entry(byte[] bytes, @Nullable Entry<T> earlier) {
            this.bytes = bytes;
            this.earlier = earlier;
        }

        @Nullable
        T value(String key, StoredValues<?, T> values) {
            var known = read;
            return (known == null ? readWithEarlier(key, values) : known).value();
        }

        private Versioned<T> readWithEarlier(String key, StoredValues<?, T> values) {
            // One lock for the whole table: an entry may be the earlier one of another.
            synchronized (values) {
                return read != null ? read : readUnder(key, values);
            }
        }

        private Versioned<T> readUnder(String key, StoredValues<?, T> values) {
            var unread = new ArrayList<Entry<T>>();
            Versioned<T> holds = null;
            for (var entry = this; entry != null && holds == null; entry = entry.earlier) {
                holds = entry.read;
                if (holds == null) unread.add(entry);
            }
            for (var entry : unread.reversed()) {
                var next = values.read(key, entry.bytes);
                if (holds == null || next.replaces(holds)) holds = next;
            }
            read = holds;
            earlier = null;
            return Objects.requireNonNull(holds);
        }
    }
}
