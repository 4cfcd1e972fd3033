package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/// One partition's books: its tallies, by names such as `2/enriched`. A tally that has changed costs one record per
/// transaction, whatever it has counted.
final class Books implements WriteBehind.Held {
    static final String STORE = "accounting";

    private final KeyValueStore<Bytes, byte[]> store;
    private final Map<String, Tally> tallies = new HashMap<>();

    private Books(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        try (var stored = store.all()) {
            stored.forEachRemaining(entry -> {
                var name = new String(entry.key.get(), StandardCharsets.UTF_8);
                tallies.put(name, new Tally(ByteBuffer.wrap(entry.value).getLong()));
            });
        }
    }

    static StoreBuilder<WriteBehind<Books>> store() {
        return WriteBehind.over(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray()),
                Books::new);
    }

    static Books of(ProcessingContext context) {
        return context.<WriteBehind<Books>>getStateStore(STORE).content();
    }

    synchronized Tally tally(String name) {
        return tallies.computeIfAbsent(name, same -> new Tally(0));
    }

    @Override
    public synchronized void write() {
        tallies.forEach((name, tally) -> {
            if (tally.isWritten()) return;
            store.put(
                    Bytes.wrap(name.getBytes(StandardCharsets.UTF_8)),
                    ByteBuffer.allocate(Long.BYTES).putLong(tally.write()).array());
        });
    }

    /// The tallies as they were at the end of a transaction, together; other threads may ask.
    synchronized Map<String, Long> written() {
        var written = new HashMap<String, Long>();
        tallies.forEach((name, tally) -> written.put(name, tally.written()));
        return written;
    }
}
