package io.millrace.topic;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Sees what a consumer of committed records has still before it. Belongs to one thread.
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

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    }
}
