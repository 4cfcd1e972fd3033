package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/// The enricher between real engines: what a producer does on one side, and what a reader of committed records sees
/// on the other. All tests share the topics, so what comes out is told apart by organization.
final class Pipeline implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final EmbeddedStack stack;
    private final String organization;
    private final HttpSchemaRegistry registry;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final AvroSerializer<RawEvent> events;
    private final Map<String, List<byte[]>> read = new HashMap<>();

    Pipeline(EmbeddedStack stack, String organization) {
        this.stack = stack;
        this.organization = organization;
        this.registry =
                HttpSchemaRegistry.of(Objects.requireNonNull(stack.environment().get("SCHEMA_REGISTRY_URL")));
        this.events = new AvroSerializer<>(registry, Topics.EVENTS_RAW);
        var servers = Objects.requireNonNull(stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"));
        this.producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers, ProducerConfig.ACKS_CONFIG, "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        var partitions = new ArrayList<TopicPartition>();
        for (var topic : List.of(
                Topics.EVENTS_RAW,
                Topics.EVENTS_ENRICHED,
                Topics.EVENTS_ENRICHED_EXPANDED,
                Topics.EVENTS_DEAD_LETTER)) {
            read.put(topic.name(), new ArrayList<>());
            consumer.partitionsFor(topic.name())
                    .forEach(partition -> partitions.add(new TopicPartition(topic.name(), partition.partition())));
        }
        consumer.assign(partitions);
    }

    HttpSchemaRegistry registry() {
        return registry;
    }

    /// Variables of an enricher that keeps its state in a directory and is always the same member of its group.
    Map<String, String> environment(Path directory) {
        var environment = new HashMap<>(stack.environment());
        environment.put("MILLRACE_DATA", directory.toString());
        environment.put("MILLRACE_ENRICHER_INSTANCE_ID", "enricher-1");
        environment.put("MILLRACE_EVENT_PARTITIONS", Integer.toString(EmbeddedStack.EVENT_PARTITIONS));
        return environment;
    }

    Enricher start(Path directory, Map<String, String> variables) throws InterruptedException {
        var environment = environment(directory);
        environment.putAll(variables);
        var enricher = Enricher.start(EnricherSettings.of(environment));
        assertThat(enricher.awaitReady(PATIENCE)).isTrue();
        return enricher;
    }

    ChildProcess startChild(Path directory, Map<String, String> variables) {
        return ChildProcess.of(EnricherProcess.class)
                .environment(environment(directory))
                .environment(variables)
                .start();
    }

    /// Publishes what was agreed, as the control plane does: stamped 0.
    <T extends SpecificRecord> Pipeline publish(Topic topic, String key, T value) {
        var bytes = new AvroSerializer<T>(registry, topic).serialize("", value);
        acknowledged(new ProducerRecord<>(topic.name(), null, 0L, key.getBytes(StandardCharsets.UTF_8), bytes));
        return this;
    }

    void send(RawEvent event) {
        send(Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId()), encode(event));
    }

    void send(String key, byte[] value) {
        producer.send(
                new ProducerRecord<>("events_raw", key.getBytes(StandardCharsets.UTF_8), value), (sent, failure) -> {
                    if (failure != null) throw new AssertionError("not acknowledged", failure);
                });
    }

    /// Sends past the key: where a producer with a partitioner of its own may put it.
    void sendTo(int partition, byte[] key, byte[] value) {
        acknowledged(new ProducerRecord<>("events_raw", partition, key, value));
    }

    void flush() {
        producer.flush();
    }

    byte[] encode(RawEvent event) {
        return Objects.requireNonNull(events.serialize("", event));
    }

    List<EnrichedEvent> enriched() {
        return this.<EnrichedEvent>values(Topics.EVENTS_ENRICHED).stream()
                .filter(event -> event.getOrganizationId().equals(organization))
                .toList();
    }

    List<ExpandedEvent> expanded() {
        return this.<ExpandedEvent>values(Topics.EVENTS_ENRICHED_EXPANDED).stream()
                .filter(event -> event.getOrganizationId().equals(organization))
                .toList();
    }

    List<DeadLetter> deadLetters() {
        return this.<DeadLetter>values(Topics.EVENTS_DEAD_LETTER).stream()
                .filter(letter -> organization.equals(letter.getOrganizationId()))
                .toList();
    }

    /// Of all organizations: nobody can say whose they are.
    List<DeadLetter> unreadable() {
        return this.<DeadLetter>values(Topics.EVENTS_DEAD_LETTER).stream()
                .filter(letter -> letter.getOrganizationId() == null)
                .toList();
    }

    /// Waits until this many events of the organization have been enriched again.
    void awaitRepaired(int events) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            poll();
            return enriched().stream()
                            .filter(event -> event.getEnrichmentVersion() > 1)
                            .count()
                    >= events;
        });
    }

    /// Waits until this many events of the organization have come out, enriched or refused.
    void awaitDecided(int events) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            poll();
            return enriched().size() + deadLetters().size() >= events;
        });
    }

    /// The enricher's books say what lies in the topics, over all that was ever sent.
    void awaitBooksThatAgree(Enricher enricher) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            poll();
            var accounting = enricher.accounting();
            var books = accounting.total();
            assertThat(accounting.addsUp()).as("%s", accounting).isTrue();
            assertThat(books.raw() + books.rekeyed())
                    .as("raw records of %s", books)
                    .isEqualTo(size(Topics.EVENTS_RAW));
            assertThat(books.enriched()).isEqualTo(enrichedInForce());
            assertThat(books.deadLettered()).isEqualTo(size(Topics.EVENTS_DEAD_LETTER));
        });
    }

    @Override
    public void close() {
        producer.close();
        consumer.close();
    }

    private void poll() {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
            Objects.requireNonNull(read.get(record.topic())).add(record.value());
        }
    }

    /// Events, of all organizations, whose latest record does not retract them.
    private long enrichedInForce() {
        var latest = new HashMap<String, EnrichedEvent>();
        for (var event : this.<EnrichedEvent>values(Topics.EVENTS_ENRICHED)) {
            latest.merge(
                    String.join(
                            "/",
                            event.getOrganizationId(),
                            event.getExternalSubscriptionId(),
                            event.getTransactionId()),
                    event,
                    (one, other) -> one.getEnrichmentVersion() > other.getEnrichmentVersion() ? one : other);
        }
        return latest.values().stream().filter(event -> !event.getIsDeleted()).count();
    }

    private int size(Topic topic) {
        return Objects.requireNonNull(read.get(topic.name())).size();
    }

    private <T extends SpecificRecord> List<T> values(Topic topic) {
        var deserializer = new AvroDeserializer<T>(registry, topic.value());
        return Objects.requireNonNull(read.get(topic.name())).stream()
                .map(value -> Objects.requireNonNull(deserializer.deserialize("", value)))
                .toList();
    }

    private void acknowledged(ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(record).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            throw new AssertionError("not acknowledged", e.getCause());
        }
    }
}
