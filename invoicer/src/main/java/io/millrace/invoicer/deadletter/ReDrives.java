package io.millrace.invoicer.deadletter;

import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.topic.Headers;
import io.millrace.topic.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Sends the originals of dead letters to `events_raw` again, and remembers it.
///
/// ```
///  original bytes ─▶ right key, time of the first ingestion ─▶ acknowledged by all replicas ─▶ remembered
/// ```
///
/// Sending one twice is safe, also where a crash forgot that it was sent: an event that is billed by then is a
/// duplicate by its identity, and one that fails again is a new dead letter.
@Singleton
class ReDrives {
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static final String REMEMBER =
            "INSERT INTO re_drives (organization_id, api_key_id, dead_letter_id, re_driven_as) VALUES (?, ?, ?, ?)";

    private final ClickHouse clickHouse;
    private final KafkaProducer<byte[], byte[]> producer;

    ReDrives(ClickHouse clickHouse, InvoicerSettings settings) {
        this.clickHouse = clickHouse;
        Map<String, Object> properties = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                settings.bootstrapServers(),
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "lz4",
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Topics.EVENTS_RAW.maxMessageSize(),
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

    private record Sent(DeadLetter letter, RecordMetadata place) {}

    /// Sends letters with their whole original values again, and returns when the broker has them.
    ///
    /// @throws IllegalStateException if one was not acknowledged; those that were are remembered
    void send(Caller caller, List<DeadLetter> letters) {
        var acknowledgements =
                letters.stream().map(letter -> producer.send(record(letter))).toList();
        var sent = new ArrayList<Sent>();
        Throwable failure = null;
        for (int i = 0; i < letters.size(); i++) {
            try {
                sent.add(new Sent(letters.get(i), acknowledgements.get(i).get()));
            } catch (ExecutionException e) {
                failure = e.getCause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = e;
            }
        }
        remember(caller, sent);
        if (failure != null) throw new IllegalStateException("the broker has not taken a record again", failure);
    }

    private void remember(Caller caller, List<Sent> sent) {
        if (sent.isEmpty()) return;
        try (var connection = clickHouse.connect();
                var insert = connection.prepareStatement(REMEMBER)) {
            for (var each : sent) {
                insert.setString(1, caller.organizationId().toString());
                insert.setString(2, caller.apiKeyId().toString());
                insert.setString(3, each.letter().id());
                insert.setString(
                        4, each.place().partition() + "-" + each.place().offset());
                insert.addBatch();
            }
            insert.executeBatch();
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse does not remember what was sent again", e);
        }
    }

    private static ProducerRecord<byte[], byte[]> record(DeadLetter letter) {
        var record = new ProducerRecord<>(Topics.EVENTS_RAW.name(), letter.rightKey(), letter.originValue());
        var ingestedAt = Long.toString(letter.ingestedAt().toEpochMilli());
        record.headers().add(Headers.INGESTED_AT, ingestedAt.getBytes(StandardCharsets.US_ASCII));
        return record;
    }
}
