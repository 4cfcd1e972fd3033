package io.millrace.clickhouse;

import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Headers;
import io.millrace.topic.Keys;
import io.millrace.topic.Replay;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Writes raw events to the topic that a [Replay] reads: as they came where their topic still has them, from the
/// table what it has no more.
///
/// ```
///  events_raw  (table)  0 ──────────────▶ beginning of the topic ╮
///  events_raw  (topic)                    beginning ───────▶ end ╯─▶ …events_raw of the replay
/// ```
///
/// What no service could read is not in the table, and was a dead letter; it can be no usage. The table has no
/// headers either: an event that was sent again bears there the time at which that was done.
final class RawCopy implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int LARGEST_REQUEST = 5 << 20;

    private final DataSource clickHouse;
    private final KafkaConsumer<byte[], byte[]> topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AvroSerializer<RawEvent> events;
    private final String copy;
    private volatile @Nullable Exception failure;

    RawCopy(DataSource clickHouse, String brokers, SchemaRegistry registry, Replay replay) {
        this.clickHouse = clickHouse;
        this.events = new AvroSerializer<>(registry, Topics.EVENTS_RAW);
        this.copy = replay.topic(Topics.EVENTS_RAW);
        this.topic = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        brokers,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "none",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        brokers,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.LINGER_MS_CONFIG,
                        20,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        128 * 1024,
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "lz4",
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        LARGEST_REQUEST),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /// Returns once all is acknowledged.
    ///
    /// @param ends of the partitions of `events_raw`, exclusive; the table has what the topic has lost
    /// @param omitted by partition, offsets of records that are left out
    void write(Map<TopicPartition, Long> ends, Map<Integer, Set<Long>> omitted) throws SQLException {
        var next = new HashMap<TopicPartition, Long>();
        ends.keySet().forEach(partition -> next.put(partition, 0L));
        topic.assign(ends.keySet());
        while (ends.entrySet().stream().anyMatch(end -> next.getOrDefault(end.getKey(), 0L) < end.getValue())) {
            writeFromTable(next, beginnings(ends), omitted);
            try {
                writeFromTopic(next, ends, omitted);
            } catch (OffsetOutOfRangeException e) {
                // It has lost more meanwhile, which is in the table.
            }
        }
        producer.flush();
        requireNoFailure();
    }

    /// Where the topic begins, or the end where that is earlier.
    private Map<TopicPartition, Long> beginnings(Map<TopicPartition, Long> ends) {
        var beginnings = new HashMap<>(ends);
        topic.beginningOffsets(ends.keySet())
                .forEach((partition, beginning) -> beginnings.merge(partition, beginning, Math::min));
        return beginnings;
    }

    private void writeFromTable(
            Map<TopicPartition, Long> next, Map<TopicPartition, Long> beginnings, Map<Integer, Set<Long>> omitted)
            throws SQLException {
        var lost = beginnings.entrySet().stream()
                .filter(beginning -> beginning.getValue() > next.getOrDefault(beginning.getKey(), 0L))
                .map(beginning -> "(raw_partition = %d AND raw_offset >= %d AND raw_offset < %d)"
                        .formatted(
                                beginning.getKey().partition(),
                                next.getOrDefault(beginning.getKey(), 0L),
                                beginning.getValue()))
                .collect(Collectors.joining(" OR "));
        if (lost.isEmpty()) return;
        try (var connection = clickHouse.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        SELECT
                            organization_id, external_subscription_id, transaction_id, code,
                            toUnixTimestamp64Micro(timestamp) AS micros, properties, precise_total_amount_cents, source,
                            raw_partition, raw_offset, toUnixTimestamp64Milli(ingested_at) AS ingested
                        FROM events_raw
                        WHERE %s
                        ORDER BY raw_offset
                        SETTINGS max_bytes_before_external_sort = 1000000000""".formatted(lost))) {
            while (rows.next()) {
                var partition = new TopicPartition(Topics.EVENTS_RAW.name(), rows.getInt("raw_partition"));
                long offset = rows.getLong("raw_offset");
                if (offset < next.getOrDefault(partition, 0L)) continue; // a row that came twice
                next.put(partition, offset + 1);
                if (isOmitted(partition.partition(), offset, omitted)) continue;
                send(partition.partition(), offset, rows.getLong("ingested"), event(rows));
            }
        }
        beginnings.forEach((partition, beginning) -> next.merge(partition, beginning, Math::max));
    }

    private void writeFromTopic(
            Map<TopicPartition, Long> next, Map<TopicPartition, Long> ends, Map<Integer, Set<Long>> omitted) {
        topic.resume(topic.paused());
        next.forEach(topic::seek);
        while (true) {
            for (var end : ends.entrySet()) {
                var partition = end.getKey();
                next.put(partition, topic.position(partition));
                if (topic.position(partition) >= end.getValue()) topic.pause(List.of(partition));
            }
            if (topic.paused().size() == ends.size()) return;
            for (var record : topic.poll(POLL)) {
                var partition = new TopicPartition(record.topic(), record.partition());
                if (record.offset() >= ends.getOrDefault(partition, 0L)) continue;
                if (isOmitted(record.partition(), record.offset(), omitted)) continue;
                send(new ProducerRecord<>(
                        copy,
                        record.partition(),
                        record.timestamp(),
                        record.key(),
                        record.value(),
                        new RecordHeaders(record.headers().toArray())
                                .remove(Headers.RAW_OFFSET)
                                .add(Headers.RAW_OFFSET, digits(record.offset()))));
            }
        }
    }

    private static boolean isOmitted(int partition, long offset, Map<Integer, Set<Long>> omitted) {
        return omitted.getOrDefault(partition, Set.of()).contains(offset);
    }

    private void send(int partition, long offset, long ingestedAt, RawEvent event) {
        var key = Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId());
        send(new ProducerRecord<>(
                copy,
                partition,
                ingestedAt,
                key.getBytes(StandardCharsets.UTF_8),
                events.serialize("", event),
                new RecordHeaders().add(Headers.RAW_OFFSET, digits(offset))));
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        requireNoFailure();
        var unused = producer.send(record, (sent, refusal) -> {
            if (refusal != null) failure = refusal;
        });
    }

    private void requireNoFailure() {
        if (failure != null) throw new KafkaException("raw events could not be written for the replay", failure);
    }

    private static RawEvent event(ResultSet row) throws SQLException {
        var properties = new LinkedHashMap<String, String>();
        ((Map<?, ?>) row.getObject("properties"))
                .forEach((name, value) -> properties.put(String.valueOf(name), String.valueOf(value)));
        return RawEvent.newBuilder()
                .setOrganizationId(row.getString("organization_id"))
                .setExternalSubscriptionId(row.getString("external_subscription_id"))
                .setTransactionId(row.getString("transaction_id"))
                .setCode(row.getString("code"))
                .setTimestamp(Instant.EPOCH.plus(row.getLong("micros"), ChronoUnit.MICROS))
                .setProperties(properties)
                .setPreciseTotalAmountCents(row.getString("precise_total_amount_cents"))
                .setSource(row.getString("source"))
                .build();
    }

    private static byte[] digits(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        topic.close();
        producer.close(Duration.ZERO);
    }
}
