package io.millrace.enricher;

import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/// A partition's past as the broker has it, read by consumers without a group.
final class KafkaEventHistory implements EventHistory {
    private static final Duration SHORT = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int RECORDS_AT_ONCE = 500;
    /// Raw events are wanted in nearly their order: up to here reading on is cheaper than to begin anew.
    private static final int GAP_AT_MOST = 1000;
    private static final int BYTES_AT_ONCE = 256 * 1024;
    private static final long NOWHERE = Long.MIN_VALUE;

    private final KafkaLog enriched;
    private final KafkaLog deadLetters;
    private final TopicPartition raw;
    private final KafkaConsumer<byte[], byte[]> all;
    private final TreeMap<Long, byte[]> rawRead = new TreeMap<>();
    private long rawFrom = NOWHERE; // what is in rawRead: from here, inclusive
    private long rawTo = NOWHERE; // to here, exclusive

    KafkaEventHistory(String bootstrapServers, int partition) {
        this.enriched = new KafkaLog(bootstrapServers, Topics.EVENTS_ENRICHED, partition);
        this.deadLetters = new KafkaLog(bootstrapServers, Topics.EVENTS_DEAD_LETTER, partition);
        this.raw = new TopicPartition(Topics.EVENTS_RAW.name(), partition);
        this.all = consumer(bootstrapServers, "read_uncommitted");
        all.assign(List.of(raw));
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers, String isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false,
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_AT_ONCE,
                        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, BYTES_AT_ONCE,
                        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    @Override
    public Log enriched() {
        return enriched;
    }

    @Override
    public Log deadLetters() {
        return deadLetters;
    }

    @Override
    public byte @Nullable [] raw(long offset) {
        if (offset < rawFrom || offset >= rawTo) readRaw(offset);
        return rawRead.get(offset);
    }

    private void readRaw(long offset) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        if (offset < rawTo || offset >= rawTo + GAP_AT_MOST) {
            all.seek(raw, offset);
            rawTo = offset;
        }
        while (offset >= rawTo) {
            rawRead.clear();
            rawFrom = rawTo;
            try {
                for (var record : all.poll(SHORT)) rawRead.put(record.offset(), record.value());
            } catch (OffsetOutOfRangeException e) {
                rawTo = offset + 1; // it is gone
                all.seek(raw, rawTo);
                return;
            }
            rawTo = all.position(raw);
            if (offset >= rawTo && System.nanoTime() > deadline) {
                throw new TimeoutException("%s at %d could not be read".formatted(raw, offset));
            }
        }
    }

    @Override
    public void close() {
        enriched.committed.close();
        deadLetters.committed.close();
        all.close();
    }

    private final class KafkaLog implements Log {
        private final TopicPartition partition;
        private final KafkaConsumer<byte[], byte[]> committed;
        private long readTo = NOWHERE;

        KafkaLog(String bootstrapServers, Topic topic, int number) {
            this.partition = new TopicPartition(topic.name(), number);
            this.committed = consumer(bootstrapServers, "read_committed");
            committed.assign(List.of(partition));
        }

        @Override
        public long beginning() {
            return Objects.requireNonNull(
                    all.beginningOffsets(List.of(partition)).get(partition));
        }

        @Override
        public long end() {
            // Of a reader of committed records the end would be before the transaction that was committed last, until
            // the broker has written its marker.
            return Objects.requireNonNull(all.endOffsets(List.of(partition)).get(partition));
        }

        @Override
        public long since(long millis) {
            var found = all.offsetsForTimes(Map.of(partition, millis)).get(partition);
            return found == null ? end() : found.offset();
        }

        @Override
        public Chunk read(long from) {
            if (readTo != from) committed.seek(partition, from);
            readTo = NOWHERE;
            var records = new ArrayList<Kept>();
            try {
                for (var record : committed.poll(SHORT)) {
                    records.add(new Kept(record.offset(), record.key(), record.value()));
                }
            } catch (OffsetOutOfRangeException e) {
                // The broker has deleted what the scan was at: nothing is left to be repaired there.
                return new Chunk(List.of(), Math.max(from, beginning()));
            }
            readTo = committed.position(partition);
            return new Chunk(records, readTo);
        }
    }
}
