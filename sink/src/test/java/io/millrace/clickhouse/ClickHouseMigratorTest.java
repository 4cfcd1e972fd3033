package io.millrace.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@UsesEngines({Engine.KAFKA, Engine.REGISTRY, Engine.CLICKHOUSE})
class ClickHouseMigratorTest {

    private final ClickHouseSettings settings;
    private final EmbeddedStack stack;
    private TestDatabase database;

    ClickHouseMigratorTest(EmbeddedStack stack) {
        this.stack = stack;
        settings = ClickHouseSettings.of(stack.kafka().bootstrapServers());
    }

    @BeforeEach
    void createDatabase() throws SQLException {
        database = TestDatabase.create(stack.clickHouse().jdbcUrl(), "migrator_test");
    }

    @AfterEach
    void dropDatabase() throws SQLException {
        database.close();
    }

    @Test
    void anEmptyDatabaseGetsATableForEveryEventAndAuditTopic() throws Exception {
        assertThat(migrate(settings)).isEqualTo(ClickHouseMigrator.SCRIPTS);
        for (var topic : Sink.TOPICS) {
            var name = topic.name();
            assertThat(database.rows(
                            "SELECT name || ' ' || engine FROM system.tables WHERE database = currentDatabase()"
                                    + " AND name LIKE '" + name + "%'"))
                    .contains(name + " ReplacingMergeTree", name + "_intake Null", name + "_view MaterializedView");
            assertThat(database.rows("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '"
                            + name + "_intake'"))
                    .as("columns of %s_intake, which the sink fills", name)
                    .containsSubsequence(Intake.rows(topic).columns());
            assertThat(Set.copyOf(database.rows(
                            "SELECT name || ' ' || type FROM system.columns WHERE database = currentDatabase() AND table = '"
                                    + name + "' AND default_kind != 'ALIAS'")))
                    .as("columns that %s's view does not fill, or fills with another type", name)
                    .isEqualTo(Set.copyOf(viewColumns(name)));
        }
    }

    /// What the view selects, in the table's types; a column that only one of both has shows as a difference.
    private List<String> viewColumns(String table) throws SQLException {
        var columns = database.rows(
                "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '" + table + "_view'");
        var typed = new ArrayList<String>();
        for (var column : columns) {
            typed.addAll(
                    database.rows("SELECT name || ' ' || type FROM system.columns WHERE database = currentDatabase()"
                            + " AND table = '" + table + "' AND name = '" + column + "'"));
        }
        return typed;
    }

    @Test
    void aSecondMigrationChangesNothing() throws Exception {
        migrate(settings);
        var before = identities();
        assertThat(migrate(settings)).isEmpty();
        assertThat(identities()).isEqualTo(before);
    }

    @Test
    void aVersionedScriptThatHasChangedIsRefused() throws Exception {
        migrate(settings);
        var changed = ClickHouseMigrator.SCRIPTS.stream()
                .map(Script::read)
                .map(script -> script.name().startsWith("V003")
                        ? new Script(script.name(), script.text().replace("% 96", "% 95"))
                        : script)
                .toList();
        assertThatThrownBy(() -> new ClickHouseMigrator(database.dataSource(), settings).migrate(changed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("V003__events_enriched_expanded.sql has changed");
    }

    /// Of the releases whose tables ClickHouse filled itself.
    @Test
    void queuesAreReplacedAndTheirTablesStay() throws Exception {
        migrateBefore("V013", settings);
        database.execute("INSERT INTO events_raw (organization_id, transaction_text) VALUES ('kept', 't')");
        database.execute("CREATE TABLE events_raw_queue (organization_id Nullable(String)) ENGINE = Kafka SETTINGS"
                + " kafka_broker_list = '127.0.0.1:1', kafka_topic_list = 'events_raw', kafka_group_name = 'g',"
                + " kafka_format = 'AvroConfluent', format_avro_schema_registry_url = 'http://127.0.0.1:1'");
        database.execute("CREATE TABLE events_raw_intake (organization_id String, kafka_error String) ENGINE = Null");
        database.execute("CREATE MATERIALIZED VIEW events_raw_view TO events_raw AS SELECT organization_id"
                + " FROM events_raw_intake WHERE kafka_error = ''");
        database.execute("CREATE MATERIALIZED VIEW events_raw_intake_view TO events_raw_intake AS"
                + " SELECT ifNull(organization_id, '') AS organization_id, '' AS kafka_error FROM events_raw_queue");
        migrate(settings);
        assertThat(tables()).doesNotContain("events_raw_queue", "events_raw_intake_view");
        database.execute("INSERT INTO events_raw_intake (organization_id, transaction_id) VALUES ('new', 't')");
        assertThat(database.rows("SELECT organization_id, transaction_id FROM events_raw ORDER BY organization_id"))
                .containsExactly("kept | t", "new | t");
    }

    @Test
    void rowsStayWhereATableIsMadeAnew() throws Exception {
        var kept = settings(Map.of("MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_ENRICHED_EXPANDED", "500"));
        migrateBefore("V021", kept);
        database.execute(
                "INSERT INTO events_enriched_expanded (transaction_text, timestamp, ingested_at)"
                        + " SELECT toString(number), '2026-01-01 00:00:00' + toIntervalMonth(number % 5), now64(3) FROM numbers(1000)");
        migrateBefore("V022", kept);
        assertThat(database.count("SELECT uniqExact(transaction_text) FROM events_enriched_expanded"))
                .isEqualTo(1000);
        assertThat(database.one("SHOW CREATE TABLE events_enriched_expanded"))
                .contains("index_granularity = 2048", "toIntervalDay(500)");
        assertThat(tables()).doesNotContain("events_enriched_expanded_finer");
        // Cut short behind its last step but one, and begun anew.
        forget("V021");
        database.execute("CREATE TABLE events_enriched_expanded_finer AS events_enriched_expanded");
        migrateBefore("V022", kept);
        assertThat(database.count("SELECT uniqExact(transaction_text) FROM events_enriched_expanded"))
                .isEqualTo(1000);
    }

    @Test
    void whatAnEventToldIsToldByFewerColumns() throws Exception {
        var kept = settings(Map.of("MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_ENRICHED_EXPANDED", "500"));
        migrateBefore("V022", kept);
        database.execute(expandedEvents("before"));
        var before = expandedRows("before");
        assertThat(before)
                .hasSize(4)
                .anySatisfy(row -> assertThat(row)
                        .isEqualTo("before | 0b6cf1f5-5b1c-4d0e-9f0c-7d3a3f1f9a01 | a \"code\" | s1 | p1 | c1 | f1 | 7"
                                + " | [('a/b','1'),('z','\\'\\n')] | gold | 1 | sum_agg | 12.50 | 12.5 | add"
                                + " | 99.123456789012345678 | 2 | 5 | 3 | 0"));
        migrate(kept);
        assertThat(expandedRows("before")).isEqualTo(before);
        assertThat(database.one("SHOW CREATE TABLE events_enriched_expanded"))
                .contains("min_bytes_for_wide_part = 1000000000000000", "toIntervalDay(500)");
        assertThat(tables())
                .contains("events_enriched_expanded_view")
                .doesNotContain("events_enriched_expanded_narrower");
        database.execute(expandedEvents("after"));
        assertThat(expandedRows("after"))
                .isEqualTo(before.stream()
                        .map(row -> row.replace("before", "after"))
                        .toList());
        // A group is one text, in whatever order its pairs came.
        assertThat(database.count("SELECT uniqExact(group_key) FROM events_enriched_expanded"))
                .isEqualTo(2);
    }

    @Test
    void noRowIsLostWhereverTheCopyToFewerColumnsIsCutShort() throws Exception {
        migrateBefore("V022", settings);
        database.execute(expandedEvents("before"));
        var expected = expandedRows("before");
        var script = Script.read("V022__events_enriched_expanded_narrower.sql").statements();
        for (int cut = 1; cut <= script.size(); cut++) {
            for (var statement : script.subList(0, cut)) database.execute(statement);
            database.execute(expandedEvents("cut " + cut));
        }
        migrate(settings);
        assertThat(expandedRows("before")).isEqualTo(expected);
        for (int cut = 1; cut <= script.size(); cut++) {
            var organization = "cut " + cut;
            assertThat(expandedRows(organization))
                    .isEqualTo(expected.stream()
                            .map(row -> row.replace("before", organization))
                            .toList());
        }
        assertThat(database.count("SELECT uniqExact(group_key) FROM events_enriched_expanded"))
                .isEqualTo(2);
    }

    @Test
    void whatAProducerToldIsKeptOnceAndRowsThatAreThereStay() throws Exception {
        migrateBefore("V023", settings);
        database.execute("INSERT INTO events_enriched_intake (organization_id, transaction_id, properties, value)"
                + " VALUES ('before', 't', map('a', 'b'), '1')");
        migrate(settings);
        database.execute(
                "INSERT INTO events_enriched_intake (organization_id, transaction_id, value) VALUES ('new', 't', '2')");
        assertThat(database.rows("SELECT organization_id, transaction_id, value FROM events_enriched ORDER BY value"))
                .containsExactly("before | t | 1", "new | t | 2");
        assertThat(database.count("SELECT count() FROM event_identities")).isEqualTo(2);
        assertThat(database.count("SELECT count() FROM event_arrivals")).isEqualTo(2);
        assertThat(database.rows("SELECT table FROM system.columns WHERE database = currentDatabase()"
                        + " AND name = 'properties' ORDER BY table"))
                .containsExactly("events_enriched_intake", "events_raw", "events_raw_intake", "events_raw_view");
        forget("V023");
        assertThat(migrate(settings)).containsExactly("V023__events_enriched_without_properties.sql");
    }

    @Test
    void whoHasBegunToWriteIsWaitedForBeforeTablesChange() throws Exception {
        migrateBefore("V022", settings);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Void> writing = () -> {
                database.execute(
                        "INSERT INTO events_enriched_expanded (transaction_text, timestamp) SELECT toString(number),"
                                + " '2026-03-01' FROM numbers(4) WHERE sleepEachRow(1) = 0 SETTINGS max_block_size = 1");
                return null;
            };
            var written = threads.submit(writing);
            await().until(() ->
                    database.count("SELECT count() FROM system.processes WHERE query_kind = 'Insert'") == 1);
            migrate(settings);
            assertThat(database.count("SELECT count() FROM events_enriched_expanded"))
                    .isEqualTo(4);
            written.get();
        }
    }

    @Test
    void whoHoldsTheTablesIsNotOvertakenHoweverLongItTakes() throws Exception {
        var changed = "SELECT toUnixTimestamp(metadata_modification_time) FROM system.tables"
                + " WHERE database = currentDatabase() AND name = 'schema_lock'";
        try (var ignored = SchemaLock.take(database.dataSource(), Duration.ofMillis(100))) {
            long taken = database.count(changed);
            await().until(() -> database.count(changed) > taken + 1);
        }
        assertThat(tables()).doesNotContain("schema_lock");
    }

    /// Up to a version, as a release before it did.
    private void migrateBefore(String version, ClickHouseSettings settings) throws SQLException, InterruptedException {
        var scripts = ClickHouseMigrator.SCRIPTS.stream()
                .filter(name -> name.compareTo(version) < 0)
                .map(Script::read)
                .toList();
        new ClickHouseMigrator(database.dataSource(), settings).migrate(scripts);
    }

    /// Has a script run again.
    private void forget(String version) throws SQLException {
        database.execute("ALTER TABLE schema_history DELETE WHERE startsWith(script, '%s') SETTINGS mutations_sync = 2"
                .formatted(version));
    }

    /// Events as the sink writes them: all told, little told, what the first told in another order, a retraction.
    private static String expandedEvents(String organization) {
        return """
                INSERT INTO events_enriched_expanded_intake
                    (organization_id, external_subscription_id, timestamp, subscription_id, plan_id, charge_id, plan_revision,
                    aggregation_type, raw_partition, raw_offset, ingested_at, enrichment_version, transaction_id, code,
                    charge_filter_id, grouped_by, target_wallet_code, pay_in_advance, value, operation,
                    precise_total_amount_cents, is_deleted)
                SELECT '%s', 'customer', '2026-03-01 12:00:00', 's1', 'p1', 'c1', 7, 'sum_agg', 2, 5, '2026-03-01 12:00:01', 3, *
                FROM VALUES(
                    ('0b6cf1f5-5b1c-4d0e-9f0c-7d3a3f1f9a01', 'a "code"', 'f1', map('a/b', '1', 'z', '\\'\\n'), 'gold', true,
                        '12.50', 'add', '99.123456789012345678', false),
                    ('plain', '', NULL, map(), NULL, false, 'many', NULL, NULL, false),
                    ('ordered', 'a "code"', 'f1', map('z', '\\'\\n', 'a/b', '1'), 'gold', true,
                        '-0.000000000000000001', 'remove', 'no number', false),
                    ('retracted', 'c', NULL, map(), NULL, false, '1', NULL, NULL, true))""".formatted(organization);
    }

    private List<String> expandedRows(String organization) throws SQLException {
        return database.rows("""
                SELECT organization_id, transaction_id, code, subscription_id, plan_id, charge_id, charge_filter_id,
                    plan_revision, toString(arraySort(CAST(grouped_by, 'Array(Tuple(String, String))'))),
                    target_wallet_code, toUInt8(pay_in_advance), aggregation_type, value, toString(decimal_value), operation,
                    toString(precise_total_amount_cents), raw_partition, raw_offset, enrichment_version, is_deleted
                FROM events_enriched_expanded WHERE organization_id = '%s' ORDER BY transaction_id""".formatted(organization));
    }

    @Test
    void ofUsageAllColumnsAreInOneFileHoweverLargeThePart() throws Exception {
        migrate(settings);
        for (int part = 0; part < 2; part++) {
            database.execute(
                    "INSERT INTO events_enriched_expanded (transaction_uuid, timestamp, value) SELECT generateUUIDv4(number),"
                            + " '2026-01-01', randomPrintableASCII(200) FROM numbers(100000) SETTINGS min_insert_block_size_rows = 100000");
        }
        database.execute("OPTIMIZE TABLE events_enriched_expanded FINAL");
        assertThat(database.one("SELECT part_type || if(sum(bytes_on_disk) > 20000000, ', large', '')"
                        + " FROM system.parts WHERE database = currentDatabase() AND table = 'events_enriched_expanded' AND active"
                        + " GROUP BY part_type"))
                .isEqualTo("Compact, large");
    }

    @Test
    void aMigrationThatWasCutShortIsFinishedByTheNext() throws Exception {
        migrate(settings);
        database.execute("DROP VIEW events_raw_view SYNC");
        database.execute(
                "ALTER TABLE schema_history DELETE WHERE script = 'V014__events_raw_intake.sql' SETTINGS mutations_sync = 2");
        assertThat(migrate(settings)).containsExactly("V014__events_raw_intake.sql");
        assertThat(tables()).contains("events_raw_view");
    }

    @Test
    void manyMigrateAtOnceAndOneDoesTheWork() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            var ran = new ArrayList<String>();
            Callable<List<String>> migration = () -> migrate(settings);
            for (var migrated : threads.invokeAll(List.of(migration, migration, migration, migration))) {
                ran.addAll(migrated.get());
            }
            assertThat(ran).isEqualTo(ClickHouseMigrator.SCRIPTS);
        }
    }

    @Test
    void aTableForgetsWhatIsOlderThanItIsToldAndNothingOnceItIsNoLongerTold() throws Exception {
        migrate(settings);
        var days = "MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_ENRICHED_EXPANDED";
        assertThat(database.one("SHOW CREATE TABLE events_enriched_expanded")).doesNotContain("TTL");
        assertThat(database.one("SHOW CREATE TABLE api_logs"))
                .contains("TTL toDateTime(created_at) + toIntervalDay(90)");

        // of an event time long ago: only when it was ingested counts
        database.execute("INSERT INTO events_enriched_expanded (transaction_text, timestamp, ingested_at)"
                + " SELECT toString(number), '2001-01-01', now64(3) - toIntervalDay(number) FROM numbers(1000)");
        assertThat(migrate(settings(Map.of(days, "500")))).isEmpty();
        assertThat(kept()).isEqualTo(500);
        assertThat(migrate(settings(Map.of(days, "400")))).isEmpty();
        assertThat(kept()).isEqualTo(400);

        assertThat(migrate(settings(Map.of(days, "10000")))).isEmpty();
        insertOld("2001-01-01");
        insertOld("1999-01-01");
        assertThat(kept()).isEqualTo(401);
        assertThat(migrate(settings)).isEmpty();
        assertThat(database.one("SHOW CREATE TABLE events_enriched_expanded")).doesNotContain("TTL");
        insertOld("1999-01-01");
        assertThat(kept()).isEqualTo(402);
    }

    private void insertOld(String day) throws SQLException {
        database.execute("INSERT INTO events_enriched_expanded (transaction_text, ingested_at) VALUES ('%1$s', '%1$s')"
                .formatted(day));
    }

    /// Rows, once ClickHouse has forgotten what it may.
    private long kept() throws SQLException {
        database.execute("OPTIMIZE TABLE events_enriched_expanded FINAL");
        return database.count("SELECT count() FROM events_enriched_expanded");
    }

    private ClickHouseSettings settings(Map<String, String> changed) {
        var environment = new HashMap<>(changed);
        environment.put("KAFKA_BOOTSTRAP_SERVERS", settings.kafkaBrokers());
        return ClickHouseSettings.of(environment);
    }

    private List<String> migrate(ClickHouseSettings settings) throws SQLException, InterruptedException {
        return new ClickHouseMigrator(database.dataSource(), settings).migrate();
    }

    /// Tables with what tells a table from one that was created in its place.
    private List<String> identities() throws SQLException {
        return database.rows("SELECT name, uuid FROM system.tables WHERE database = currentDatabase()"
                + " AND name != 'schema_lock' ORDER BY name");
    }

    private List<String> tables() throws SQLException {
        return database.rows("SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name");
    }
}
