package io.millrace.streams;

import java.util.Map;
import java.util.Objects;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WriteBufferManager;

/// Gives all RocksDB stores of the JVM one bounded piece of native memory, instead of some 100 MB each, and bloom
/// filters that answer "never seen" without a read.
///
/// Made by Kafka Streams, which calls for each store.
public final class BoundedStores implements RocksDBConfigSetter {
    /// Setting: bytes of native memory for all stores together. The first store's setting holds for the JVM.
    static final String MEMORY_CONFIG = "millrace.store.memory";

    private static final double BITS_PER_KEY = 10; // one false positive in a hundred
    private static final int BLOCK_SIZE = 16 * 1024;

    private static @Nullable SharedMemory shared;

    @Override
    public void setConfig(String store, Options options, Map<String, Object> configs) {
        var memory = shared(((Number) Objects.requireNonNull(configs.get(MEMORY_CONFIG))).longValue());
        // Kafka Streams reads this very object back; another kind would lose its own settings.
        var table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(memory.cache());
        table.setCacheIndexAndFilterBlocks(true);
        table.setCacheIndexAndFilterBlocksWithHighPriority(true);
        table.setPinTopLevelIndexAndFilter(true);
        table.setFilterPolicy(memory.bloom());
        table.setBlockSize(BLOCK_SIZE);
        options.setTableFormatConfig(table);
        options.setWriteBufferManager(memory.writeBuffers());
        options.setMaxWriteBufferNumber(3);
    }

    @Override
    public void close(String store, Options options) {
        // What is shared lives as long as the JVM.
    }

    private static synchronized SharedMemory shared(long bytes) {
        if (shared == null) {
            var cache = new LRUCache(bytes, -1, false, 0.2);
            shared = new SharedMemory(
                    cache, new WriteBufferManager(bytes / 2, cache), new BloomFilter(BITS_PER_KEY, false));
        }
        return shared;
    }

    private record SharedMemory(Cache cache, WriteBufferManager writeBuffers, BloomFilter bloom) {}
}
