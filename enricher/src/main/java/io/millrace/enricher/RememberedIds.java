package io.millrace.enricher;

import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/// The ids of events that have been enriched or are waiting, for at least a horizon of stream time: when the broker
/// took events, not when they happened. So an event that comes years late, twice, is still one event.
///
/// All nodes of a task share one [IdMemory], on the heap: to look an id up is to hash it and to read one place. The
/// store keeps it for the next start, in chunks. Where there is no room for all ids of the horizon, the oldest are
/// forgotten before their time; a repetition of one of those is enriched again, and is found in the tables before it
/// is billed in arrears.
final class RememberedIds {
    static final String STORE = "remembered-fingerprints";

    private final IdMemory memory;
    private final ProcessingContext context;

    private RememberedIds(IdMemory memory, ProcessingContext context) {
        this.memory = memory;
        this.context = context;
    }

    /// @param horizon how long ids are remembered
    /// @param room how many ids a partition remembers at most
    static StoreBuilder<WriteBehind<IdMemory>> store(Duration horizon, int room) {
        return WriteBehind.over(
                Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray()),
                chunks -> new IdMemory(chunks, horizon, room));
    }

    /// To be called in a node's `init`, each time.
    static RememberedIds of(ProcessingContext context) {
        return new RememberedIds(
                context.<WriteBehind<IdMemory>>getStateStore(STORE).content(), context);
    }

    boolean contains(IncomingEvent event) {
        var id = fingerprint(event);
        return memory.contains(id.high(), id.low(), context.currentStreamTimeMs());
    }

    /// The event, with the place where its id is kept.
    IncomingEvent remember(IncomingEvent event) {
        var id = fingerprint(event);
        return event.remembered(memory.remember(id.high(), id.low(), context.currentStreamTimeMs()));
    }

    /// Frees the id: the next event that bears it is a new one.
    void forget(IncomingEvent event) {
        var id = fingerprint(event);
        memory.forget(id.high(), id.low(), event.rememberedAt());
    }

    /// As [#forget], of an event of which it is not known where its id is kept, or whether it still is.
    void free(IncomingEvent event) {
        var id = fingerprint(event);
        memory.forget(id.high(), id.low());
    }

    /// Of an event, until the next one's is taken.
    Fingerprint fingerprint(IncomingEvent event) {
        var fingerprint = memory.fingerprint();
        fingerprint.take(event);
        return fingerprint;
    }
}
