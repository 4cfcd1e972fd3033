package io.millrace.enricher;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreType;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.apache.kafka.streams.state.internals.StateStoreProvider;
import org.jspecify.annotations.Nullable;

/// A store whose content is on the heap while its task runs: an event changes objects there, and what has changed
/// is written down once, at the end of the transaction, in the same transaction.
///
/// ```
///  event   event   event       end of transaction
///    ▼       ▼       ▼                 │
///  [      Held, on the heap     ] ── write ──▶ [ store ] ──▶ changelog
///    ▲                                             │
///    └──────────── read, as a task starts ─────────┘
/// ```
///
/// Nothing on the heap outlives what it was read from: the content is dropped whenever a task is closed, is given
/// up after a failure, or becomes a standby (whose changes go to the store alone), and read anew when it next runs.
///
/// Under exactly-once, Kafka Streams 4.3 commits stores after the transaction, and before it asks only those that
/// hold back writes, its own caches: by [CachedStateStore], the one thing here that is not its public interface.
final class WriteBehind<H extends WriteBehind.Held>
        implements StateStore, CachedStateStore<Bytes, byte[]>, Supplier<List<H>> {

    /// Content on the heap, of one task, used by its thread.
    interface Held {
        /// Writes down what has changed since the last time.
        void write();
    }

    private final KeyValueStore<Bytes, byte[]> store;
    private final Function<KeyValueStore<Bytes, byte[]>, H> read;
    private volatile @Nullable H held;

    private WriteBehind(KeyValueStore<Bytes, byte[]> store, Function<KeyValueStore<Bytes, byte[]>, H> read) {
        this.store = store;
        this.read = read;
    }

    /// @param store what is written to; has the name, and the changelog
    /// @param read makes the content from what was written, which it may keep and write to
    static <H extends Held> StoreBuilder<WriteBehind<H>> over(
            StoreBuilder<KeyValueStore<Bytes, byte[]>> store, Function<KeyValueStore<Bytes, byte[]>, H> read) {
        return new Builder<>(store, read);
    }

    /// How other threads find what all tasks of an instance hold.
    static <H extends Held> QueryableStoreType<Supplier<List<H>>> ofAllTasks() {
        return new QueryableStoreType<>() {
            @Override
            public boolean accepts(StateStore store) {
                return store instanceof WriteBehind;
            }

            @Override
            public Supplier<List<H>> create(StateStoreProvider tasks, String name) {
                return () -> tasks.stores(name, this).stream()
                        .flatMap(task -> task.get().stream())
                        .toList();
            }
        };
    }

    /// The content, to be asked for in a node's `init`: not before, when it is not restored, and each time anew.
    H content() {
        var content = held;
        if (content == null) {
            content = read.apply(store);
            held = content;
        }
        return content;
    }

    /// The content, for another thread; none while the task does not run.
    @Override
    public List<H> get() {
        var content = held;
        return content == null ? List.of() : List.of(content);
    }

    /// Before each commit, and before a failed task is given up.
    @Override
    public void flushCache() {
        var content = held;
        if (content != null) content.write();
    }

    /// When an active task becomes a standby, or the other way round.
    @Override
    public void clearCache() {
        held = null;
    }

    @Override
    public boolean setFlushListener(CacheFlushListener<Bytes, byte[]> listener, boolean sendOldValues) {
        return false;
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {
        held = null;
        store.init(context, root);
    }

    @Override
    public void close() {
        held = null;
        store.close();
    }

    @Override
    public String name() {
        return store.name();
    }

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        store.commit(changelogOffsets);
    }

    @Override
    public @Nullable Long committedOffset(TopicPartition partition) {
        return store.committedOffset(partition);
    }

    @Override
    @Deprecated // until all stores do
    public boolean managesOffsets() {
        return store.managesOffsets();
    }

    @Override
    public boolean persistent() {
        return store.persistent();
    }

    @Override
    public boolean isOpen() {
        return store.isOpen();
    }

    private record Builder<H extends Held>(
            StoreBuilder<KeyValueStore<Bytes, byte[]>> store, Function<KeyValueStore<Bytes, byte[]>, H> read)
            implements StoreBuilder<WriteBehind<H>> {

        @Override
        public WriteBehind<H> build() {
            return new WriteBehind<>(store.build(), read);
        }

        @Override
        public String name() {
            return store.name();
        }

        @Override
        public Map<String, String> logConfig() {
            return store.logConfig();
        }

        @Override
        public boolean loggingEnabled() {
            return store.loggingEnabled();
        }

        @Override
        public StoreBuilder<WriteBehind<H>> withLoggingEnabled(Map<String, String> config) {
            return new Builder<>(store.withLoggingEnabled(config), read);
        }

        @Override
        public StoreBuilder<WriteBehind<H>> withLoggingDisabled() {
            return new Builder<>(store.withLoggingDisabled(), read);
        }

        @Override
        public StoreBuilder<WriteBehind<H>> withCachingEnabled() {
            throw new UnsupportedOperationException("the content is held back already");
        }

        @Override
        public StoreBuilder<WriteBehind<H>> withCachingDisabled() {
            return this;
        }
    }
}
