package io.millrace.benchmarks.pipeline;

import io.millrace.benchmarks.pipeline.Broker.Volume;
import io.millrace.config.BillableMetric;
import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Writes fast and loses nothing: when it is closed, everything has been acknowledged.
final class Publisher implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final SchemaRegistry schemas;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    Publisher(Broker broker) {
        schemas = broker.schemas();
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        broker.address(),
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "lz4",
                        ProducerConfig.LINGER_MS_CONFIG,
                        20,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        128 * 1024),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    void catalogue(int subscriptionCount) {
        var metrics = new AvroSerializer<BillableMetric>(schemas, Topics.CONFIG_BILLABLE_METRICS);
        Catalogue.metrics()
                .forEach(metric -> agreed(
                        Topics.CONFIG_BILLABLE_METRICS,
                        Keys.metric(metric.getOrganizationId(), metric.getCode()),
                        encode(metrics, metric)));
        var plans = new AvroSerializer<Plan>(schemas, Topics.CONFIG_PLANS);
        Catalogue.plans()
                .forEach(plan -> agreed(
                        Topics.CONFIG_PLANS,
                        Keys.plan(plan.getOrganizationId(), plan.getPlanId()),
                        encode(plans, plan)));
        var subscriptions = new AvroSerializer<Subscription>(schemas, Topics.CONFIG_SUBSCRIPTIONS);
        Catalogue.subscriptions(subscriptionCount)
                .forEach(subscription -> agreed(
                        Topics.CONFIG_SUBSCRIPTIONS,
                        Keys.subscription(subscription.getOrganizationId(), subscription.getExternalSubscriptionId()),
                        encode(subscriptions, subscription)));
    }

    /// The next so many events of the traffic.
    Volume events(Traffic traffic, int count) {
        var serializer = new AvroSerializer<RawEvent>(schemas, Topics.EVENTS_RAW);
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            var event = traffic.next();
            var value = encode(serializer, event);
            bytes += value.length;
            send(
                    Topics.EVENTS_RAW,
                    null,
                    Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId()),
                    value);
        }
        producer.flush();
        return Volume.of(count, bytes, producer.metrics(), "outgoing");
    }

    /// @throws IllegalStateException if something was not acknowledged
    @Override
    public void close() {
        producer.close();
        if (failure.get() != null) throw new IllegalStateException("not acknowledged", failure.get());
    }

    /// Configuration is stamped 0, as by the control plane.
    private void agreed(Topic topic, String key, byte[] value) {
        send(topic, 0L, key, value);
    }

    private void send(Topic topic, @Nullable Long timestamp, String key, byte[] value) {
        var bytes = key.getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic.name(), null, timestamp, bytes, value), (_, refused) -> {
            if (refused != null) failure.compareAndSet(null, refused);
        });
    }

    private static <T extends SpecificRecord> byte[] encode(AvroSerializer<T> serializer, T value) {
        return Objects.requireNonNull(serializer.serialize("", value));
    }
}
