package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/// Entries of one kind, in a store that has several kinds: all their keys begin alike.
final class Entries {
    private final KeyValueStore<Bytes, byte[]> store;
    private final byte[] prefix;

    /// @param kind such as `retracted`
    Entries(KeyValueStore<Bytes, byte[]> store, String kind) {
        this.store = store;
        this.prefix = (kind + "/").getBytes(StandardCharsets.UTF_8);
    }

    interface Reader {
        /// @param key without what all keys begin with
        void entry(ByteBuffer key, byte[] value);
    }

    void read(Reader reader) {
        try (var entries = store.prefixScan(Bytes.wrap(prefix), new BytesSerializer())) {
            entries.forEachRemaining(entry -> reader.entry(
                    ByteBuffer.wrap(entry.key.get()).position(prefix.length).slice(), entry.value));
        }
    }

    byte @Nullable [] get(byte[] key) {
        return store.get(stored(key));
    }

    void put(byte[] key, byte[] value) {
        store.put(stored(key), value);
    }

    void put(long key, byte[] value) {
        put(bytes(key), value);
    }

    void delete(long key) {
        store.delete(stored(bytes(key)));
    }

    private Bytes stored(byte[] key) {
        return Bytes.wrap(ByteBuffer.allocate(prefix.length + key.length)
                .put(prefix)
                .put(key)
                .array());
    }

    private static byte[] bytes(long key) {
        return ByteBuffer.allocate(Long.BYTES).putLong(key).array();
    }
}
