package io.millrace.standalone.demo;

import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.standalone.Api;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/// Both ways in: HTTP batches, and Avro straight to Kafka as a producer of the customer's own would.
final class Sender implements AutoCloseable {
    private static final int BATCH = 1_000;
    private static final int BATCHES_UNDER_WAY = 4;

    private final Api api;
    private final String organizationId;
    private final AvroSerializer<RawEvent> serializer;
    private final KafkaProducer<String, byte[]> producer;
    private final AtomicLong sent = new AtomicLong();

    Sender(Api api, String organizationId, String bootstrapServers, String schemaRegistryUrl) {
        this.api = api;
        this.organizationId = organizationId;
        this.serializer = new AvroSerializer<>(HttpSchemaRegistry.of(schemaRegistryUrl), Topics.EVENTS_RAW);
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.LINGER_MS_CONFIG,
                        20,
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "lz4"),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    /// How many events the broker has acknowledged.
    long sent() {
        return sent.get();
    }

    /// Every other event by HTTP, the rest by Kafka, both at once.
    ///
    /// @throws IOException if an event is not taken
    void sendByBothWays(List<Usage> usages) throws IOException, InterruptedException {
        var http = new ArrayList<Usage>();
        var kafka = new ArrayList<Usage>();
        for (int i = 0; i < usages.size(); i++) (i % 2 == 0 ? http : kafka).add(usages.get(i));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var byKafka = threads.submit(() -> {
                sendByKafka(kafka);
                return kafka.size();
            });
            sendByHttp(http);
            byKafka.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    void sendByHttp(List<Usage> usages) throws IOException, InterruptedException {
        var underWay = new Semaphore(BATCHES_UNDER_WAY);
        var failure = new AtomicReference<@Nullable Exception>();
        for (int from = 0; from < usages.size() && failure.get() == null; from += BATCH) {
            var batch = usages.subList(from, Math.min(from + BATCH, usages.size()));
            underWay.acquire();
            Thread.ofVirtual().start(() -> {
                try {
                    post(batch);
                    sent.addAndGet(batch.size());
                } catch (IOException | InterruptedException e) {
                    failure.set(e);
                } finally {
                    underWay.release();
                }
            });
        }
        underWay.acquire(BATCHES_UNDER_WAY);
        rethrow(failure.get());
    }

    private void post(List<Usage> batch) throws IOException, InterruptedException {
        var body = Api.object();
        var events = body.putArray("events");
        for (var usage : batch) {
            var properties = events.addObject()
                    .put("transaction_id", usage.transactionId())
                    .put("external_subscription_id", usage.externalSubscriptionId())
                    .put("code", usage.code())
                    .put("timestamp", usage.timestamp().toString())
                    .putObject("properties");
            usage.properties().forEach(properties::put);
        }
        api.post("/events/batch", body);
    }

    void sendByKafka(List<Usage> usages) throws IOException {
        var failure = new AtomicReference<@Nullable Exception>();
        for (var usage : usages) {
            var event = RawEvent.newBuilder()
                    .setOrganizationId(organizationId)
                    .setExternalSubscriptionId(usage.externalSubscriptionId())
                    .setTransactionId(usage.transactionId())
                    .setCode(usage.code())
                    .setTimestamp(usage.timestamp())
                    .setProperties(usage.properties())
                    .setSource("demo")
                    .build();
            send(usage.externalSubscriptionId(), Objects.requireNonNull(serializer.serialize("", event)), failure);
        }
        producer.flush();
        rethrow(failure.get());
    }

    /// Bytes that are no event, as a broken producer sends them.
    void sendGarbage(int records) throws IOException {
        var failure = new AtomicReference<@Nullable Exception>();
        for (int i = 0; i < records; i++)
            send("nobody_" + i, new byte[] {'n', 'o', 't', ' ', 'A', 'v', 'r', 'o'}, failure);
        producer.flush();
        rethrow(failure.get());
    }

    private void send(String subscription, byte[] value, AtomicReference<@Nullable Exception> failure) {
        var key = Keys.subscription(organizationId, subscription);
        producer.send(new ProducerRecord<>(Topics.EVENTS_RAW.name(), key, value), (_, refused) -> {
            if (refused == null) sent.incrementAndGet();
            else failure.set(refused);
        });
    }

    @Override
    public void close() {
        producer.close();
    }

    private static void rethrow(@Nullable Exception failure) throws IOException {
        if (failure != null) throw new IOException("an event was not taken: " + failure.getMessage(), failure);
    }
}
