package io.millrace.invoicer.progress;

import io.millrace.invoicer.InvoicerSettings;
import io.millrace.topic.Topic;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// What Kafka tells of the event topics and of who reads them.
@Singleton
class Broker {
    private final InvoicerSettings settings;
    private final Admin admin;

    Broker(InvoicerSettings settings) {
        this.settings = settings;
        this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()));
    }

    @PreDestroy
    void close() {
        admin.close(Duration.ofSeconds(5));
    }

    /// Where the partitions of topics end, exclusive, whether committed or not.
    Map<TopicPartition, Long> ends(Collection<Topic> topics) throws InterruptedException {
        try {
            var names = topics.stream().map(Topic::name).toList();
            var latest = new HashMap<TopicPartition, OffsetSpec>();
            for (var found : admin.describeTopics(names).allTopicNames().get().values()) {
                for (var partition : found.partitions()) {
                    latest.put(new TopicPartition(found.name(), partition.partition()), OffsetSpec.latest());
                }
            }
            var ends = new HashMap<TopicPartition, Long>();
            admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the ends of topics cannot be listed", e.getCause());
        }
    }

    /// How far a consumer group has come; a partition that it has not begun is not named.
    Map<TopicPartition, Long> committed(String group) throws InterruptedException {
        try {
            var committed = new HashMap<TopicPartition, Long>();
            admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions())
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null) committed.put(partition, offset.offset());
                    });
            return committed;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the offsets of group %s cannot be listed".formatted(group), e.getCause());
        }
    }

    /// @param patience of one look, where nothing comes
    Reader reader(Duration patience) {
        return new Reader(settings, patience);
    }

    /// Sees what a consumer of committed records has still before it.
    static final class Reader implements AutoCloseable {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Duration patience;

        private Reader(InvoicerSettings settings, Duration patience) {
            this.patience = patience;
            Map<String, Object> properties = Map.of(
                    ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    settings.bootstrapServers(),
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
        boolean findsRecord(TopicPartition partition, long from, long to) {
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
}
