package io.millrace.ingest;

import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.RegistryException;
import io.millrace.registry.RegistryUnavailableException;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands events to the broker and returns when it has them, all replicas included.
final class EventPublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);
    private static final String TOPIC = Topics.EVENTS_RAW.name();

    // What a record needs on top of its key and value, generously.
    private static final int OVERHEAD = 512;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final Producer<byte[], byte[]> producer;
    private final AvroSerializer<RawEvent> values;
    private final Duration patience;

    EventPublisher(IngestSettings settings, SchemaRegistry registry) {
        this.values = new AvroSerializer<>(registry, Topics.EVENTS_RAW);
        // Once for the record to leave, once for its answer.
        this.patience = settings.acknowledgement().multipliedBy(2).plusSeconds(1);
        this.producer = new KafkaProducer<>(properties(settings), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Map<String, Object> properties(IngestSettings settings) {
        var acknowledgement = settings.acknowledgement().toMillis();
        var linger = Math.min(settings.linger().toMillis(), acknowledgement / 4);
        return Map.of(
                "bootstrap.servers", settings.bootstrapServers(),
                "acks", "all",
                "enable.idempotence", "true",
                "compression.type", "lz4",
                "linger.ms", Long.toString(linger),
                "batch.size", Integer.toString(128 << 10),
                "max.request.size", Integer.toString(Topics.EVENTS_RAW.maxMessageSize()),
                "max.block.ms", Long.toString(acknowledgement),
                "request.timeout.ms", Long.toString(acknowledgement / 2),
                "delivery.timeout.ms", Long.toString(acknowledgement));
    }

    /// An event in the form of its topic, ready to be sent.
    record Encoded(byte[] key, byte[] value) {
        /// False for what the topic does not take.
        boolean fits() {
            return key.length + value.length + OVERHEAD <= Topics.EVENTS_RAW.maxMessageSize();
        }
    }

    /// @throws IngestRefusal.Unavailable while the schema is not registered and no registry answers
    Encoded encode(RawEvent event) {
        var key = Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId());
        try {
            var value = values.serialize(TOPIC, event);
            if (value == null) throw new IllegalStateException("an event has a value");
            return new Encoded(key.getBytes(StandardCharsets.UTF_8), value);
        } catch (RegistryUnavailableException | RegistryException e) {
            log.warn("events cannot be encoded: {}", e.toString());
            throw new IngestRefusal.Unavailable();
        }
    }

    /// Returns when every event is acknowledged; blocks its thread meanwhile.
    ///
    /// @throws IngestRefusal.Unavailable if one was not: the others may be stored, and sending all again is safe
    void publish(List<Encoded> events) {
        if (events.isEmpty()) return;
        var missing = new AtomicInteger(events.size());
        var acknowledged = new CompletableFuture<Void>();
        try {
            for (var event : events) {
                var unused =
                        producer.send(new ProducerRecord<>(TOPIC, event.key(), event.value()), (metadata, failure) -> {
                            if (failure != null) {
                                acknowledged.completeExceptionally(failure);
                            } else if (missing.decrementAndGet() == 0) {
                                acknowledged.complete(null);
                            }
                        });
                // The others would wait as long for the same broker.
                if (acknowledged.isCompletedExceptionally()) break;
            }
            acknowledged.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw unavailable(e);
        } catch (KafkaException | TimeoutException e) {
            throw unavailable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(e);
        }
    }

    private static IngestRefusal unavailable(Exception cause) {
        log.warn("events were not acknowledged: {}", cause.toString());
        return new IngestRefusal.Unavailable();
    }

    Producer<byte[], byte[]> producer() {
        return producer;
    }

    @Override
    public void close() {
        producer.close(GRACE);
    }
}
