package io.millrace.invoicer.audit;

import io.millrace.invoicer.InvoicerSettings;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// The way to the audit topics, for threads that may wait.
@Singleton
class AuditTopics {
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final Map<Topic, AvroSerializer<SpecificRecord>> serializers;
    private final KafkaProducer<byte[], byte[]> producer;

    AuditTopics(InvoicerSettings settings) {
        var registry = HttpSchemaRegistry.of(settings.schemaRegistryUrl());
        this.serializers = Map.of(
                Topics.ACTIVITY_LOGS, new AvroSerializer<>(registry, Topics.ACTIVITY_LOGS),
                Topics.API_LOGS, new AvroSerializer<>(registry, Topics.API_LOGS));
        Map<String, Object> properties = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                settings.bootstrapServers(),
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "lz4",
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Topics.ACTIVITY_LOGS.maxMessageSize(),
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                10_000,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                5_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                10_000);
        this.producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @PreDestroy
    void close() {
        producer.close(GRACE);
    }

    Future<RecordMetadata> send(Topic topic, String organization, SpecificRecord entry, Callback told) {
        var serializer = serializers.get(topic);
        if (serializer == null) throw new IllegalArgumentException(topic.name() + " is no audit topic");
        return producer.send(
                new ProducerRecord<>(
                        topic.name(),
                        organization.getBytes(StandardCharsets.UTF_8),
                        serializer.serialize(topic.name(), entry)),
                told);
    }
}
