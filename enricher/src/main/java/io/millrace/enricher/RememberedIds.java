package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/// The ids of events that have been enriched or are waiting, for at least a horizon of stream time: when the broker
/// took events, not when they happened. So an event that comes years late, twice, is still one event.
///
/// Ids are filed under the beginning of a quarter of the horizon. To look one up takes a get in each of five
/// quarters, most of which a bloom filter answers; to forget a quarter is to drop files.
///
/// ```
///   horizon ◀───────────────────────────▶ now
///   ──[ quarter )[ quarter )[ quarter )[ quarter )[ this one
/// ```
final class RememberedIds {
    static final String STORE = "remembered-ids";

    private static final int QUARTERS = 4;
    private static final byte[] REMEMBERED = {};

    private final WindowStore<Bytes, byte[]> store;
    private final ProcessingContext context;
    private final long quarter;

    private RememberedIds(WindowStore<Bytes, byte[]> store, ProcessingContext context, Duration horizon) {
        this.store = store;
        this.context = context;
        this.quarter = quarter(horizon).toMillis();
    }

    static StoreBuilder<WindowStore<Bytes, byte[]>> store(Duration horizon) {
        var quarter = quarter(horizon);
        var retention = quarter.multipliedBy(QUARTERS + 1);
        return Stores.windowStoreBuilder(
                Stores.persistentWindowStore(STORE, retention, quarter, false), Serdes.Bytes(), Serdes.ByteArray());
    }

    static RememberedIds of(ProcessingContext context, Duration horizon) {
        return new RememberedIds(context.getStateStore(STORE), context, horizon);
    }

    boolean contains(IncomingEvent event) {
        var id = id(event);
        long current = current();
        for (int i = 0; i <= QUARTERS; i++) {
            if (store.fetch(id, current - i * quarter) != null) return true;
        }
        return false;
    }

    /// The event, with the place where its id is kept.
    IncomingEvent remember(IncomingEvent event) {
        long current = current();
        store.put(id(event), REMEMBERED, current);
        return event.remembered(current);
    }

    /// Frees the id: the next event that bears it is a new one.
    void forget(IncomingEvent event) {
        store.put(id(event), null, event.rememberedAt());
    }

    private long current() {
        long now = context.currentStreamTimeMs();
        return now - now % quarter;
    }

    /// A subscription's ids lie together; the length of the key at the end makes the whole unambiguous.
    private static Bytes id(IncomingEvent event) {
        var key = event.key();
        var transaction = event.event().transactionId().getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(key.length + transaction.length + Integer.BYTES)
                .put(key)
                .put(transaction)
                .putInt(key.length)
                .array());
    }

    private static Duration quarter(Duration horizon) {
        return horizon.dividedBy(QUARTERS);
    }
}
