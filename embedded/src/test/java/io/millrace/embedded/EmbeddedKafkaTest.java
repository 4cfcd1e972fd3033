package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {
    private static final TopicPartition USAGE = new TopicPartition("usage", 0);

    @TempDir
    Path temporary;

    @Test
    void whatWasAcknowledgedSurvivesTheBrokersDeath() throws Exception {
        var directory = temporary.resolve("kafka");
        var port = Integer.toString(Ports.free());
        try (var broker = ChildProcess.of(EmbeddedKafka.class)
                .arguments(directory.toString(), port)
                .start()) {
            var address = broker.awaitReady();
            createTopic(address);
            send(address, "", "e1", "e2");
            var cluster = clusterId(directory);

            broker.kill();
            broker.restart();

            assertThat(broker.awaitReady()).isEqualTo(address);
            send(address, "", "e3");
            assertThat(read(address)).containsExactly("e1", "e2", "e3");
            assertThat(clusterId(directory)).isEqualTo(cluster);
        }
    }

    @Test
    void aTransactionThatItsProducerDidNotCommitIsNotRead() throws Exception {
        try (var kafka = EmbeddedKafka.start(temporary.resolve("kafka"), 0)) {
            var address = kafka.bootstrapServers();
            createTopic(address);
            send(address, "committed", "e1");
            try (var producer = producer(address, "aborted")) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("usage", "e2")).get();
                producer.abortTransaction();
            }
            send(address, "committed", "e3");

            assertThat(read(address)).containsExactly("e1", "e3");
        }
    }

    @Test
    void itsClientsCarryOnAfterAnOutage() throws Exception {
        try (var kafka = EmbeddedKafka.start(temporary.resolve("kafka"), 0)) {
            createTopic(kafka.bootstrapServers());
            try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                    var producer = producer(kafka.bootstrapServers(), "")) {
                producer.send(new ProducerRecord<>("usage", "e1")).get();

                kafka.stop();
                // A client that finds no broker at all may forget the topic, and then waits for it before it sends.
                var sentMeanwhile = threads.submit(
                        () -> producer.send(new ProducerRecord<>("usage", "e2")).get());
                kafka.restart();

                assertThat(sentMeanwhile.get().offset()).isEqualTo(1);
            }
            assertThat(read(kafka.bootstrapServers())).containsExactly("e1", "e2");
        }
    }

    @Test
    void aDirectoryWhosePreparationWasCutShortIsPreparedAnew() throws Exception {
        var directory = temporary.resolve("kafka");
        Files.createDirectories(temporary.resolve("kafka.unfinished"));
        Files.writeString(temporary.resolve("kafka.unfinished/meta.properties"), "version=1\ncluster.id=half");

        try (var kafka = EmbeddedKafka.start(directory, 0)) {
            createTopic(kafka.bootstrapServers());
        }

        assertThat(clusterId(directory)).isNotEqualTo("half");
        assertThat(temporary.resolve("kafka.unfinished")).doesNotExist();
    }

    private static void createTopic(String address) throws Exception {
        try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", address))) {
            admin.createTopics(List.of(new NewTopic("usage", 1, (short) 1)))
                    .all()
                    .get();
            admin.listOffsets(Map.of(USAGE, OffsetSpec.latest())).all().get();
        }
    }

    private static void send(String address, String transaction, String... events) throws Exception {
        try (var producer = producer(address, transaction)) {
            if (!transaction.isEmpty()) {
                producer.initTransactions();
                producer.beginTransaction();
            }
            for (var event : events) {
                producer.send(new ProducerRecord<>("usage", event)).get();
            }
            if (!transaction.isEmpty()) {
                producer.commitTransaction();
            }
        }
    }

    private static KafkaProducer<String, String> producer(String address, String transaction) {
        var settings = new HashMap<String, Object>(Map.of("bootstrap.servers", address, "acks", "all"));
        if (!transaction.isEmpty()) {
            settings.put("transactional.id", transaction);
        }
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private static List<String> read(String address) {
        Map<String, Object> settings = Map.of("bootstrap.servers", address, "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(USAGE));
            consumer.seekToBeginning(List.of(USAGE));
            var end = consumer.endOffsets(List.of(USAGE)).getOrDefault(USAGE, 0L);
            var events = new ArrayList<String>();
            while (consumer.position(USAGE) < end) {
                consumer.poll(Duration.ofSeconds(1)).forEach(event -> events.add(event.value()));
            }
            return events;
        }
    }

    private static String clusterId(Path directory) throws IOException {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(directory.resolve("meta.properties"))) {
            properties.load(reader);
        }
        return properties.getProperty("cluster.id");
    }
}
