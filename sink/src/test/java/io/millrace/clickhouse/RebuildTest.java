package io.millrace.clickhouse;

import static io.millrace.clickhouse.Producers.rawEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.clickhouse.jdbc.DataSourceImpl;
import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.ExpandedEvent;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Topics;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tables that are emptied, cut or wrong are made anew from their topics while events keep coming, also where who
/// does so is killed.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY, Engine.CLICKHOUSE})
class RebuildTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String NAME = "rebuild_test";
    private static final List<String> TABLES = List.of("events_raw", "events_enriched_expanded");

    private final EmbeddedStack stack;
    private final String organization = "org-" + UUID.randomUUID();
    private final Producers producers;
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private TestDatabase database;
    private Sink sink;

    RebuildTest(EmbeddedStack stack) {
        this.stack = stack;
        producers = new Producers(stack);
    }

    @BeforeEach
    void createDatabase() throws Exception {
        database = TestDatabase.create(stack.clickHouse().jdbcUrl(), NAME);
        new ClickHouseMigrator(database.dataSource(), settings()).migrate();
        sink = Sink.start(database.dataSource(), HttpSchemaRegistry.of(registry()), settings());
    }

    @AfterEach
    void dropDatabase() throws Exception {
        rebuild(database.url(), registry(), settings(), line -> {}, Rebuild::abandon);
        sink.close();
        producers.close();
        database.close();
    }

    @Test
    void whatIsMadeAnewIsExactWhileEventsKeepComing() throws Exception {
        var sender = send();
        try {
            await().atMost(PATIENCE).until(() -> rows("events_raw") > 500);
            // a part is lost, and what is there is wrong
            database.execute("ALTER TABLE events_raw DELETE WHERE raw_offset % 3 = 0 SETTINGS mutations_sync = 2");
            database.execute("TRUNCATE TABLE events_enriched_expanded");
            database.execute(
                    "INSERT INTO events_enriched_expanded (organization_id, transaction_text, value, row_version)"
                            + " VALUES ('" + organization + "', 'never sent', '1000', 1)");
            rebuild(database.url(), registry(), settings(), line -> {}, rebuild -> rebuild.run(TABLES));
            assertThat(isUnderWay()).isFalse();
        } finally {
            stopped.set(true);
            sender.join();
        }
        assertExact();
        assertThat(database.rows("SELECT name FROM system.databases WHERE startsWith(name, '" + NAME + "_')"))
                .isEmpty();

        // and once more, of nothing but right tables
        var before = totals();
        var more = List.of("events_raw", "events_enriched_expanded", "events_dead_letter", "activity_logs", "api_logs");
        rebuild(database.url(), registry(), settings(), line -> {}, rebuild -> rebuild.run(more));
        assertThat(totals()).isEqualTo(before);
        sent.getAndIncrement();
        sendOne(sent.get() - 1);
        assertExact();
    }

    @Test
    void whoIsKilledWhereNothingIsReadIsRepeated() throws Exception {
        killedAt("events_raw is held");
    }

    @ParameterizedTest
    @Tag("soak")
    @ValueSource(strings = {"reading from the beginning", "events_raw is in place", "events_enriched_expanded is held"})
    void whoIsKilledAnywhereIsRepeated(String moment) throws Exception {
        killedAt(moment);
    }

    private void killedAt(String moment) throws Exception {
        var sender = send();
        try {
            await().atMost(PATIENCE).until(() -> rows("events_raw") > 500);
            database.execute("TRUNCATE TABLE events_enriched_expanded");
            try (var child = ChildProcess.of(Rebuilding.class)
                    .arguments(
                            database.url(),
                            stack.kafka().bootstrapServers(),
                            stack.registry().url(),
                            prefix(),
                            moment)
                    .start()) {
                child.awaitLine(moment);
                child.kill();
            }
            assertThat(isUnderWay()).as("no period closes over it").isTrue();
            rebuild(database.url(), registry(), settings(), line -> {}, rebuild -> rebuild.run(TABLES));
        } finally {
            stopped.set(true);
            sender.join();
        }
        assertExact();
    }

    @Test
    void whatATopicHasNoMoreStaysAsItWas() throws Exception {
        for (var i = 0; i < 100; i++) sendOne(sent.getAndIncrement());
        assertExact();
        deleteBefore("events_raw");
        for (var i = 0; i < 100; i++) sendOne(sent.getAndIncrement());
        await().atMost(PATIENCE).until(() -> rows("events_raw") == 200);
        rebuild(database.url(), registry(), settings(), line -> {}, rebuild -> rebuild.run(List.of("events_raw")));
        assertExact();
    }

    @Test
    void aTableWhoseRowsDoNotTellTheirPlaceNeedsAllOfItsTopic() throws Exception {
        sendOne(sent.getAndIncrement());
        assertExact();
        deleteBefore("events_charged_in_advance");
        assertThatThrownBy(() -> rebuild(
                        database.url(),
                        registry(),
                        settings(),
                        line -> {},
                        rebuild -> rebuild.run(List.of("events_raw", "events_charged_in_advance"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("events_charged_in_advance cannot be made anew");
        assertThat(isUnderWay()).isFalse();
        assertExact();
    }

    /// Deletes all records that a topic has now, at least one.
    private void deleteBefore(String topic) throws Exception {
        producers.send(
                Topics.all().stream()
                        .filter(each -> each.name().equals(topic))
                        .findFirst()
                        .orElseThrow(),
                "k",
                new byte[] {1});
        producers.acknowledged();
        try (var admin = admin(stack.kafka().bootstrapServers())) {
            var all = new java.util.HashMap<TopicPartition, RecordsToDelete>();
            for (var partition = 0; partition < EmbeddedStack.EVENT_PARTITIONS; partition++) {
                all.put(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get();
        }
    }

    /// Some 400 events per second, from a thread of their own: each raw, and twice in its table of charges.
    private Thread send() {
        return Thread.ofPlatform().start(() -> {
            while (!stopped.get()) {
                for (var i = 0; i < 20; i++) sendOne(sent.getAndIncrement());
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        });
    }

    private void sendOne(int number) {
        producers.send(rawEvent(organization, "t" + number));
        // the enricher's word, and the same of a later enrichment
        for (var version = 1; version <= 2; version++) {
            producers.send(
                    Topics.EVENTS_ENRICHED_EXPANDED,
                    organization,
                    producers.bytes(
                            Topics.EVENTS_ENRICHED_EXPANDED,
                            ExpandedEvent.newBuilder()
                                    .setOrganizationId(organization)
                                    .setExternalSubscriptionId("s")
                                    .setTransactionId("t" + number)
                                    .setCode("gb")
                                    .setTimestamp(Instant.parse("2024-01-01T00:00:00Z")
                                            .plus(Duration.ofHours(number)))
                                    .setSubscriptionId("sub")
                                    .setPlanId("plan")
                                    .setChargeId("charge")
                                    .setPlanRevision(1)
                                    .setAggregationType("sum_agg")
                                    .setValue(version == 1 ? "1000000" : "0.5")
                                    .setRawPartition(0)
                                    .setRawOffset(number)
                                    .setIngestedAt(Instant.EPOCH)
                                    .setEnrichmentVersion(version)
                                    .setIsDeleted(version == 2 && number % 10 == 0)
                                    .build()));
        }
    }

    private void assertExact() {
        int all = sent.get();
        long counted = all - (all + 9) / 10;
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(totals())
                        .containsExactly("%1$d | %1$d".formatted(all), "%d | %s".formatted(counted, plain(counted))));
    }

    private static String plain(long counted) {
        return counted % 2 == 0 ? Long.toString(counted / 2) : counted / 2 + ".5";
    }

    private List<String> totals() throws SQLException {
        return List.of(
                database.one("SELECT count(), uniqExact(transaction_id) FROM events_raw FINAL WHERE " + own()),
                database.one(
                        "SELECT count(), toString(sum(toDecimal256(ifNull(decimal_value, 0), 18))) FROM events_enriched_expanded FINAL"
                                + " WHERE " + own() + " SETTINGS do_not_merge_across_partitions_select_final = 1"));
    }

    private long rows(String table) throws SQLException {
        return database.count("SELECT count() FROM " + table + " WHERE " + own());
    }

    private String own() {
        return "organization_id = '" + organization + "'";
    }

    private boolean isUnderWay() throws SQLException {
        try (var connection = database.connection()) {
            return Rebuild.isUnderWay(connection);
        }
    }

    private String prefix() {
        return "rebuilt-" + organization + "-";
    }

    private ClickHouseSettings settings() {
        return settings(stack.kafka().bootstrapServers(), prefix());
    }

    private String registry() {
        return stack.registry().url();
    }

    private static ClickHouseSettings settings(String broker, String prefix) {
        return ClickHouseSettings.of(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", broker,
                "MILLRACE_CLICKHOUSE_GROUP_PREFIX", prefix));
    }

    private interface Use {
        void of(Rebuild rebuild) throws SQLException, InterruptedException;
    }

    private static Admin admin(String broker) {
        return Admin.create(Map.<String, Object>of("bootstrap.servers", broker));
    }

    private static void rebuild(
            String url, String registry, ClickHouseSettings settings, Consumer<String> told, Use use)
            throws SQLException, InterruptedException {
        try (var admin = admin(settings.kafkaBrokers())) {
            use.of(new Rebuild(
                    name -> new DataSourceImpl(url.replaceFirst("/\\w+\\?", "/" + name + "?"), new Properties()),
                    NAME,
                    settings,
                    HttpSchemaRegistry.of(registry),
                    admin,
                    told));
        }
    }

    /// A process that stops at a moment, to be killed there.
    static final class Rebuilding {
        public static void main(String[] arguments) throws Exception {
            var settings = settings(arguments[1], arguments[3]);
            rebuild(
                    arguments[0],
                    arguments[2],
                    settings,
                    line -> {
                        System.out.println(line);
                        if (line.startsWith(arguments[4])) LockSupport.park();
                    },
                    rebuild -> rebuild.run(TABLES));
        }
    }
}
