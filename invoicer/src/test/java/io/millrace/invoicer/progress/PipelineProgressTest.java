package io.millrace.invoicer.progress;

import static io.millrace.topic.Topics.EVENTS_ENRICHED;
import static io.millrace.topic.Topics.EVENTS_RAW;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.clickhouse.QueueErrors.Missing;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.RawEvent;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.invoicer.usage.UsageQuery;
import io.millrace.rating.period.TimeSpan;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rules by which a period waits for its events. The test is the enricher: it writes what that writes,
/// and commits its offsets; ClickHouse reads by itself.
@ExtendWith(MillraceStack.class)
class PipelineProgressTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final TimeSpan MARCH =
            new TimeSpan(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));

    private static RunningInvoicer invoicer;

    private final EmbeddedStack stack;
    private final SchemaRegistry registry;
    private final UUID organization = UUID.randomUUID();
    private KafkaProducer<byte[], byte @Nullable []> producer;
    private Admin admin;
    private PipelineProgress progress;

    PipelineProgressTest(EmbeddedStack stack) {
        this.stack = stack;
        this.registry = HttpSchemaRegistry.of(stack.environment().get("SCHEMA_REGISTRY_URL"));
    }

    @BeforeAll
    static void startService(EmbeddedStack stack) {
        // Repeated events are found by the wait alone.
        invoicer = start(stack, "3600000");
    }

    @AfterAll
    static void stopService() {
        invoicer.close();
    }

    @BeforeEach
    void start() throws Exception {
        Map<String, Object> broker =
                Map.of("bootstrap.servers", stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"));
        var transactional = new HashMap<>(broker);
        transactional.put("transactional.id", "test-" + UUID.randomUUID());
        producer = new KafkaProducer<>(transactional, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        admin = Admin.create(broker);
        progress = invoicer.get(PipelineProgress.class);
        commitAll();
    }

    @AfterEach
    void stop() throws Exception {
        execute(
                "INSERT INTO queue_errors (topic, partition, offset, state, version)"
                        + " SELECT topic, partition, offset, 'redriven', 1000 FROM queue_errors FINAL WHERE state != 'redriven'");
        commitAll();
        admin.close();
        producer.close();
    }

    private static RunningInvoicer start(EmbeddedStack stack, String interval) {
        return RunningInvoicer.start(
                stack, Map.of("MILLRACE_WATERMARK_TIMEOUT_MS", "4000", "MILLRACE_PROGRESS_INTERVAL_MS", interval));
    }

    @Test
    void aPeriodWaitsForTheEnricherWhichIsNamed() throws Exception {
        var raw = send(EVENTS_RAW, 2, raw("t1", "2026-03-02T00:00:00Z"));
        assertThatThrownBy(progress::awaitCompleteness)
                .isInstanceOf(PipelineBehind.class)
                .hasMessage("consumer group millrace-enricher is at offset %d of %d in events_raw-2", raw, raw + 2);
        commit(2, raw + 1);
        assertThat(progress.awaitCompleteness().offsets().get("events_raw")).containsEntry("2", raw + 2);
    }

    @Test
    void theMarkersOfTransactionsAreNotWaitedFor() throws Exception {
        send(EVENTS_ENRICHED, 1, enriched("t1", "2026-03-02T00:00:00Z", 1));
        var watermark = progress.awaitCompleteness();
        var place = new TopicPartition(EVENTS_ENRICHED.name(), 1);
        var committed = admin.listConsumerGroupOffsets("millrace-clickhouse-events_enriched")
                .partitionsToOffsetAndMetadata()
                .get()
                .get(place);
        assertThat(committed.offset())
                .as("nobody commits past the last marker")
                .isLessThan(watermark.offsets().get(place.topic()).get("1"));
    }

    @Test
    void aRecordThatTheEnricherSentUnderItsRightKeyIsWaitedForThere() throws Exception {
        var wrong = send(EVENTS_RAW, 0, raw("t1", "2026-03-02T00:00:00Z"));
        var thread = new AtomicReference<Thread>();
        var waiting = CompletableFuture.supplyAsync(() -> {
            thread.set(Thread.currentThread());
            try {
                return progress.awaitCompleteness().toString();
            } catch (PipelineBehind e) {
                return String.valueOf(e.getMessage());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        // It has noted where the topic ends.
        await().atMost(PATIENCE).until(() -> thread.get() != null && waits(thread.get()));
        var right = send(EVENTS_RAW, 1, raw("t1", "2026-03-02T00:00:00Z"));
        commit(0, wrong + 1);
        assertThat(waiting.get())
                .isEqualTo("consumer group millrace-enricher is at offset %d of %d in events_raw-1", right, right + 2);
        commit(1, right + 1);
        progress.awaitCompleteness();
    }

    private static boolean waits(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(PipelineProgress.class.getName())
                        && frame.getMethodName().equals("await"));
    }

    @Test
    void aParkedEventDoesNotHoldAPeriodBackAndIsCounted() throws Exception {
        var raw = send(EVENTS_RAW, 2, raw("parked", "2026-03-02T00:00:00Z"));
        commit(2, raw + 1);
        progress.awaitCompleteness();
        assertThat(invoicer.get(UsageQuery.class)
                        .parked(organization, MARCH, List.of(new UsageQuery.Asked(UUID.randomUUID(), "s"))))
                .containsExactly(Map.entry("s", 1L));
    }

    @ParameterizedTest
    @CsvSource({
        "events_enriched, pending",
        "events_enriched, rejected",
        "events_enriched_expanded, pending",
        "events_enriched_expanded, rejected",
        "events_dead_letter, pending",
        "events_dead_letter, rejected",
    })
    void aRecordThatIsNotInItsTableHoldsThePeriodBack(String topic, String state) throws Exception {
        var place = tombstone(topic);
        progress.awaitCompleteness();
        fail(topic, place, state);
        assertThatThrownBy(progress::awaitCompleteness)
                .isInstanceOf(PipelineBehind.class)
                .hasMessageContaining("1 records of %s-0, from offset %d", topic, place);
    }

    @Test
    void aRecordOfNoEventDoesNotHoldThePeriodBackForEver() throws Exception {
        fail(EVENTS_RAW.name(), tombstone(EVENTS_RAW.name()), "rejected");
        commitAll();
        progress.awaitCompleteness();
        var place = new TopicPartition(EVENTS_RAW.name(), 0);
        assertThat(PipelineProgress.holdsBack(new Missing(place, true, 1, 0))).isFalse();
        assertThat(PipelineProgress.holdsBack(new Missing(place, false, 1, 0))).isTrue();
    }

    @Test
    void noPeriodClosesWhileTablesAreMadeAnew() throws Exception {
        execute("CREATE DATABASE IF NOT EXISTS millrace_rebuild_test");
        try {
            assertThatThrownBy(progress::awaitCompleteness)
                    .isInstanceOf(PipelineBehind.class)
                    .hasMessageContaining("being rebuilt");
        } finally {
            execute("DROP DATABASE millrace_rebuild_test");
        }
        progress.awaitCompleteness();
    }

    @Test
    void whatFailedBehindTheWatermarkIsAnothersBusiness() throws Exception {
        fail(EVENTS_ENRICHED.name(), tombstone(EVENTS_ENRICHED.name()) + 100, "pending");
        progress.awaitCompleteness();
    }

    @Test
    void repeatedEventsAreFoundBeforeAPeriodCloses() throws Exception {
        send(EVENTS_ENRICHED, 3, enriched("t1", "2026-03-02T00:00:00Z", 1));
        send(EVENTS_ENRICHED, 3, enriched("t1", "2026-03-09T00:00:00Z", 2));
        progress.awaitCompleteness();
        assertThat(duplicates()).containsExactly("t1 2026-03-09");
    }

    @Test
    void aRepeatedEventIsFoundAlsoWhereItsRecordGetsIntoItsTableLate() throws Exception {
        send(EVENTS_ENRICHED, 3, enriched("t1", "2026-03-02T00:00:00Z", 1));
        progress.awaitCompleteness();
        // As if it could not be decoded at first.
        var place = send(EVENTS_ENRICHED, 3, enriched("t1", "2026-03-09T00:00:00Z", 2));
        await().atMost(PATIENCE).until(() -> clickHouseHas("t1", 2));
        fail(EVENTS_ENRICHED.name(), 3, place, "pending");
        progress.coverRepetitions();
        assertThat(progress.covered().get(3)).isLessThanOrEqualTo(place);
        assertThat(duplicates()).isEmpty();
        execute("INSERT INTO queue_errors (topic, partition, offset, state, version) VALUES ('events_enriched', 3, "
                + place + ", 'redriven', 999)");
        progress.coverRepetitions();
        assertThat(duplicates()).containsExactly("t1 2026-03-09");
    }

    @Test
    void whoeverHasAKeySeesHowFarEventsHaveComeAndNothingOfThem() throws Exception {
        var raw = send(EVENTS_RAW, 2, raw("secret", "2026-03-02T00:00:00Z"));
        fail("events_dead_letter", tombstone("events_dead_letter"), "rejected");
        assertThat(invoicer.withoutKey().get("/pipeline_progress").status()).isEqualTo(401);
        var answer = invoicer.api().get("/pipeline_progress");
        assertThat(answer.status()).isEqualTo(200);
        var enricher = "pipeline_progress.stages.0";
        assertThat(answer.text(enricher + ".stage")).isEqualTo("enricher");
        assertThat(answer.text(enricher + ".topic")).isEqualTo("events_raw");
        assertThat(answer.text(enricher + ".partitions.2"))
                .isEqualTo("{partition=2, committed_offset=%d, end_offset=%d, lag=%d}"
                        .formatted(committed(2), raw + 2, raw + 2 - committed(2)));
        assertThat(answer.text("pipeline_progress.missing_records.0"))
                .contains("topic=events_dead_letter", "state=rejected", "count=1");
        assertThat(answer.text("pipeline_progress.exclusion_pass.partitions.3"))
                .contains("partition=3", "covered_offset=", "end_offset=");
        assertThat(answer.body()).doesNotContain(organization.toString(), "secret");
    }

    @Test
    void aConsumerThatStandsStillIsNamed() throws Exception {
        try (var watching = start(stack, "100")) {
            var raw = send(EVENTS_RAW, 2, raw("t1", "2026-03-02T00:00:00Z"));
            commit(2, raw);
            await().atMost(PATIENCE).until(() -> !stuckEnrichers(watching).isEmpty());
            assertThat(stuckEnrichers(watching).getFirst())
                    .startsWith(
                            "{stage=enricher, consumer_group=millrace-enricher, topic=events_raw, partition=2, committed_offset=%d, end_offset=%d, since="
                                    .formatted(raw, raw + 2));
            var meters = watching.get(MeterRegistry.class);
            assertThat(meters.get("millrace.pipeline.stuck")
                            .tags("stage", "enricher", "partition", "2")
                            .gauge()
                            .value())
                    .isOne();
            assertThat(meters.get("millrace.pipeline.lag")
                            .tags("stage", "enricher", "partition", "2")
                            .gauge()
                            .value())
                    .isEqualTo(2);
            assertThat(meters.get("millrace.pipeline.exclusion.pass.age")
                            .gauge()
                            .value())
                    .isLessThan(60);
            commit(2, raw + 1);
            await().atMost(PATIENCE).until(() -> stuckEnrichers(watching).isEmpty());
        }
    }

    private static List<String> stuckEnrichers(RunningInvoicer watching) {
        var answer = watching.api().get("/pipeline_progress");
        return ((List<?>) answer.at("pipeline_progress.stuck_consumers"))
                .stream()
                        .map(String::valueOf)
                        .filter(stuck -> stuck.contains("stage=enricher"))
                        .toList();
    }

    private RawEvent raw(String transaction, String at) {
        return RawEvent.newBuilder()
                .setOrganizationId(organization.toString())
                .setExternalSubscriptionId("s")
                .setTransactionId(transaction)
                .setCode("calls")
                .setTimestamp(Instant.parse(at))
                .setProperties(Map.of())
                .build();
    }

    private EnrichedEvent enriched(String transaction, String at, long rawOffset) {
        return EnrichedEvent.newBuilder()
                .setOrganizationId(organization.toString())
                .setExternalSubscriptionId("s")
                .setTransactionId(transaction)
                .setCode("calls")
                .setTimestamp(Instant.parse(at))
                .setSubscriptionId("sub")
                .setPlanId("plan")
                .setAggregationType("count_agg")
                .setValue("1")
                .setRawPartition(3)
                .setRawOffset(rawOffset)
                .setIngestedAt(Instant.EPOCH)
                .build();
    }

    /// In a transaction of its own, as the enricher does; the marker lies behind it.
    ///
    /// @return the record's offset
    private <T extends SpecificRecord> long send(Topic topic, int partition, T value)
            throws ExecutionException, InterruptedException {
        try (var serializer = new AvroSerializer<T>(registry, topic)) {
            return send(topic.name(), partition, serializer.serialize(topic.name(), value));
        }
    }

    private long send(String topic, int partition, byte @Nullable [] value)
            throws ExecutionException, InterruptedException {
        var key = Keys.subscription(organization.toString(), "s").getBytes(UTF_8);
        producer.beginTransaction();
        var sent = producer.send(new ProducerRecord<>(topic, partition, key, value));
        producer.commitTransaction();
        return sent.get().offset();
    }

    /// A record that makes no row; in partition 0.
    private long tombstone(String topic) throws ExecutionException, InterruptedException {
        return send(topic, 0, (byte[]) null);
    }

    /// As if ClickHouse could not decode the record; in partition 0.
    private void fail(String topic, long offset, String state) throws SQLException {
        fail(topic, 0, offset, state);
    }

    private void fail(String topic, int partition, long offset, String state) throws SQLException {
        execute("INSERT INTO queue_errors (topic, partition, offset, state, version) VALUES ('%s', %d, %d, '%s', 1)"
                .formatted(topic, partition, offset, state));
    }

    private boolean clickHouseHas(String transaction, int rows) throws SQLException {
        return rows("SELECT toString(count()) FROM events_enriched FINAL WHERE organization_id = '%s' AND transaction_id = '%s'"
                        .formatted(organization, transaction))
                .equals(List.of(Integer.toString(rows)));
    }

    private List<String> duplicates() throws SQLException {
        return rows("SELECT concat(transaction_id, ' ', toString(toDate(timestamp)))"
                + " FROM duplicate_events(organization = '%s', subscriptions = ['s'])".formatted(organization));
    }

    private List<String> rows(String sql) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            var rows = new ArrayList<String>();
            while (row.next()) rows.add(row.getString(1));
            return rows;
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long end(int partition) throws ExecutionException, InterruptedException {
        var place = new TopicPartition(EVENTS_RAW.name(), partition);
        return admin.listOffsets(Map.of(place, OffsetSpec.latest()))
                .partitionResult(place)
                .get()
                .offset();
    }

    private long committed(int partition) throws ExecutionException, InterruptedException {
        return admin.listConsumerGroupOffsets("millrace-enricher")
                .partitionsToOffsetAndMetadata()
                .get()
                .get(new TopicPartition(EVENTS_RAW.name(), partition))
                .offset();
    }

    private void commitAll() throws ExecutionException, InterruptedException {
        for (int partition = 0; partition < 4; partition++) commit(partition, end(partition));
    }

    private void commit(int partition, long offset) throws ExecutionException, InterruptedException {
        var place = new TopicPartition(EVENTS_RAW.name(), partition);
        admin.alterConsumerGroupOffsets("millrace-enricher", Map.of(place, new OffsetAndMetadata(offset)))
                .all()
                .get();
    }
}
