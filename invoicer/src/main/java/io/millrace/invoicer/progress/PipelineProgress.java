package io.millrace.invoicer.progress;

import static io.millrace.topic.Topics.EVENTS_DEAD_LETTER;
import static io.millrace.topic.Topics.EVENTS_ENRICHED;
import static io.millrace.topic.Topics.EVENTS_ENRICHED_EXPANDED;
import static io.millrace.topic.Topics.EVENTS_RAW;

import io.millrace.clickhouse.ExclusionPass;
import io.millrace.clickhouse.QueueErrors;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.topic.Topic;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// How far events have come, and the wait until those of a period that is over are all there.
///
/// ```
///  now          enricher has committed    ClickHouse has committed     no error row is left     repetitions are found
///  raw ends ──▶ ends of what it wrote ──▶ nothing left before them ──▶ all is in its table ───▶ watermark
///   └─ again if raw grew: the enricher may have sent mis-keyed records back
/// ```
///
/// Ends are those that the broker has, not the last stable ones: a producer's transaction is committed
/// before its markers are in every partition, and what was committed must be waited for. Markers in turn
/// leave a consumer's committed offset below the end for ever, so a consumer counts as done when a
/// read-committed reader finds nothing left for it.
///
/// A record that ClickHouse could not decode is waited for. One that failed for good lies before the
/// watermark for ever, and nothing is billed over it, unless it is of `events_raw`: the enricher reads
/// those by itself, and makes dead letters of what is no event.
@Singleton
public class PipelineProgress {
    private static final String ENRICHER = "millrace-enricher";
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(25);
    private static final Duration PATIENCE_PER_READ = Duration.ofMillis(200);
    private static final List<Topic> DERIVED = List.of(EVENTS_ENRICHED, EVENTS_ENRICHED_EXPANDED, EVENTS_DEAD_LETTER);

    private final InvoicerSettings settings;
    private final ClickHouse clickHouse;
    private final Admin admin;
    private volatile boolean stopped;

    PipelineProgress(InvoicerSettings settings, ClickHouse clickHouse) {
        this.settings = settings;
        this.clickHouse = clickHouse;
        this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()));
    }

    /// Whoever waits gives up at the next look.
    public void stop() {
        stopped = true;
    }

    @PreDestroy
    void close() {
        admin.close(Duration.ofSeconds(5));
    }

    /// Waits until all that was ingested before now is complete.
    ///
    /// @throws PipelineBehind if that takes longer than the settings allow
    public Watermark awaitCompleteness() throws PipelineBehind, InterruptedException {
        try (var wait = new Wait(settings)) {
            var raw = ends(EVENTS_RAW);
            await(wait, ENRICHER, raw);
            var grown = ends(EVENTS_RAW);
            if (!grown.equals(raw)) await(wait, ENRICHER, grown);

            var all = new HashMap<>(grown);
            awaitClickHouse(wait, EVENTS_RAW, grown);
            for (var topic : DERIVED) {
                var ends = ends(topic);
                all.putAll(ends);
                awaitClickHouse(wait, topic, ends);
            }
            awaitTables(wait, all);
            coverRepetitions(all);
            return Watermark.of(all);
        }
    }

    /// One wait for everything, with its own end and its own reader.
    private static final class Wait implements AutoCloseable {
        private final Instant deadline;
        private final KafkaConsumer<byte[], byte[]> reader;

        Wait(InvoicerSettings settings) {
            this.deadline = Instant.now().plus(settings.watermarkTimeout());
            Map<String, Object> properties = Map.of(
                    ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    settings.bootstrapServers(),
                    ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                    "read_committed",
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                    "earliest",
                    ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                    1,
                    ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                    4096,
                    ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                    50);
            this.reader = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        boolean isOver() {
            return Instant.now().isAfter(deadline);
        }

        /// True if a committed record lies there, or a transaction is still open there. False if there are
        /// only markers and aborted records, or nothing at all any more.
        boolean findsRecord(TopicPartition partition, long from, long to) {
            reader.assign(List.of(partition));
            reader.seek(partition, from);
            while (reader.position(partition) < to) {
                long before = reader.position(partition);
                var records = reader.poll(PATIENCE_PER_READ).records(partition);
                if (!records.isEmpty()) return records.getFirst().offset() < to;
                if (reader.position(partition) == before) return true;
            }
            return false;
        }

        @Override
        public void close() {
            reader.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        }
    }

    private void awaitClickHouse(Wait wait, Topic topic, Map<TopicPartition, Long> ends)
            throws PipelineBehind, InterruptedException {
        await(wait, settings.clickHouse().groupPrefix() + topic.name(), ends);
    }

    /// Waits until the group has nothing left to read before the ends.
    private void await(Wait wait, String group, Map<TopicPartition, Long> ends)
            throws PipelineBehind, InterruptedException {
        var waiting = new HashMap<>(ends);
        while (true) {
            var committed = committed(group, waiting);
            // A reader that is not at the end has nothing left where only markers lie before it.
            waiting.entrySet().removeIf(end -> {
                long position = committed.getOrDefault(end.getKey(), 0L);
                return position >= end.getValue() || !wait.findsRecord(end.getKey(), position, end.getValue());
            });
            if (waiting.isEmpty()) return;
            if (stopped || wait.isOver()) {
                var partition = waiting.keySet().iterator().next();
                throw new PipelineBehind("consumer group %s is at offset %d of %d in %s"
                        .formatted(group, committed.getOrDefault(partition, 0L), waiting.get(partition), partition));
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    /// Waits until every record is in its table that ClickHouse could not decode at first.
    private void awaitTables(Wait wait, Map<TopicPartition, Long> ends) throws PipelineBehind, InterruptedException {
        while (true) {
            var missing = missing(ends);
            if (missing.isEmpty()) return;
            if (stopped || wait.isOver()) {
                var first = missing.getFirst();
                throw new PipelineBehind("%d records of %s, from offset %d, are in queue_errors: %s"
                        .formatted(
                                first.count(),
                                first.partition(),
                                first.first(),
                                first.isRejected() ? "they were tried again in vain" : "they wait to be redriven"));
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private List<QueueErrors.Missing> missing(Map<TopicPartition, Long> ends) {
        try {
            return new QueueErrors(clickHouse.source())
                    .missing(ends).stream()
                            .filter(missing -> !missing.isRejected()
                                    || !missing.partition().topic().equals(EVENTS_RAW.name()))
                            .toList();
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for its errors", e);
        }
    }

    private void coverRepetitions(Map<TopicPartition, Long> ends) {
        var enriched = new HashMap<Integer, Long>();
        ends.forEach((partition, end) -> {
            if (partition.topic().equals(EVENTS_ENRICHED.name())) enriched.put(partition.partition(), end);
        });
        try {
            new ExclusionPass(clickHouse.source()).cover(enriched);
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot look for repeated events", e);
        }
    }

    private Map<TopicPartition, Long> ends(Topic topic) throws InterruptedException {
        try {
            var described =
                    admin.describeTopics(List.of(topic.name())).allTopicNames().get();
            var latest = new HashMap<TopicPartition, OffsetSpec>();
            for (var found : described.values()) {
                for (var partition : found.partitions()) {
                    latest.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
                }
            }
            var ends = new HashMap<TopicPartition, Long>();
            admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the ends of %s cannot be listed".formatted(topic.name()), e.getCause());
        }
    }

    private Map<TopicPartition, Long> committed(String group, Map<TopicPartition, Long> partitions)
            throws InterruptedException {
        try {
            var committed = new HashMap<TopicPartition, Long>();
            admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions())
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null && partitions.containsKey(partition)) {
                            committed.put(partition, offset.offset());
                        }
                    });
            return committed;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the offsets of group %s cannot be listed".formatted(group), e.getCause());
        }
    }
}
