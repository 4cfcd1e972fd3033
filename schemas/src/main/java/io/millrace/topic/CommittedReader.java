package io.millrace.topic;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/// Sees what a consumer of committed records has still before it, and reads it. Belongs to one thread.
public final class CommittedReader implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Duration patience;

    /// @param patience of one look, where nothing comes
    public CommittedReader(String bootstrapServers, Duration patience) {
        this.patience = patience;
        Map<String, Object> properties = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                1,
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                4096,
                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                50);
        this.consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /// True if a committed record lies there, or a transaction is still open there. False if there are
    /// only markers and aborted records, or nothing at all any more.
    public boolean findsRecord(TopicPartition partition, long from, long to) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        while (consumer.position(partition) < to) {
            long before = consumer.position(partition);
            var records = consumer.poll(patience).records(partition);
            if (!records.isEmpty()) return records.getFirst().offset() < to;
            if (consumer.position(partition) == before) return true;
        }
        return false;
    }

    /// What is done with a record.
    public interface Step<E extends Exception> {
        void take(ConsumerRecord<byte[], byte @Nullable []> record) throws E;
    }

    /// Reads all committed records between two offsets of each partition; `from` and `to` name the same ones.
    ///
    /// @return partitions that it gave up before it was through, as where a transaction stays open
    public <E extends Exception> Set<TopicPartition> read(
            Map<TopicPartition, Long> from, Map<TopicPartition, Long> to, BooleanSupplier isToGiveUp, Step<E> step)
            throws E {
        var left = new HashMap<>(from);
        left.entrySet().removeIf(each -> each.getValue() >= end(to, each.getKey()));
        consumer.assign(left.keySet());
        left.forEach(consumer::seek);
        while (!left.isEmpty()) {
            for (var record : consumer.poll(patience)) {
                if (record.offset() < end(to, new TopicPartition(record.topic(), record.partition()))) {
                    step.take(record);
                }
            }
            left.keySet().removeIf(partition -> consumer.position(partition) >= end(to, partition));
            if (!left.isEmpty() && isToGiveUp.getAsBoolean()) break;
        }
        return left.keySet();
    }

    private static long end(Map<TopicPartition, Long> ends, TopicPartition partition) {
        return ends.getOrDefault(partition, 0L);
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    }
}
