package io.millrace.benchmarks.pipeline;

import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedKafka;
import io.millrace.embedded.EmbeddedRegistry;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// A broker in a process of its own, a schema registry in this one, and what the benchmark asks of them.
final class Broker implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ChildProcess process;
    private final String address;
    private final EmbeddedRegistry registry;
    private final Admin admin;

    private Broker(ChildProcess process) {
        this.process = process;
        this.address = process.awaitReady();
        this.registry = EmbeddedRegistry.start(address, 0);
        this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address));
    }

    /// @param flags of its JVM
    static Broker start(Path directory, String... flags) {
        var process = ChildProcess.of(EmbeddedKafka.class)
                .arguments(directory.toString(), "0")
                .heap("1g")
                .flags("-Dlogback.configurationFile=benchmarks-logback.xml")
                .flags(flags)
                .start();
        try {
            var broker = new Broker(process);
            Topics.create(broker.admin, EmbeddedStack.EVENT_PARTITIONS, (short) 1);
            return broker;
        } catch (RuntimeException | Error e) {
            process.close();
            throw e;
        }
    }

    String address() {
        return address;
    }

    SchemaRegistry schemas() {
        return HttpSchemaRegistry.of(registry.url());
    }

    /// Where services find it, by the names that they read.
    Map<String, String> environment() {
        return Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", address,
                "SCHEMA_REGISTRY_URL", registry.url(),
                "MILLRACE_EVENT_PARTITIONS", Integer.toString(EmbeddedStack.EVENT_PARTITIONS));
    }

    /// Records of a topic.
    ///
    /// @param bytes of all values together
    /// @param transferred bytes that came or went over the network for them, compressed as they are stored
    record Volume(long records, long bytes, long transferred) {
        /// @param client the metrics of the client that has read or written nothing else
        /// @param direction `incoming` or `outgoing`
        static Volume of(long records, long bytes, Map<MetricName, ? extends Metric> client, String direction) {
            var transferred = client.values().stream()
                    .filter(metric -> metric.metricName().name().equals(direction + "-byte-total")
                            && metric.metricName().tags().keySet().equals(Set.of("client-id")))
                    .mapToDouble(metric -> (double) metric.metricValue())
                    .sum();
            return new Volume(records, bytes, Math.round(transferred));
        }

        double meanBytes() {
            return (double) bytes / records;
        }

        double meanTransferred() {
            return (double) transferred / records;
        }
    }

    /// Raw events that an application has committed.
    long committed(String applicationId) {
        var offsets = await(admin.listConsumerGroupOffsets(applicationId).partitionsToOffsetAndMetadata());
        return offsets.entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(Topics.EVENTS_RAW.name()) && entry.getValue() != null)
                .mapToLong(entry -> entry.getValue().offset())
                .sum();
    }

    /// Reads the committed records of a topic, and deletes them. No one may be writing any more.
    Volume take(Topic topic) throws InterruptedException {
        return take(topic, _ -> {});
    }

    /// @param each is shown every value
    Volume take(Topic topic, Consumer<byte[]> each) throws InterruptedException {
        var partitions = partitions(topic);
        var ends = ends(partitions, IsolationLevel.READ_UNCOMMITTED);
        // The markers of the last transactions are written behind its end.
        for (var deadline = System.nanoTime() + PATIENCE.toNanos();
                !ends(partitions, IsolationLevel.READ_COMMITTED).equals(ends); ) {
            if (System.nanoTime() > deadline) throw new IllegalStateException(topic.name() + " has open transactions");
            Thread.sleep(20);
            ends = ends(partitions, IsolationLevel.READ_UNCOMMITTED);
        }
        var volume = read(ends, each);
        await(admin.deleteRecords(ends.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, end -> RecordsToDelete.beforeOffset(end.getValue()))))
                .all());
        return volume;
    }

    /// Deletes what an application that will never run again has kept in topics of its own.
    void forget(String applicationId) {
        var own = await(admin.listTopics().names()).stream()
                .filter(topic -> topic.startsWith(applicationId + "-"))
                .toList();
        await(admin.deleteTopics(own).all());
    }

    @Override
    public void close() {
        admin.close();
        registry.close();
        process.close();
    }

    private Volume read(Map<TopicPartition, Long> ends, Consumer<byte[]> each) {
        long records = 0;
        long bytes = 0;
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                address,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                10_000);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(ends.keySet());
            consumer.seekToBeginning(ends.keySet());
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    records++;
                    bytes += record.value().length;
                    each.accept(record.value());
                }
            }
            return Volume.of(records, bytes, consumer.metrics(), "incoming");
        }
    }

    private static List<TopicPartition> partitions(Topic topic) {
        return IntStream.range(0, EmbeddedStack.EVENT_PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic.name(), partition))
                .toList();
    }

    private Map<TopicPartition, Long> ends(List<TopicPartition> partitions, IsolationLevel isolation) {
        var latest = partitions.stream().collect(Collectors.toMap(partition -> partition, _ -> OffsetSpec.latest()));
        var ends = new HashMap<TopicPartition, Long>();
        await(admin.listOffsets(latest, new ListOffsetsOptions(isolation)).all())
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private static <T> T await(KafkaFuture<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker refuses", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
