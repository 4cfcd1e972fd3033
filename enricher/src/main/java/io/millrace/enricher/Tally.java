package io.millrace.enricher;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/// One number of a partition's books, such as `2/enriched`: counted in the same transaction as what it counts, so
/// that the books close whatever happens to a process. Each number has one node that counts it.
///
/// The store holds back its writes until the commit: a number costs one record per transaction, not one per event.
final class Tally {
    static final String STORE = "accounting";

    /// Records taken in, under their right key.
    static final String RAW = "raw";
    /// Records sent again under their right key; not counted as raw, since they come back.
    static final String REKEYED = "rekeyed";

    static final String ENRICHED = "enriched";
    static final String PARKED = "parked";
    static final String DEAD_LETTERED = "dead-lettered";
    /// Followed by a slash and the organization's id.
    static final String DUPLICATES = "duplicates";

    private final KeyValueStore<String, Long> store;
    private final String name;
    private long value;

    private Tally(KeyValueStore<String, Long> store, String name) {
        this.store = store;
        this.name = name;
        var stored = store.get(name);
        this.value = stored == null ? 0 : stored;
    }

    static StoreBuilder<KeyValueStore<String, Long>> store() {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.Long())
                .withCachingEnabled();
    }

    /// To be called in a node's `init`, or later for a number that is not known before.
    static Tally of(ProcessingContext context, String name) {
        return new Tally(context.getStateStore(STORE), context.taskId().partition() + "/" + name);
    }

    void increase() {
        store.put(name, ++value);
    }

    void decrease() {
        store.put(name, --value);
    }
}
