package io.millrace.clickhouse;

import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fills ClickHouse's tables from their topics.
///
/// ```
///  topic ─▶ reader ─┬─▶ ‹topic›_intake ─▶ its views ─▶ table     rows of many records at once
///                   └─▶ queue_errors ─▶ ErrorRedrive             what is no record of the topic
///                   then its group's offsets
/// ```
///
/// Delivery is at least once: offsets are committed when ClickHouse has the rows, and a row that comes twice has the
/// same key. Where ClickHouse, the registry or the broker cannot be reached, readers wait and go on where they were:
/// nothing is set aside for that. Any number of processes may run one; they share the partitions.
public final class Sink implements AutoCloseable {
    /// Each fills the table of its name.
    public static final List<Topic> TOPICS = List.of(
            Topics.EVENTS_RAW,
            Topics.EVENTS_ENRICHED,
            Topics.EVENTS_ENRICHED_EXPANDED,
            Topics.EVENTS_CHARGED_IN_ADVANCE,
            Topics.EVENTS_DEAD_LETTER,
            Topics.ACTIVITY_LOGS,
            Topics.API_LOGS);

    /// Usage is read of their tables.
    private static final Set<Topic> OF_USAGE =
            Set.of(Topics.EVENTS_ENRICHED_EXPANDED, Topics.EVENTS_CHARGED_IN_ADVANCE);
    /// At least, of all other topics: under load few large blocks cost less to write, and to merge, than many small
    /// ones. A longer flush interval counts instead.
    private static final Duration BETWEEN_BLOCKS = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(Sink.class);

    private static final Duration STOP = Duration.ofSeconds(30);
    /// That a broker out of reach gets.
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final Duration LONGEST_CALL = Duration.ofSeconds(15);
    /// For records, of the broker too.
    private static final Duration LONGEST_WAIT = Duration.ofMillis(250);
    private static final Duration BEFORE_NEXT_TRY = Duration.ofMillis(200);
    /// Of a consumer that was killed, until others have its partitions.
    private static final Duration SESSION = Duration.ofSeconds(10);
    /// Of rows that are written together, about; and of what is asked of the broker at once.
    private static final int BLOCK_BYTES = 16 << 20;
    private static final int PARTITION_BYTES = 4 << 20;
    private static final int WORTH_AN_ANSWER_BYTES = 1 << 20;

    private final List<Reader> readers = new ArrayList<>();

    private Sink() {}

    /// Reads until it is closed. The topics exist, and the tables are migrated.
    public static Sink start(DataSource clickHouse, SchemaRegistry registry, ClickHouseSettings settings) {
        return start(clickHouse, registry, settings, TOPICS, "");
    }

    /// The same for some of the topics.
    ///
    /// @param prefix of the topics that are read in their place
    public static Sink start(
            DataSource clickHouse,
            SchemaRegistry registry,
            ClickHouseSettings settings,
            List<Topic> topics,
            String prefix) {
        var sink = new Sink();
        for (var topic : topics) {
            for (int number = 0; number < settings.consumers(); number++) {
                sink.readers.add(new Reader(clickHouse, registry, settings, topic, prefix, number));
            }
        }
        sink.readers.forEach(reader -> reader.thread.start());
        return sink;
    }

    /// What was read and is not written yet is read again by the next.
    @Override
    public void close() {
        readers.forEach(Reader::stop);
        try {
            for (var reader : readers) reader.thread.join(STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One consumer of one topic.
    private static final class Reader {
        private final DataSource clickHouse;
        private final SchemaRegistry registry;
        private final ClickHouseSettings settings;
        private final Topic topic;
        private final String source;
        private final QueueErrors errors;
        private final Thread thread;
        private final CountDownLatch stopped = new CountDownLatch(1);

        private final Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
        private final List<QueueErrors.Unreadable> unreadable = new ArrayList<>();
        private final Duration betweenBlocks;
        private long firstReadNanos;
        private long lastWrittenNanos;
        private boolean waits;

        Reader(
                DataSource clickHouse,
                SchemaRegistry registry,
                ClickHouseSettings settings,
                Topic topic,
                String prefix,
                int number) {
            this.clickHouse = clickHouse;
            this.registry = registry;
            this.settings = settings;
            this.topic = topic;
            this.source = prefix + topic.name();
            this.errors = new QueueErrors(clickHouse);
            this.betweenBlocks = OF_USAGE.contains(topic) ? Duration.ZERO : BETWEEN_BLOCKS;
            this.lastWrittenNanos = System.nanoTime() - betweenBlocks.toNanos();
            // A platform thread: a consumer that waits for its sockets would hold the carrier of a virtual one.
            thread = Thread.ofPlatform()
                    .name("sink-" + topic.name() + "-" + number)
                    .daemon()
                    .unstarted(this::run);
        }

        void stop() {
            stopped.countDown();
        }

        private boolean isStopped() {
            return stopped.getCount() == 0;
        }

        private void run() {
            while (!isStopped()) {
                try {
                    var consumer = new KafkaConsumer<byte[], byte @Nullable []>(consumerSettings());
                    try (var intake = new Intake(clickHouse, registry, topic)) {
                        consumer.subscribe(List.of(source), new Forget(intake));
                        while (!isStopped()) step(consumer, intake);
                    } finally {
                        consumer.close(CloseOptions.timeout(GOODBYE));
                    }
                } catch (SQLException | RuntimeException e) {
                    tellThatItWaits(e);
                    awaitNextTry();
                }
            }
        }

        private void step(KafkaConsumer<byte[], byte @Nullable []> consumer, Intake intake) {
            var records = consumer.poll(patience());
            try {
                for (var record : records) take(record, intake);
                if (!isDue(intake)) return;
                errors.add(unreadable);
                intake.write();
                lastWrittenNanos = System.nanoTime();
                consumer.commitSync(read);
                forget(intake);
                if (waits) log.info("Records of {} go on", source);
                waits = false;
            } catch (SQLException | KafkaException e) {
                tellThatItWaits(e);
                forget(intake);
                awaitNextTry();
                goBack(consumer);
            }
        }

        /// Once, however often it is tried.
        private void tellThatItWaits(Exception why) {
            if (!waits && !(why instanceof SQLTransientException)) {
                log.warn("Records of {} wait, and are tried again and again: {}", source, why.toString());
                waits = true;
            }
        }

        private void take(ConsumerRecord<byte[], byte @Nullable []> record, Intake intake) {
            if (read.isEmpty()) firstReadNanos = System.nanoTime();
            byte[] value = record.value();
            // One without a value says nothing.
            if (value != null) {
                intake.add(record.partition(), record.offset(), record.timestamp(), value)
                        .ifPresent(reason -> unreadable.add(new QueueErrors.Unreadable(
                                topic.name(), record.partition(), record.offset(), record.timestamp(), value, reason)));
            }
            read.put(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }

        private boolean isDue(Intake intake) {
            return !read.isEmpty()
                    && (intake.rows() + unreadable.size() >= settings.maxBlockSize()
                            || intake.bytes() >= BLOCK_BYTES
                            || leftNanos() <= 0);
        }

        /// Until what was read is written.
        private long leftNanos() {
            long now = System.nanoTime();
            return Math.max(
                    settings.flushInterval().toNanos() - (now - firstReadNanos),
                    betweenBlocks.toNanos() - (now - lastWrittenNanos));
        }

        private Duration patience() {
            long left = read.isEmpty() ? LONGEST_WAIT.toNanos() : leftNanos();
            return Duration.ofNanos(Math.clamp(left, 0, LONGEST_WAIT.toNanos()));
        }

        private void forget(Intake intake) {
            intake.clear();
            unreadable.clear();
            read.clear();
        }

        /// To what is committed.
        private void goBack(KafkaConsumer<byte[], byte @Nullable []> consumer) {
            consumer.committed(consumer.assignment()).forEach((partition, committed) -> {
                if (committed == null) consumer.seekToBeginning(List.of(partition));
                else consumer.seek(partition, committed);
            });
        }

        private void awaitNextTry() {
            try {
                var unused = stopped.await(BEFORE_NEXT_TRY.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                stop();
            }
        }

        /// Whoever gets partitions begins where the last one has committed.
        private final class Forget implements ConsumerRebalanceListener {
            private final Intake intake;

            Forget(Intake intake) {
                this.intake = intake;
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                forget(intake);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        }

        /// Usage is fetched as soon as its transaction is committed. Of other topics few answers of many records each
        /// cost broker and reader less.
        private int worthAnAnswerBytes() {
            return OF_USAGE.contains(topic) ? 1 : WORTH_AN_ANSWER_BYTES;
        }

        private Map<String, Object> consumerSettings() {
            return Map.ofEntries(
                    Map.entry(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBrokers()),
                    Map.entry(ConsumerConfig.CLIENT_ID_CONFIG, thread.getName()),
                    Map.entry(ConsumerConfig.GROUP_ID_CONFIG, settings.groupPrefix() + topic.name()),
                    // All partitions are given up before any is given away, so that a block is of one assignment.
                    Map.entry(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, RangeAssignor.class.getName()),
                    Map.entry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Math.toIntExact(SESSION.toMillis())),
                    Map.entry(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(LONGEST_CALL.toMillis())),
                    Map.entry(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(LONGEST_CALL.toMillis())),
                    Map.entry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed"),
                    Map.entry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                    Map.entry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false),
                    Map.entry(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false),
                    Map.entry(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.maxBlockSize()),
                    Map.entry(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, BLOCK_BYTES),
                    Map.entry(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_BYTES),
                    Map.entry(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, worthAnAnswerBytes()),
                    Map.entry(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, Math.toIntExact(LONGEST_WAIT.toMillis())),
                    Map.entry(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName()),
                    Map.entry(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName()));
        }
    }
}
