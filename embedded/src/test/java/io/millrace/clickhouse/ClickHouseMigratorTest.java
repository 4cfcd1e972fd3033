package io.millrace.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.topic.Topics;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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
        settings = ClickHouseSettings.of(
                stack.kafka().bootstrapServers(), stack.registry().url());
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
    void anEmptyDatabaseGetsATableForEveryEventTopic() throws Exception {
        assertThat(migrate(settings)).isEqualTo(ClickHouseMigrator.SCRIPTS);
        for (var topic : List.of(
                Topics.EVENTS_RAW,
                Topics.EVENTS_ENRICHED,
                Topics.EVENTS_ENRICHED_EXPANDED,
                Topics.EVENTS_CHARGED_IN_ADVANCE,
                Topics.EVENTS_DEAD_LETTER)) {
            var name = topic.name();
            assertThat(database.rows(
                            "SELECT name || ' ' || engine FROM system.tables WHERE database = currentDatabase()"
                                    + " AND name LIKE '" + name + "%'"))
                    .contains(
                            name + " ReplacingMergeTree",
                            name + "_queue Kafka",
                            name + "_intake Null",
                            name + "_intake_view MaterializedView",
                            name + "_view MaterializedView",
                            name + "_error_view MaterializedView");
            assertThat(database.rows("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '"
                            + name + "_queue'"))
                    .as("columns of %s_queue, by which the records are read", name)
                    .containsExactlyElementsOf(topic.value().getFields().stream()
                            .map(field -> field.name())
                            .toList());
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
    void aChangedAddressReplacesTheQueuesAndLeavesTheTables() throws Exception {
        migrate(settings);
        database.execute("INSERT INTO events_raw (organization_id, transaction_text) VALUES ('kept', 't')");
        var moved = ClickHouseSettings.of("127.0.0.1:1", settings.schemaRegistryUrl());
        assertThat(migrate(moved)).hasSize(5).allMatch(script -> script.startsWith("R__"));
        assertThat(database.one("SHOW CREATE TABLE events_raw_queue")).contains("127.0.0.1:1");
        assertThat(database.count("SELECT count() FROM events_raw WHERE organization_id = 'kept'"))
                .isOne();
        assertThat(migrate(moved)).isEmpty();
    }

    @Test
    void aVersionedScriptThatHasChangedIsRefused() throws Exception {
        migrate(settings);
        var changed = ClickHouseMigrator.SCRIPTS.stream()
                .map(name -> Script.read(name, settings.placeholders()))
                .map(script -> script.name().startsWith("V003")
                        ? new Script(script.name(), script.text().replace("% 96", "% 95"))
                        : script)
                .toList();
        assertThatThrownBy(() -> new ClickHouseMigrator(database.dataSource(), settings).migrate(changed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("V003__events_enriched_expanded.sql has changed");
    }

    @Test
    void aMigrationThatWasCutShortIsFinishedByTheNext() throws Exception {
        migrate(settings);
        database.execute("DROP VIEW events_raw_view SYNC");
        database.execute("DROP VIEW events_raw_intake_view SYNC");
        database.execute(
                "ALTER TABLE schema_history DELETE WHERE script = 'R__events_raw_queue.sql' SETTINGS mutations_sync = 2");
        assertThat(migrate(settings)).containsExactly("R__events_raw_queue.sql");
        assertThat(tables()).contains("events_raw_view", "events_raw_intake_view");
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
