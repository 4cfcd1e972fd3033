package io.millrace.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import java.sql.SQLException;
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
                    .containsExactlyElementsOf(new RowBinary(topic.value()).columns());
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
        var before = ClickHouseMigrator.SCRIPTS.stream()
                .filter(name -> name.compareTo("V013") < 0)
                .map(Script::read)
                .toList();
        new ClickHouseMigrator(database.dataSource(), settings).migrate(before);
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
        var before = ClickHouseMigrator.SCRIPTS.stream()
                .filter(name -> name.compareTo("V021") < 0)
                .map(Script::read)
                .toList();
        new ClickHouseMigrator(database.dataSource(), kept).migrate(before);
        database.execute(
                "INSERT INTO events_enriched_expanded (transaction_text, timestamp, ingested_at)"
                        + " SELECT toString(number), '2026-01-01 00:00:00' + toIntervalMonth(number % 5), now64(3) FROM numbers(1000)");
        migrate(kept);
        assertThat(database.count("SELECT uniqExact(transaction_text) FROM events_enriched_expanded"))
                .isEqualTo(1000);
        assertThat(database.one("SHOW CREATE TABLE events_enriched_expanded"))
                .contains("index_granularity = 2048", "toIntervalDay(500)");
        assertThat(tables()).doesNotContain("events_enriched_expanded_finer");
        // Cut short behind its last step but one, and begun anew.
        database.execute("ALTER TABLE schema_history DELETE WHERE script LIKE 'V021%' SETTINGS mutations_sync = 2");
        database.execute("CREATE TABLE events_enriched_expanded_finer AS events_enriched_expanded");
        migrate(kept);
        assertThat(database.count("SELECT uniqExact(transaction_text) FROM events_enriched_expanded"))
                .isEqualTo(1000);
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
