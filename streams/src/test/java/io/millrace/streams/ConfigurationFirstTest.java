package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.topic.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@UsesEngines(Engine.KAFKA)
class ConfigurationFirstTest {
    private static final TopicPartition EVENTS = new TopicPartition(Topics.EVENTS_RAW.name(), 0);
    private static final TopicPartition SUBSCRIPTIONS = new TopicPartition(Topics.CONFIG_SUBSCRIPTIONS.name(), 0);
    private static final TopicPartition OTHER_EVENTS = new TopicPartition(Topics.EVENTS_RAW.name(), 1);
    private static final TopicPartition OTHER_SUBSCRIPTIONS = new TopicPartition(Topics.CONFIG_SUBSCRIPTIONS.name(), 1);
    private static final int EACH = 40;
    private static final int POLLS = 50;

    private final String servers;
    private final Consumer<byte[], byte[]> consumer;
    private final List<TopicPartition> read = new ArrayList<>();

    ConfigurationFirstTest(EmbeddedStack stack) {
        servers = stack.kafka().bootstrapServers();
        consumer = new ConfigurationFirst()
                .getConsumer(Map.of(
                        "bootstrap.servers",
                        servers,
                        "group.id",
                        "group-" + UUID.randomUUID(),
                        "max.poll.records",
                        3,
                        "fetch.max.wait.ms",
                        20));
    }

    /// What is there is what a test adds.
    @BeforeEach
    void begin() {
        var all = List.of(EVENTS, SUBSCRIPTIONS, OTHER_EVENTS, OTHER_SUBSCRIPTIONS);
        consumer.assign(all);
        consumer.seekToEnd(all);
        all.forEach(consumer::position);
    }

    @AfterEach
    void close() {
        consumer.close();
    }

    /// Kafka Streams pauses a partition of which it has enough for now.
    @Test
    void noEventIsReadBeforeAllThatIsAgreedInItsPartition() throws Exception {
        add(EVENTS, SUBSCRIPTIONS, OTHER_EVENTS);
        consumer.pause(List.of(SUBSCRIPTIONS));
        readAll(EACH);
        assertThat(read).containsOnly(OTHER_EVENTS);

        consumer.resume(List.of(SUBSCRIPTIONS, EVENTS));
        readAll(3 * EACH);
        assertThat(read.subList(EACH, 2 * EACH)).containsOnly(SUBSCRIPTIONS);
    }

    @Test
    void aPartitionThatIsPausedForAnotherReasonStaysSo() throws Exception {
        add(EVENTS, SUBSCRIPTIONS);
        consumer.pause(List.of(EVENTS));
        readAll(EACH);
        for (int i = 0; i < 3; i++) poll();
        assertThat(read).doesNotContain(EVENTS);

        consumer.resume(List.of(EVENTS));
        readAll(2 * EACH);
    }

    private void readAll(int records) {
        for (int i = 0; read.size() < records && i < POLLS; i++) poll();
        assertThat(read).hasSizeGreaterThanOrEqualTo(records);
    }

    private void poll() {
        consumer.poll(Duration.ofMillis(200))
                .forEach(record -> read.add(new TopicPartition(record.topic(), record.partition())));
    }

    private void add(TopicPartition... partitions) throws Exception {
        var sent = new ArrayList<Future<RecordMetadata>>();
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (var partition : partitions) {
                for (int i = 0; i < EACH; i++) {
                    sent.add(producer.send(new ProducerRecord<>(
                            partition.topic(), partition.partition(), new byte[] {(byte) i}, new byte[100])));
                }
            }
            for (var each : sent) each.get();
        }
    }
}
