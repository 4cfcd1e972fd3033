package io.millrace.clickhouse;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Writes records to the event topics of the shared stack.
final class Producers implements AutoCloseable {

    private final SchemaRegistry registry;
    private final KafkaProducer<byte[], byte @Nullable []> producer;
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();

    Producers(EmbeddedStack stack) {
        registry = HttpSchemaRegistry.of(stack.registry().url());
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.kafka().bootstrapServers(), "acks", "all", "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    static RawEvent rawEvent(String organization, String transaction) {
        return RawEvent.newBuilder()
                .setOrganizationId(organization)
                .setExternalSubscriptionId("sub-" + Math.abs(transaction.hashCode() % 50))
                .setTransactionId(transaction)
                .setCode("api_calls")
                .setTimestamp(Instant.parse("2026-02-03T04:05:06.789012Z"))
                .setProperties(Map.of("model", "gpt", "tokens", "12"))
                .build();
    }

    /// In the topic's wire format.
    <T extends SpecificRecord> byte[] bytes(Topic topic, T value) {
        try (var serializer = new AvroSerializer<T>(registry, topic)) {
            var bytes = serializer.serialize(topic.name(), value);
            if (bytes == null) {
                throw new IllegalArgumentException("no value");
            }
            return bytes;
        }
    }

    void send(RawEvent event) {
        send(
                Topics.EVENTS_RAW,
                Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId()),
                bytes(Topics.EVENTS_RAW, event));
    }

    void send(Topic topic, String key, byte @Nullable [] value) {
        sent.add(producer.send(new ProducerRecord<>(topic.name(), key.getBytes(StandardCharsets.UTF_8), value)));
    }

    /// Places of all that was sent since the last time, in order.
    List<RecordMetadata> acknowledged() throws InterruptedException, ExecutionException {
        producer.flush();
        var places = new ArrayList<RecordMetadata>();
        for (var one : sent) {
            places.add(one.get());
        }
        sent.clear();
        return places;
    }

    @Override
    public void close() {
        producer.close();
    }
}
