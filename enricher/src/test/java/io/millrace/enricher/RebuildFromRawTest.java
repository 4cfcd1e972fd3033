package io.millrace.enricher;

import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.span;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.clickhouse.jdbc.DataSourceImpl;
import io.millrace.clickhouse.ClickHouseMigrator;
import io.millrace.clickhouse.ClickHouseSettings;
import io.millrace.clickhouse.Rebuild;
import io.millrace.clickhouse.Sink;
import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedSettings;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.event.RawEvent;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tables of enriched events that are lost, and whose topics have lost their beginning, are made anew from raw
/// events while more come: what is billed in the end is what the events and the agreements say, each event once.
class RebuildFromRawTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String DATABASE = "from_raw_test";
    private static final List<Topic> TOPICS = List.of(
            Topics.EVENTS_RAW, Topics.EVENTS_ENRICHED, Topics.EVENTS_ENRICHED_EXPANDED, Topics.EVENTS_DEAD_LETTER);
    private static final Instant TENTH = MARCH.plus(Duration.ofDays(10));
    private static final Instant TWENTIETH = MARCH.plus(Duration.ofDays(20));

    private static EmbeddedStack stack; // its own: topics lose records that other tests count
    private static int months;

    @TempDir
    private Path directory;

    private String organization;
    private Pipeline pipeline;
    private Enricher enricher;
    private Seller seller;
    private Sink sink;
    private int sent;

    @BeforeAll
    static void startEngines() {
        stack = EmbeddedStack.start(EmbeddedSettings.temporary(Engine.KAFKA, Engine.REGISTRY, Engine.CLICKHOUSE));
        try (var admin = admin()) {
            Topics.create(admin, EmbeddedStack.EVENT_PARTITIONS, (short) 1);
        }
    }

    @AfterAll
    static void stopEngines() {
        stack.close();
    }

    /// A month that is over, in tables whose topics have lost it, and some events of the next days.
    @BeforeEach
    void sellAMonth() throws Exception {
        organization = "month-" + ++months;
        execute(stack.clickHouse().jdbcUrl(), "CREATE DATABASE " + DATABASE);
        new ClickHouseMigrator(source(url()), settings()).migrate();
        sink = Sink.start(source(url()), HttpSchemaRegistry.of(stack.registry().url()), settings());
        pipeline = new Pipeline(stack, organization);
        enricher = pipeline.start(directory, Map.of("MILLRACE_ENRICHER_PARKED_UP_TO", "1s"));
        seller = new Seller(pipeline, organization);
        var random = new Random(20_260_301 + months);
        BusyMonth.of(random, 500, 3).forEach(step -> step.accept(seller));
        pipeline.flush();
        awaitInForce();
        forgetTopics();
        // It was refused before the other one came, which bears its id and another time.
        seller.subscription("sub_twice", span("twice", "basic", TENTH, null));
        seller.send(tokens("sub_twice", "twice", MARCH.plus(Duration.ofDays(1)), "5"));
        awaitCount(1, "events_dead_letter WHERE transaction_id = 'twice'");
        seller.send(tokens("sub_twice", "twice", TWENTIETH, "7"));
        seller.subscription("sub_new", span("new", "basic", MARCH, null));
        sendSome(40);
        awaitCount(1, "events_enriched WHERE transaction_id = 'twice'");
    }

    @AfterEach
    void endAll() throws Exception {
        enricher.close();
        rebuild(url(), stack.registry().url(), settings(), line -> {}, Rebuild::abandon);
        sink.close();
        pipeline.close();
        execute(url(), "DROP DATABASE " + DATABASE + " SYNC");
    }

    @Test
    void whatIsBilledIsWhatTheRawEventsSayWhileMoreCome() throws Exception {
        var places = rows(
                places() + " AND transaction_id IN (SELECT transaction_id FROM events_raw WHERE organization_id = '"
                        + organization + "' GROUP BY transaction_id HAVING uniqExact(raw_partition, raw_offset) = 1)");
        var raw = "SELECT toString((count(), sum(cityHash64(*)))) FROM events_raw FINAL WHERE ingested_at <= '"
                + rows("SELECT max(ingested_at) FROM events_raw").getFirst() + "'";
        var rawBefore = rows(raw);
        assertThat(count("events_enriched WHERE enrichment_version > 1")).isPositive();
        assertThat(enricher.accounting().total().duplicates()).isPositive();
        damage();

        rebuild(url(), stack.registry().url(), settings(), this::goOn, rebuild -> rebuild.runFromRaw(enrichment()));
        sendSome(20);
        awaitInForce();

        assertThat(places).hasSizeGreaterThan(300);
        assertThat(rows(places())).containsAll(places);
        assertThat(rows(raw)).isEqualTo(rawBefore);
        assertNothingIsLeft();

        // What is agreed later is repaired as ever.
        seller.subscription("sub_new", span("new_3", "premium", MARCH, null));
        awaitInForce();
    }

    /// What happens meanwhile.
    private void goOn(String step) {
        switch (step) {
            case "replaying raw events" -> {
                // More that is new, what was there again, and what is agreed about all of it.
                sendSome(40);
                seller.sent().stream()
                        .limit(60)
                        .map(RawEvent::newBuilder)
                        .toList()
                        .forEach(seller::send);
                seller.subscription("sub_twice", span("twice", "premium", MARCH, null));
                seller.subscription("sub_1", span("s1", "premium", MARCH, TENTH), span("u1", "basic", TENTH, null));
                awaitStored();
                awaitCount(1, "events_enriched WHERE transaction_id = 'twice' AND enrichment_version > 1");
            }
            case "raw events are replayed" -> {
                seller.subscription(
                        "sub_new", span("new", "basic", MARCH, TENTH), span("new_2", "premium", TENTH, null));
                sendSome(20);
                awaitStored();
                awaitCount(1, "events_enriched WHERE subscription_id = 'new_2' AND enrichment_version = 2");
            }
            case "events_enriched is held", "events_enriched is in place" -> sendSome(20);
            default -> {}
        }
    }

    @ParameterizedTest
    @Tag("soak")
    @ValueSource(
            strings = {
                "replaying raw events",
                "raw events are replayed",
                "events_enriched is held",
                "events_enriched is in place",
                "events_enriched_expanded is held"
            })
    void whoIsKilledAnywhereIsRepeated(String moment) throws Exception {
        damage();
        try (var child = ChildProcess.of(Rebuilding.class)
                .environment(pipeline.environment(directory))
                .arguments(url(), moment, organization)
                .start()) {
            child.awaitLine(moment);
            sendSome(40);
            child.kill();
        }
        try (var connection = source(url()).getConnection()) {
            assertThat(Rebuild.isUnderWay(connection))
                    .as("no period closes over it")
                    .isTrue();
        }
        rebuild(url(), stack.registry().url(), settings(), line -> {}, rebuild -> rebuild.runFromRaw(enrichment()));
        sendSome(20);
        awaitInForce();
        assertNothingIsLeft();
    }

    private ReplayEnrichment enrichment() {
        return new ReplayEnrichment(EnricherSettings.of(pipeline.environment(directory)));
    }

    private void assertNothingIsLeft() throws Exception {
        assertThat(rows("SELECT name FROM system.databases WHERE startsWith(name, '" + DATABASE + "_')"))
                .isEmpty();
        try (var admin = admin()) {
            assertThat(admin.listTopics().names().get()).noneMatch(name -> name.contains("rebuild"));
        }
        assertThat(Files.exists(enrichment().settings().replayState())).isFalse();
    }

    private void damage() throws SQLException {
        execute(url(), "TRUNCATE TABLE events_enriched_expanded");
        execute(url(), "ALTER TABLE events_enriched DELETE WHERE row_version % 2 = 0 SETTINGS mutations_sync = 2");
        execute(
                url(),
                "INSERT INTO events_enriched_expanded (organization_id, external_subscription_id, transaction_text,"
                        + " charge_id, value, row_version) VALUES ('" + organization
                        + "', 'sub_1', 'never sent', 'c1', '1000', bitShiftLeft(toUInt64(9), 44))");
    }

    /// Deletes all that the topics have.
    private static void forgetTopics() throws Exception {
        try (var admin = admin()) {
            var all = new HashMap<TopicPartition, RecordsToDelete>();
            for (var topic : TOPICS) {
                for (var partition = 0; partition < EmbeddedStack.EVENT_PARTITIONS; partition++) {
                    all.put(new TopicPartition(topic.name(), partition), RecordsToDelete.beforeOffset(-1));
                }
            }
            admin.deleteRecords(all).all().get();
        }
    }

    private void sendSome(int events) {
        for (int i = 0; i < events; i++, sent++) {
            var time = MARCH.plus(Duration.ofHours(sent * 7L % 700));
            seller.send(tokens(sent % 4 == 0 ? "sub_1" : "sub_new", "more_" + sent, time, "" + sent));
        }
        pipeline.flush();
    }

    private static RawEvent.Builder tokens(String subscription, String id, Instant time, String amount) {
        return RawEvent.newBuilder()
                .setOrganizationId("")
                .setExternalSubscriptionId(subscription)
                .setTransactionId(id)
                .setCode("tokens")
                .setTimestamp(time)
                .setProperties(Map.of("amount", amount, "model", "small", "region", "eu"));
    }

    /// Waits until the table in use has the last of [#sendSome].
    private void awaitStored() {
        for (int i = sent - 4; i < sent; i++) awaitCount(1, "events_enriched WHERE transaction_id = 'more_" + i + "'");
    }

    private void awaitCount(long atLeast, String rows) {
        await().atMost(PATIENCE).until(() -> count(rows) >= atLeast);
    }

    private void awaitInForce() {
        var wanted = ReferenceEnricher.rows(seller).stream()
                .filter(row -> !row.contains(" is refused: "))
                .toList();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(inForce()).isEqualTo(wanted));
    }

    /// What is billed, in the words of the [ReferenceEnricher]; a row that is there twice is there twice.
    private List<String> inForce() throws SQLException {
        var counted = " FINAL WHERE organization_id = '%1$s' AND (external_subscription_id, transaction_id, timestamp)"
                + " NOT IN (SELECT external_subscription_id, transaction_id, timestamp FROM duplicate_events"
                + "(organization = '%1$s', subscriptions = ['sub_twice']))"
                + " SETTINGS do_not_merge_across_partitions_select_final = 1";
        var rows = new ArrayList<>(rows(("SELECT format('{} of {} by {}: {} {}',"
                        + " transaction_id, subscription_id, plan_id, aggregation_type, value) FROM events_enriched"
                        + counted)
                .formatted(organization)));
        rows.addAll(rows(("SELECT format('{} of {} by {} in {} filter {} groups {} revision {} in advance {}: {}',"
                        + " transaction_id, subscription_id, plan_id, charge_id,"
                        + " if(empty(charge_filter_id), 'null', charge_filter_id),"
                        + " concat('{', arrayStringConcat(arrayMap((name, value) -> concat(name, '=', value),"
                        + " mapKeys(grouped_by), mapValues(grouped_by)), ', '), '}'),"
                        + " toString(plan_revision), if(pay_in_advance, 'true', 'false'), value)"
                        + " FROM events_enriched_expanded" + counted)
                .formatted(organization)));
        rows.sort(null);
        return rows;
    }

    /// Which raw record each event in force is made of, and when that came.
    private String places() {
        return "SELECT transaction_id || ' ' || toString((raw_partition, raw_offset, ingested_at))"
                + " FROM events_enriched FINAL WHERE organization_id = '" + organization + "'";
    }

    /// Of this month: topics keep some of the months before.
    private long count(String rows) throws SQLException {
        return Long.parseLong(rows("SELECT count() FROM " + rows + " AND organization_id = '" + organization + "'")
                .getFirst());
    }

    private static List<String> rows(String sql) throws SQLException {
        try (var connection = source(url()).getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            var rows = new ArrayList<String>();
            while (row.next()) rows.add(row.getString(1));
            return rows;
        }
    }

    private static void execute(String url, String sql) throws SQLException {
        try (var connection = source(url).getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String url() {
        return stack.clickHouse().jdbcUrl().replaceFirst("/\\w+\\?", "/" + DATABASE + "?");
    }

    private ClickHouseSettings settings() {
        return settings(stack.environment(), organization);
    }

    private static ClickHouseSettings settings(Map<String, String> environment, String organization) {
        var variables = new HashMap<>(environment);
        variables.put("MILLRACE_CLICKHOUSE_GROUP_PREFIX", organization + "-");
        return ClickHouseSettings.of(variables);
    }

    private static DataSourceImpl source(String url) {
        return new DataSourceImpl(url, new Properties());
    }

    private static Admin admin() {
        return admin(stack.kafka().bootstrapServers());
    }

    private static Admin admin(String broker) {
        return Admin.create(Map.<String, Object>of("bootstrap.servers", broker));
    }

    private interface Use {
        void of(Rebuild rebuild) throws SQLException, InterruptedException;
    }

    private static void rebuild(
            String url, String registry, ClickHouseSettings settings, Consumer<String> told, Use use)
            throws SQLException, InterruptedException {
        try (var admin = admin(settings.kafkaBrokers())) {
            use.of(new Rebuild(
                    name -> source(url.replaceFirst("/\\w+\\?", "/" + name + "?")),
                    DATABASE,
                    settings,
                    HttpSchemaRegistry.of(registry),
                    admin,
                    told));
        }
    }

    /// A process that stops at a moment, to be killed there.
    static final class Rebuilding {
        public static void main(String[] arguments) throws Exception {
            var environment = System.getenv();
            rebuild(
                    arguments[0],
                    environment.get("SCHEMA_REGISTRY_URL"),
                    settings(environment, arguments[2]),
                    line -> {
                        System.out.println(line);
                        if (line.equals(arguments[1])) LockSupport.park();
                    },
                    rebuild -> rebuild.runFromRaw(new ReplayEnrichment(EnricherSettings.of(environment))));
        }
    }
}
