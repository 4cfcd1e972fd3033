package io.millrace.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// The compacted topic `_schemas` that a registry keeps its state in, in the form of Confluent's: JSON keys and
/// values, the last value of a key counts, none is a deletion.
final class SchemaLog implements AutoCloseable {
    private static final String TOPIC = "_schemas";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    private final String bootstrapServers;
    private final KafkaProducer<byte[], byte[]> producer;

    private SchemaLog(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        this.producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", bootstrapServers,
                        "acks", "all",
                        "max.block.ms", "10000",
                        "delivery.timeout.ms", "15000",
                        "request.timeout.ms", "5000"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /// Creates the topic where there is none and waits until it takes writes.
    static SchemaLog open(String bootstrapServers) {
        try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrapServers))) {
            var topic = new NewTopic(TOPIC, 1, (short) -1).configs(Map.of("cleanup.policy", "compact"));
            try {
                admin.createTopics(List.of(topic)).all().get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
            while (!takesWrites(admin)) {
                Thread.sleep(20);
            }
        } catch (ExecutionException e) {
            throw new KafkaException("cannot create topic " + TOPIC, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while creating topic " + TOPIC, e);
        }
        return new SchemaLog(bootstrapServers);
    }

    private static boolean takesWrites(Admin admin) throws ExecutionException, InterruptedException {
        try {
            return admin.listOffsets(Map.of(PARTITION, OffsetSpec.latest()))
                            .partitionResult(PARTITION)
                            .get()
                            .offset()
                    >= 0;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RetriableException) {
                return false;
            }
            throw e;
        }
    }

    /// Hands every entry in order to the reader; the value is null for a deletion.
    void replay(BiConsumer<String, @Nullable String> reader) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers, "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = List.of(PARTITION);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long end = consumer.endOffsets(partitions).getOrDefault(PARTITION, 0L);
            while (consumer.position(PARTITION) < end) {
                for (var entry : consumer.poll(Duration.ofSeconds(1))) {
                    var value = entry.value();
                    reader.accept(text(entry.key()), value == null ? null : text(value));
                }
            }
        }
    }

    /// Returns once the broker has the entry.
    void append(String key, @Nullable String value) {
        var entry = new ProducerRecord<>(TOPIC, bytes(key), value == null ? null : bytes(value));
        try {
            producer.send(entry).get();
        } catch (ExecutionException e) {
            throw RegistryError.storeUnavailable(String.valueOf(e.getCause()));
        } catch (KafkaException e) {
            throw RegistryError.storeUnavailable(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RegistryError.storeUnavailable("interrupted");
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
