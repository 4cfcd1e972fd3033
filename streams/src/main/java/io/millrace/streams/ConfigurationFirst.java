package io.millrace.streams;

import io.millrace.topic.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/// Kafka clients of a stream that reads what the broker has of `config_subscriptions` before any event of the
/// same partition: at a start, and whenever a task comes from elsewhere or has fallen behind.
///
/// Kafka Streams has a setting for that (`max.task.idle.ms`, 0), but then asks it for each record, in a way that
/// takes a twentieth of the enricher's time. Here it is asked for each poll. So an event that was read before its
/// subscription came is not held back, and is parked or enriched anew.
final class ConfigurationFirst implements KafkaClientSupplier {
    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new Reader(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    private static final class Reader extends KafkaConsumer<byte[], byte[]> {
        /// Paused here, and not by Kafka Streams, which has reasons of its own.
        private final Set<TopicPartition> held = new HashSet<>();

        Reader(Map<String, Object> config) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            var assigned = assignment();
            var behind = assigned.stream()
                    .filter(partition -> isConfiguration(partition) && !isReadWhole(partition))
                    .map(TopicPartition::partition)
                    .collect(Collectors.toSet());
            var waiting = assigned.stream()
                    .filter(partition -> !isConfiguration(partition) && behind.contains(partition.partition()))
                    .collect(Collectors.toSet());
            held.retainAll(assigned);
            var released = held.stream()
                    .filter(partition -> !waiting.contains(partition))
                    .toList();
            resume(released);
            waiting.removeAll(paused());
            super.pause(waiting);
            held.addAll(waiting);
            return super.poll(timeout);
        }

        @Override
        public void pause(Collection<TopicPartition> partitions) {
            super.pause(partitions);
            held.removeAll(Set.copyOf(partitions));
        }

        @Override
        public void resume(Collection<TopicPartition> partitions) {
            super.resume(partitions);
            held.removeAll(Set.copyOf(partitions));
        }

        /// False also while nobody knows.
        private boolean isReadWhole(TopicPartition configuration) {
            return currentLag(configuration).orElse(1) == 0;
        }

        private static boolean isConfiguration(TopicPartition partition) {
            return partition.topic().equals(Topics.CONFIG_SUBSCRIPTIONS.name());
        }
    }
}
