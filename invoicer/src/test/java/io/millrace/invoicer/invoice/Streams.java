package io.millrace.invoicer.invoice;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.event.ExpandedEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Stands in for the enricher: writes expanded events as it does, in transactions.
final class Streams implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final AvroSerializer<ExpandedEvent> serializer;
    private final UUID organization;
    private long offset;

    Streams(EmbeddedStack stack, UUID organization) {
        this.organization = organization;
        var registry = HttpSchemaRegistry.of(stack.environment().get("SCHEMA_REGISTRY_URL"));
        this.serializer = new AvroSerializer<>(registry, Topics.EVENTS_ENRICHED_EXPANDED);
        Map<String, Object> properties = Map.of(
                "bootstrap.servers",
                stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"),
                "transactional.id",
                "test-" + UUID.randomUUID());
        this.producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
    }

    void begin() {
        producer.beginTransaction();
    }

    void commit() {
        producer.commitTransaction();
    }

    /// What counts in a charge.
    record Counted(
            String externalSubscriptionId,
            String subscriptionId,
            String chargeId,
            @Nullable String filterId,
            String aggregation) {}

    void send(Counted counted, String transactionId, String timestamp, String value) {
        var event = ExpandedEvent.newBuilder()
                .setOrganizationId(organization.toString())
                .setExternalSubscriptionId(counted.externalSubscriptionId())
                .setTransactionId(transactionId)
                .setCode("any")
                .setTimestamp(Instant.parse(timestamp))
                .setSubscriptionId(counted.subscriptionId())
                .setPlanId("any")
                .setChargeId(counted.chargeId())
                .setChargeFilterId(counted.filterId())
                .setPlanRevision(1)
                .setAggregationType(counted.aggregation())
                .setValue(value)
                .setRawPartition(0)
                .setRawOffset(offset++)
                .setIngestedAt(Instant.parse("2026-06-01T00:00:00Z"))
                .build();
        var key = Keys.subscription(organization.toString(), counted.externalSubscriptionId());
        producer.send(new ProducerRecord<>(
                Topics.EVENTS_ENRICHED_EXPANDED.name(),
                key.getBytes(StandardCharsets.UTF_8),
                serializer.serialize(Topics.EVENTS_ENRICHED_EXPANDED.name(), event)));
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
    }
}
