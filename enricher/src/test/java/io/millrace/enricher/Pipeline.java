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
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/// The enricher between real engines: what a producer does on one side, and what a reader of committed
/// records sees on the other. All tests share the topics, so what comes out is told apart by organization.
final class Pipeline implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final EmbeddedStack stack;
    private final String organization;
    private final HttpSchemaRegistry registry;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final AvroSerializer<RawEvent> events;
    private final AvroDeserializer<RawEvent> reader;
    private final Map<Integer, Long> taken = new HashMap<>();
    private final Ledger all = new Ledger(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final Map<String, Consumer<ConsumerRecord<byte[], byte[]>>> readers; // each record is read once

    Pipeline(EmbeddedStack stack, String organization) {
        this.stack = stack;
        this.organization = organization;
        this.registry =
                HttpSchemaRegistry.of(Objects.requireNonNull(stack.environment().get("SCHEMA_REGISTRY_URL")));
        this.events = new AvroSerializer<>(registry, Topics.EVENTS_RAW);
        this.reader = new AvroDeserializer<>(registry, Topics.EVENTS_RAW.value());
        var servers = Objects.requireNonNull(stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"));
        this.producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers, ProducerConfig.ACKS_CONFIG, "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.readers = Map.of(
                Topics.EVENTS_RAW.name(),
                this::accept,
                Topics.EVENTS_ENRICHED.name(),
                reader(Topics.EVENTS_ENRICHED, all.enriched()),
                Topics.EVENTS_ENRICHED_EXPANDED.name(),
                reader(Topics.EVENTS_ENRICHED_EXPANDED, all.expanded()),
                Topics.EVENTS_DEAD_LETTER.name(),
                reader(Topics.EVENTS_DEAD_LETTER, all.deadLetters()));
        this.consumer = consumer("read_committed", readers.keySet());
    }

    private KafkaConsumer<byte[], byte[]> consumer(String isolation, Collection<String> topics) {
        var consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        Objects.requireNonNull(stack.environment().get("KAFKA_BOOTSTRAP_SERVERS")),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        isolation,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        var partitions = new ArrayList<TopicPartition>();
        for (var topic : topics) {
            consumer.partitionsFor(topic)
                    .forEach(partition -> partitions.add(new TopicPartition(topic, partition.partition())));
        }
        consumer.assign(partitions);
        return consumer;
    }

    HttpSchemaRegistry registry() {
        return registry;
    }

    /// Variables of an enricher that keeps its state in a directory and is always the same member of its
    /// group.
    Map<String, String> environment(Path directory) {
        var environment = new HashMap<>(stack.environment());
        environment.put("MILLRACE_DATA", directory.toString());
        environment.put("MILLRACE_ENRICHER_INSTANCE_ID", "enricher-1");
        // Who has stopped keeps its tasks for so long, and some tests wait for that.
        environment.put("MILLRACE_ENRICHER_SESSION_TIMEOUT", "3s");
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
        return all.enriched().stream()
                .filter(event -> event.getOrganizationId().equals(organization))
                .toList();
    }

    List<ExpandedEvent> expanded() {
        return all.expanded().stream()
                .filter(event -> event.getOrganizationId().equals(organization))
                .toList();
    }

    List<DeadLetter> deadLetters() {
        return all.deadLetters().stream()
                .filter(letter -> organization.equals(letter.getOrganizationId()))
                .toList();
    }

    /// All that has been read of the organization's events.
    Ledger ledger() {
        var accepted = all.accepted().stream()
                .filter(record -> record.event().getOrganizationId().equals(organization))
                .toList();
        return new Ledger(accepted, enriched(), expanded(), deadLetters());
    }

    /// Of all organizations: nobody can say whose they are.
    List<DeadLetter> unreadable() {
        return all.deadLetters().stream()
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

    /// Waits until this many events of the organization have been enriched.
    void awaitEnriched(int events) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            poll();
            return enriched().size() >= events;
        });
    }

    /// Waits until this many events of the organization have come out, enriched or refused.
    void awaitDecided(int events) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            poll();
            return enriched().size() + deadLetters().size() >= events;
        });
    }

    /// Waits until this many events of the organization have been enriched, whether or not that is
    /// committed.
    void awaitUncommitted(int events) {
        try (var reader = consumer("read_uncommitted", List.of(Topics.EVENTS_ENRICHED.name()))) {
            var enriched = new AtomicLong();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> {
                        for (var record : reader.poll(Duration.ofMillis(100))) {
                            var key = new String(record.key(), StandardCharsets.UTF_8);
                            if (key.startsWith(organization + "/")) enriched.incrementAndGet();
                        }
                        return enriched.get() >= events;
                    });
        }
    }

    /// Waits until this many more events of the organization have come out, enriched or refused.
    void awaitMoreDecided(int events) {
        awaitDecided(enriched().size() + deadLetters().size() + events);
    }

    /// The enricher's books say of each partition what lies in the topics, over all that was ever sent.
    void awaitBooksThatAgree(Enricher enricher) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            poll();
            assertThat(enricher.accounting().partitions()).hasSize(EmbeddedStack.EVENT_PARTITIONS);
            var billed = all.billed();
            var refused = all.refused();
            enricher.accounting().partitions().forEach((partition, books) -> {
                assertThat(books.addsUp()).as("%s", books).isTrue();
                assertThat(books.raw() + books.rekeyed())
                        .as("raw records of %s", books)
                        .isEqualTo(taken.getOrDefault(partition, 0L));
                assertThat(books.enriched()).isEqualTo(in(partition, billed));
                assertThat(books.deadLettered()).isEqualTo(in(partition, refused));
            });
        });
    }

    /// Waits until nothing of the seller's is left to be decided and all guarantees hold.
    ///
    /// @param run how to have the same run again, for the message of a failure
    /// @return duplicates of the seller's, by the enricher's books
    long awaitGuarantees(Seller seller, Enricher enricher, String run) {
        var duplicates = new AtomicLong();
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            poll();
            duplicates.set(enricher.accounting().duplicatesByOrganization().getOrDefault(organization, 0L));
            Guarantee.assertAll(seller, ledger(), duplicates.get(), run);
        });
        return duplicates.get();
    }

    /// Reads all that is committed.
    void readToTheEnd() {
        var ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) poll();
    }

    @Override
    public void close() {
        producer.close();
        consumer.close();
    }

    private void poll() {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
            Objects.requireNonNull(readers.get(record.topic())).accept(record);
        }
    }

    private static long in(int partition, Set<Ledger.Place> places) {
        return places.stream().filter(place -> place.partition() == partition).count();
    }

    private void accept(ConsumerRecord<byte[], byte[]> record) {
        taken.merge(record.partition(), 1L, Long::sum);
        try {
            var event = Objects.requireNonNull(reader.deserialize("", record.value()));
            all.accepted().add(new Ledger.Accepted(new Ledger.Place(record.partition(), record.offset()), event));
        } catch (SerializationException e) {
            // a poisoned one, of nobody
        }
    }

    private <T extends SpecificRecord> Consumer<ConsumerRecord<byte[], byte[]>> reader(Topic topic, List<T> to) {
        var deserializer = new AvroDeserializer<T>(registry, topic.value());
        return record -> to.add(Objects.requireNonNull(deserializer.deserialize("", record.value())));
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
