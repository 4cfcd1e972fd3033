package io.millrace.clickhouse;

import static io.millrace.clickhouse.Producers.rawEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.audit.ActivityLog;
import io.millrace.audit.ApiLog;
import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedClickHouse;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.ChargedInAdvance;
import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topics;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From topics to tables through the real broker, registry and engine.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY, Engine.CLICKHOUSE})
class ClickHousePipelineTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /// The most that one event can measure.
    private static final BigDecimal LARGEST = new BigDecimal("99999999999999999999.999999999999999999");

    private static final List<String> CONSUMED = List.of("events_raw", "events_enriched_expanded");

    private final EmbeddedStack stack;
    private final String organization = "org-" + UUID.randomUUID();
    private final Producers producers;
    private TestDatabase database;
    private @Nullable Sink sink;

    ClickHousePipelineTest(EmbeddedStack stack) {
        this.stack = stack;
        producers = new Producers(stack);
    }

    @BeforeEach
    void createDatabase() throws Exception {
        database = TestDatabase.create(stack.clickHouse().jdbcUrl(), "pipeline_test");
        beginAtTheEnd();
    }

    @AfterEach
    void dropDatabase() throws SQLException {
        if (sink != null) sink.close();
        stack.registry().restart();
        producers.close();
        database.close();
    }

    @Test
    void everyEventTopicFillsItsTableDigitForDigit() throws Exception {
        migrate(settings());
        var at = Instant.parse("2026-02-03T04:05:06.789012Z");
        var ingested = Instant.parse("2026-02-03T04:05:07.123Z");
        var largest = LARGEST.negate().toPlainString();
        producers.send(rawEvent(organization, "t1"));
        producers.send(
                Topics.EVENTS_ENRICHED,
                "k",
                producers.bytes(
                        Topics.EVENTS_ENRICHED,
                        EnrichedEvent.newBuilder()
                                .setOrganizationId(organization)
                                .setExternalSubscriptionId("s")
                                .setTransactionId("t1")
                                .setCode("users")
                                .setTimestamp(at)
                                .setSubscriptionId("sub")
                                .setPlanId("plan")
                                .setAggregationType("unique_count_agg")
                                .setValue("user 1")
                                .setOperation("add")
                                .setRawPartition(3)
                                .setRawOffset(7)
                                .setIngestedAt(ingested)
                                .build()));
        // the first of two events with one id, and a third that a later enrichment has retracted
        for (var row : List.of(
                List.of("t1", "8", "1", "5"),
                List.of("t1", "7", "1", largest),
                List.of("t2", "9", "1", "0.1"),
                List.of("t2", "9", "2", "0.1"))) {
            producers.send(
                    Topics.EVENTS_ENRICHED_EXPANDED,
                    "k",
                    producers.bytes(
                            Topics.EVENTS_ENRICHED_EXPANDED,
                            ExpandedEvent.newBuilder()
                                    .setOrganizationId(organization)
                                    .setExternalSubscriptionId("s")
                                    .setTransactionId(row.get(0))
                                    .setCode("gb")
                                    .setTimestamp(at)
                                    .setSubscriptionId("sub")
                                    .setPlanId("plan")
                                    .setChargeId("charge")
                                    .setPlanRevision(2)
                                    .setGroupedBy(Map.of("region", "eu", "cloud", ""))
                                    .setAggregationType("sum_agg")
                                    .setValue(row.get(3))
                                    .setPreciseTotalAmountCents("12.5")
                                    .setRawPartition(3)
                                    .setRawOffset(Long.parseLong(row.get(1)))
                                    .setIngestedAt(ingested)
                                    .setEnrichmentVersion(Long.parseLong(row.get(2)))
                                    .setIsDeleted(row.get(2).equals("2"))
                                    .build()));
        }
        producers.send(
                Topics.EVENTS_CHARGED_IN_ADVANCE,
                "k",
                producers.bytes(
                        Topics.EVENTS_CHARGED_IN_ADVANCE,
                        ChargedInAdvance.newBuilder()
                                .setOrganizationId(organization)
                                .setExternalSubscriptionId("s")
                                .setTransactionId("t1")
                                .setCode("gb")
                                .setTimestamp(at)
                                .setSubscriptionId("sub")
                                .setPlanId("plan")
                                .setChargeId("charge")
                                .setChargeFilterId("filter")
                                .setPlanRevision(2)
                                .setPeriodFrom(Instant.parse("2026-02-01T00:00:00Z"))
                                .setPeriodTo(Instant.parse("2026-03-01T00:00:00Z"))
                                .setUnits("0.000000000000000001")
                                .setAmountCurrency("EUR")
                                .setAmountCents(12)
                                .setPreciseAmountCents("12.000000000000000000000000000000000001")
                                .setTotalUnits("123456789012345678901234567890.5")
                                .setTotalAmountCents(34)
                                .setRawPartition(3)
                                .setRawOffset(7)
                                .setIngestedAt(ingested)
                                .build()));
        producers.send(
                Topics.EVENTS_DEAD_LETTER,
                "k",
                producers.bytes(
                        Topics.EVENTS_DEAD_LETTER,
                        DeadLetter.newBuilder()
                                .setOrganizationId(organization)
                                .setStage("enricher")
                                .setReason("invalid_value")
                                .setMessage("It's wrong")
                                .setOriginTopic("events_raw")
                                .setRawPartition(1)
                                .setRawOffset(2)
                                .setIngestedAt(ingested)
                                .setOriginValue(ByteBuffer.wrap(new byte[] {0, -1, 2}))
                                .setOriginValueSize(3)
                                .build()));
        var sent = producers.acknowledged();
        var raw = sent.getFirst();

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(
                            ofOrganization(
                                    "events_raw",
                                    "transaction_id, timestamp, properties['tokens'],"
                                            + " precise_total_amount_cents, raw_partition, raw_offset, toUnixTimestamp64Milli(ingested_at)"))
                    .containsExactly("t1 | 2026-02-03 04:05:06.789012 | 12 | null | %d | %d | %d"
                            .formatted(raw.partition(), raw.offset(), raw.timestamp()));
            assertThat(ofOrganization("events_enriched", "value, decimal_value, operation, raw_offset, ingested_at"))
                    .containsExactly("user 1 | null | add | 7 | 2026-02-03 04:05:07.123");
            assertThat(ofOrganization(
                            "events_enriched_expanded",
                            "transaction_id, charge_filter_id, grouped_by['region'], toString(decimal_value),"
                                    + " toString(precise_total_amount_cents), pay_in_advance, raw_offset"))
                    .containsExactly("t1 |  | eu | " + largest + " | 12.5 | false | 7");
            assertThat(ofOrganization(
                            "events_charged_in_advance",
                            "charge_filter_id, period_to, toString(units), amount_cents, toString(precise_amount_cents),"
                                    + " toString(total_units)"))
                    .containsExactly("filter | 2026-03-01 00:00:00 | 0.000000000000000001 | 12"
                            + " | 12.000000000000000000000000000000000001 | 123456789012345678901234567890.5");
            assertThat(ofOrganization(
                            "events_dead_letter", "external_subscription_id, timestamp, message, hex(origin_value)"))
                    .containsExactly(" | null | It's wrong | 00FF02");
        });
        for (var place : sent) {
            assertThat(database.count("SELECT count() FROM queue_errors FINAL WHERE " + at(place)))
                    .isZero();
        }
    }

    @Test
    void whatIsLoggedOfTheControlPlaneIsThereOnce() throws Exception {
        migrate(settings());
        var at = Instant.parse("2026-02-03T04:05:06.789012Z");
        var activity = producers.bytes(
                Topics.ACTIVITY_LOGS,
                ActivityLog.newBuilder()
                        .setOrganizationId(organization)
                        .setActivityId("activity")
                        .setActivityType("plan.updated")
                        .setActivitySource("api")
                        .setActivityObject(Map.of("code", "pro", "charges", "[]"))
                        .setActivityObjectChanges(Map.of("amount_cents", "[100,200]"))
                        .setApiKeyId("key")
                        .setResourceId("plan")
                        .setResourceType("plan")
                        .setExternalCustomerId("customer")
                        .setLoggedAt(at)
                        .build());
        var request = producers.bytes(
                Topics.API_LOGS,
                ApiLog.newBuilder()
                        .setOrganizationId(organization)
                        .setRequestId("request")
                        .setApiKeyId("key")
                        .setClient("LagoClient Python v1")
                        .setHttpMethod("put")
                        .setRequestPath("/api/v1/plans/pro")
                        .setRequestOrigin("api.example.com")
                        .setRequestBody(Map.of("plan", "{\"amount_cents\":200}"))
                        .setRequestResponse(Map.of("status", "422", "code", "validation_errors"))
                        .setHttpStatus(422)
                        .setLoggedAt(at)
                        .build());
        // its writer may have to write an entry again
        for (var time = 0; time < 2; time++) {
            producers.send(Topics.ACTIVITY_LOGS, organization, activity);
            producers.send(Topics.API_LOGS, organization, request);
        }
        producers.acknowledged();
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(
                            ofOrganization(
                                    "activity_logs",
                                    "activity_id, activity_type, activity_source, activity_object['code'],"
                                            + " activity_object_changes['amount_cents'], user_id, api_key_id, resource_type,"
                                            + " external_customer_id, external_subscription_id, logged_at, created_at > now() - 600"))
                    .containsExactly("activity | plan.updated | api | pro | [100,200] | null | key | plan"
                            + " | customer | null | 2026-02-03 04:05:06.789012 | 1");
            assertThat(ofOrganization(
                            "api_logs",
                            "request_id, api_key_id, api_version, client, http_method, request_path, request_origin,"
                                    + " request_body['plan'], request_response['code'], http_status, logged_at"))
                    .containsExactly("request | key | v1 | LagoClient Python v1 | put | /api/v1/plans/pro"
                            + " | api.example.com | {\"amount_cents\":200} | validation_errors | 422"
                            + " | 2026-02-03 04:05:06.789012");
        });
        assertThat(database.count("SELECT count() FROM queue_errors WHERE topic LIKE '%logs'"))
                .isZero();
    }

    @Test
    void aBackfillOfManyYearsDoesNotStopConsumption() throws Exception {
        migrate(settings());
        for (var month = 0; month < 300; month++) {
            producers.send(
                    Topics.EVENTS_ENRICHED_EXPANDED,
                    "k",
                    producers.bytes(
                            Topics.EVENTS_ENRICHED_EXPANDED,
                            expanded(
                                    "t" + month,
                                    Instant.parse("2000-01-15T00:00:00Z").plus(Duration.ofDays(30L * month)))));
        }
        // what no calendar has
        producers.send(
                Topics.EVENTS_ENRICHED_EXPANDED,
                "k",
                producers.bytes(
                        Topics.EVENTS_ENRICHED_EXPANDED, expanded("early", Instant.parse("-5000-01-01T00:00:00Z"))));
        producers.acknowledged();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ofOrganization("events_enriched_expanded", "count()"))
                        .containsExactly("301"));
    }

    private ExpandedEvent expanded(String transaction, Instant at) {
        return ExpandedEvent.newBuilder()
                .setOrganizationId(organization)
                .setExternalSubscriptionId("s")
                .setTransactionId(transaction)
                .setCode("gb")
                .setTimestamp(at)
                .setSubscriptionId("sub")
                .setPlanId("plan")
                .setChargeId("charge")
                .setPlanRevision(1)
                .setAggregationType("count_agg")
                .setValue("1")
                .setRawPartition(0)
                .setRawOffset(0)
                .setIngestedAt(Instant.EPOCH)
                .build();
    }

    @Test
    void aPoisonRecordIsSetAsideAndUsageBehindItStillCounts() throws Exception {
        migrate(settings());
        producers.send(rawEvent(organization, "before"));
        var event = producers.bytes(Topics.EVENTS_RAW, rawEvent(organization, "cut"));
        var poison = List.of(
                "not avro at all".getBytes(StandardCharsets.UTF_8),
                new byte[] {0},
                Arrays.copyOf(event, event.length - 3),
                Arrays.copyOf(event, event.length + 3));
        for (var bytes : poison) {
            producers.send(Topics.EVENTS_RAW, "k", bytes);
        }
        producers.send(Topics.EVENTS_RAW, "k", null);
        // a record of another topic, which can be decoded but tells no organization
        producers.send(Topics.EVENTS_RAW, "k", producers.bytes(Topics.EVENTS_DEAD_LETTER, deadLetter()));
        producers.send(rawEvent(organization, "after"));
        var all = producers.acknowledged();
        var places = all.subList(1, 5);
        var empty = all.get(5);
        var foreign = all.get(6);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ofOrganization("events_raw", "transaction_id"))
                        .containsExactlyInAnyOrder("before", "after"));
        for (var i = 0; i < poison.size(); i++) {
            assertThat(database.rows("SELECT hex(value), state FROM queue_errors FINAL WHERE " + at(places.get(i))))
                    .containsExactly(HexFormat.of().withUpperCase().formatHex(poison.get(i)) + " | pending");
        }

        var redrive = new ErrorRedrive(database.dataSource(), registry(), Duration.ofDays(1));
        for (var attempt = 1; attempt <= ErrorRedrive.ATTEMPTS; attempt++) {
            assertThat(pending(all)).isEqualTo(poison.size() + 1);
            redrive.pass();
        }
        assertThat(pending(all)).isZero();
        assertThat(missing(all, true)).isEqualTo(poison.size() + 1);
        assertThat(database.rows("SELECT state FROM queue_errors FINAL WHERE " + at(empty)))
                .as("one without a value says nothing")
                .isEmpty();
        assertThat(database.one("SELECT last_error FROM queue_errors FINAL WHERE " + at(foreign)))
                .contains("or that is none of the topic");
        for (var i = 0; i < poison.size(); i++) {
            assertThat(database.rows("SELECT hex(value), attempts, last_error != '' FROM queue_errors FINAL WHERE "
                            + at(places.get(i))))
                    .containsExactly(HexFormat.of().withUpperCase().formatHex(poison.get(i)) + " | 3 | 1");
        }
        assertThat(redrive.pass()).isZero();
        assertThat(ofOrganization("events_raw", "count()")).containsExactly("2");
    }

    /// Whoever has never asked the registry for a schema waits until it answers.
    @Test
    void aRegistryOutageLosesNoUsageAndDoublesNone() throws Exception {
        producers.send(rawEvent(organization, "first")); // registers the schema
        stack.registry().stop();
        for (var i = 0; i < 2500; i++) {
            producers.send(rawEvent(organization, "t" + i));
        }
        var sent = producers.acknowledged();
        migrate(settings());
        await().during(Duration.ofSeconds(1)).atMost(PATIENCE).untilAsserted(() -> {
            assertThat(ofOrganization("events_raw", "count()")).containsExactly("0");
            assertThat(database.count("SELECT count() FROM queue_errors")).isZero();
        });
        stack.registry().restart();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ofOrganization("events_raw", "count()"))
                        .containsExactly(Integer.toString(sent.size())));
        // before any merge, and after
        assertThat(database.count("SELECT count() FROM events_raw WHERE organization_id = '" + organization + "'"))
                .isEqualTo(sent.size());
        assertThat(ofOrganization(
                        "events_raw", "count(), uniqExact(transaction_id), uniqExact(raw_partition, raw_offset)"))
                .containsExactly("%1$d | %1$d | %1$d".formatted(sent.size()));
        for (var place : List.of(sent.getFirst(), sent.get(1234), sent.getLast())) {
            var transaction = "t" + (sent.indexOf(place) - 1);
            assertThat(database.rows("SELECT transaction_id, toUnixTimestamp64Milli(ingested_at) FROM events_raw FINAL"
                            + " WHERE raw_partition = " + place.partition() + " AND raw_offset = " + place.offset()))
                    .as("each row has the place and time of its own record")
                    .containsExactly((transaction.equals("t-1") ? "first" : transaction) + " | " + place.timestamp());
        }
        assertThat(database.count("SELECT count() FROM queue_errors")).isZero();
    }

    /// A schema that the registry gets to know after the record came, as one that is restored.
    @Test
    void aRecordWhoseSchemaIsKnownLaterIsRedriven() throws Exception {
        var known = producers.bytes(Topics.EVENTS_RAW, rawEvent(organization, "late"));
        var unknown = known.clone();
        Arrays.fill(unknown, 1, 5, (byte) 0x70);
        migrate(settings());
        producers.send(Topics.EVENTS_RAW, "k", unknown);
        producers.send(rawEvent(organization, "known"));
        var place = producers.acknowledged().getFirst();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ofOrganization("events_raw", "transaction_id"))
                        .containsExactly("known"));
        assertThat(database.one("SELECT error FROM queue_errors FINAL WHERE " + at(place)))
                .contains("schema " + 0x70707070 + " is not known");
        var registry = new OneMore(registry(), 0x70707070, Topics.EVENTS_RAW.value());
        assertThat(new ErrorRedrive(database.dataSource(), registry, Duration.ofDays(1)).pass())
                .isOne();
        assertThat(ofOrganization("events_raw", "transaction_id")).containsExactlyInAnyOrder("known", "late");
        assertThat(database.rows("SELECT state, length(value) FROM queue_errors FINAL WHERE " + at(place)))
                .containsExactly("redriven | 0");
    }

    /// Whatever it looks like: only one spelling of a UUID is kept as 16 bytes.
    @Test
    void aTransactionIdIsKeptAsItWasWritten() throws Exception {
        migrate(settings());
        var uuid = "61f0c404-5cb3-11e7-907b-a6006ad3dba0";
        var ids = List.of(
                uuid,
                uuid.toUpperCase(Locale.ROOT),
                uuid.replace("-", ""),
                "{" + uuid + "}",
                " " + uuid,
                uuid + "0",
                "00000000-0000-0000-0000-000000000000",
                "",
                "evt_1",
                "61f0c404-5cb3-11e7-907b-a6006ad3dbaZ");
        for (var id : ids) {
            database.execute("INSERT INTO events_raw_intake (organization_id, transaction_id) VALUES ('%s', '%s')"
                    .formatted(organization, id));
        }
        assertThat(ofOrganization("events_raw", "transaction_id")).containsExactlyInAnyOrderElementsOf(ids);
        for (var id : ids) {
            assertThat(database.count("SELECT count() FROM events_raw WHERE transaction_id = '" + id + "'"))
                    .as("'%s'", id)
                    .isEqualTo(1);
        }
        assertThat(ofOrganization("events_raw", "countIf(transaction_text = '')"))
                .as("the UUID, and what is empty itself")
                .containsExactly("2");
    }

    @Test
    void aRedriveThatIsDoneTwiceCountsOnce() throws Exception {
        migrate(settings());
        producers.send(rawEvent(organization, "t"));
        var place = producers.acknowledged().getFirst();
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(ofOrganization("events_raw", "count()")).containsExactly("1"));
        // as if the queue had written the record and died, and met an outage when it got the record again
        database.execute(
                "INSERT INTO queue_errors (topic, partition, offset, ingested_at, value) VALUES ('events_raw', "
                        + place.partition() + ", " + place.offset() + ", fromUnixTimestamp64Milli(" + place.timestamp()
                        + "), unhex('"
                        + HexFormat.of().formatHex(producers.bytes(Topics.EVENTS_RAW, rawEvent(organization, "t")))
                        + "'))");
        assertThat(new ErrorRedrive(database.dataSource(), registry(), Duration.ofDays(1)).pass())
                .isOne();
        assertThat(ofOrganization("events_raw", "count()")).containsExactly("1");
    }

    @Test
    void aSecondSinkSharesTheWorkAndTakesItOver() throws Exception {
        migrate(settings());
        var sender = sendSteadily(20_000);
        await().atMost(PATIENCE).until(() -> counted(database, "events_raw") > 1_000);
        try (var second = Sink.start(database.dataSource(), registry(), settings())) {
            await().atMost(PATIENCE).until(() -> counted(database, "events_raw") > 8_000);
            sink.close();
            sender.join();
            producers.acknowledged();
            await().atMost(PATIENCE).untilAsserted(() -> {
                for (var table : CONSUMED) assertThat(counted(database, table)).isEqualTo(20_000);
            });
        }
    }

    @Test
    void anEngineThatIsKilledWhileItConsumesCountsEveryEventOnce(@TempDir Path directory) throws Exception {
        countedOnce(60_000, 2, directory);
    }

    @Test
    @Tag("soak")
    void anEngineThatIsKilledAgainAndAgainCountsEveryEventOnce(@TempDir Path directory) throws Exception {
        countedOnce(1_000_000, 12, directory);
    }

    /// Kills the engine whenever it has got so far that the kills are spread over all events. What is
    /// written again after a kill is kept from being merged, so that every question meets it, also while
    /// events come.
    private void countedOnce(int total, int kills, Path directory) throws Exception {
        try (var engine = ChildProcess.of(EmbeddedClickHouse.class)
                .arguments(directory.toString(), Integer.toString(freePort()))
                .start()) {
            var sender = sendSteadily(total);
            try (var child = TestDatabase.open(engine.awaitReady())) {
                new ClickHouseMigrator(child.dataSource(), settings()).migrate();
                sink = Sink.start(child.dataSource(), registry(), settings());
            }
            for (var kill = 1; kill <= kills; kill++) {
                var target = (long) total * kill / (kills + 2);
                try (var child = TestDatabase.open(engine.awaitReady())) {
                    for (var table : CONSUMED) child.execute("SYSTEM STOP MERGES " + table);
                    await().atMost(PATIENCE)
                            .until(() -> counted(child, "events_raw") >= target
                                    && counted(child, "events_enriched_expanded") >= target);
                }
                engine.kill();
                engine.restart();
            }
            sender.join();
            producers.acknowledged();
            try (var child = TestDatabase.open(engine.awaitReady())) {
                for (var table : CONSUMED) child.execute("SYSTEM STOP MERGES " + table);
                await().atMost(PATIENCE).untilAsserted(() -> {
                    for (var table : CONSUMED) assertThat(counted(child, table)).isEqualTo(total);
                });
                assertThat(child.rows(
                                "SELECT toString(sum(toDecimal256(decimal_value, 18))) FROM events_enriched_expanded FINAL WHERE "
                                        + own()))
                        .containsExactly(LARGEST.multiply(BigDecimal.valueOf(total))
                                .stripTrailingZeros()
                                .toPlainString());
            }
        }
    }

    /// At which the engine is again after each kill: the sink knows it by its address.
    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /// As bills count: at any moment each event once, however often its row is there.
    private long counted(TestDatabase child, String table) throws SQLException {
        var counted = child.rows("SELECT count(), uniqExact(transaction_id) FROM " + table + " FINAL WHERE " + own())
                .getFirst()
                .split(" \\| ");
        assertThat(counted[0]).as("no event counts twice in %s", table).isEqualTo(counted[1]);
        return Long.parseLong(counted[0]);
    }

    /// Some 10,000 events per second, from a thread of their own.
    private Thread sendSteadily(int total) {
        return Thread.ofPlatform().start(() -> {
            for (var i = 0; i < total; i++) {
                producers.send(rawEvent(organization, "t" + i));
                var expanded = ExpandedEvent.newBuilder(expanded("t" + i, Instant.parse("2026-02-03T04:05:06Z")))
                        .setValue(LARGEST.toPlainString())
                        .build();
                producers.send(
                        Topics.EVENTS_ENRICHED_EXPANDED,
                        "k" + i % 50,
                        producers.bytes(Topics.EVENTS_ENRICHED_EXPANDED, expanded));
                if (i % 1000 == 0) {
                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                }
            }
        });
    }

    private String own() {
        return "organization_id = '" + organization + "'";
    }

    /// Leaves out the raw events of other tests.
    private void beginAtTheEnd() throws Exception {
        try (var admin = Admin.create(
                Map.<String, Object>of("bootstrap.servers", stack.kafka().bootstrapServers()))) {
            var latest = new HashMap<TopicPartition, OffsetSpec>();
            for (var partition = 0; partition < EmbeddedStack.EVENT_PARTITIONS; partition++) {
                latest.put(new TopicPartition("events_raw", partition), OffsetSpec.latest());
            }
            var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
            admin.listOffsets(latest)
                    .all()
                    .get()
                    .forEach((partition, end) -> offsets.put(partition, new OffsetAndMetadata(end.offset())));
            admin.alterConsumerGroupOffsets(settings().groupPrefix() + "events_raw", offsets)
                    .all()
                    .get();
        }
    }

    private void migrate(ClickHouseSettings settings) throws SQLException, InterruptedException {
        new ClickHouseMigrator(database.dataSource(), settings).migrate();
        sink = Sink.start(database.dataSource(), registry(), settings);
    }

    /// Read by a group of this test's own.
    private ClickHouseSettings settings() {
        return ClickHouseSettings.of(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS",
                stack.kafka().bootstrapServers(),
                "MILLRACE_CLICKHOUSE_GROUP_PREFIX",
                "pipeline-" + organization + "-"));
    }

    private HttpSchemaRegistry registry() {
        return HttpSchemaRegistry.of(stack.registry().url());
    }

    private List<String> ofOrganization(String table, String columns) throws SQLException {
        return database.rows("SELECT " + columns + " FROM " + table + " FINAL WHERE organization_id = '" + organization
                + "'" + " SETTINGS do_not_merge_across_partitions_select_final = 1");
    }

    private static String at(RecordMetadata place) {
        return "topic = '%s' AND partition = %d AND offset = %d"
                .formatted(place.topic(), place.partition(), place.offset());
    }

    private long pending(List<RecordMetadata> places) throws SQLException {
        return missing(places, false);
    }

    private long missing(List<RecordMetadata> places, boolean isRejected) throws SQLException {
        var ends = new HashMap<TopicPartition, Long>();
        places.forEach(place ->
                ends.merge(new TopicPartition(place.topic(), place.partition()), place.offset() + 1, Math::max));
        return new QueueErrors(database.dataSource())
                .missing(ends).stream()
                        .filter(missing -> missing.isRejected() == isRejected)
                        .mapToLong(QueueErrors.Missing::count)
                        .sum();
    }

    private DeadLetter deadLetter() {
        return DeadLetter.newBuilder()
                .setStage("enricher")
                .setReason("r")
                .setMessage("m")
                .setOriginTopic("events_raw")
                .setRawPartition(1)
                .setRawOffset(2)
                .setIngestedAt(Instant.EPOCH)
                .setOriginValue(ByteBuffer.wrap(new byte[0]))
                .setOriginValueSize(0)
                .build();
    }

    /// A registry that knows one schema more than another.
    private record OneMore(SchemaRegistry others, int id, Schema schema) implements SchemaRegistry {
        @Override
        public int register(String subject, Schema another) {
            return others.register(subject, another);
        }

        @Override
        public Schema byId(int wanted) {
            return wanted == id ? schema : others.byId(wanted);
        }

        @Override
        public Optional<Registered> latest(String subject) {
            return others.latest(subject);
        }

        @Override
        public boolean isCompatible(String subject, Schema another) {
            return others.isCompatible(subject, another);
        }
    }
}
