package io.millrace.clickhouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the ClickHouse database that a data source is connected to up to the schema of this version.
///
/// Versioned scripts (the tables, and the ways into them) run once each; repeatable ones (what is only read) run again
/// whenever their text changes. `schema_history` says what has run. Then tables learn how long they keep rows. Any
/// number of processes may migrate at once, and one that is killed half way leaves nothing that the
/// next does not finish.
public final class ClickHouseMigrator {

    private static final Logger log = LoggerFactory.getLogger(ClickHouseMigrator.class);

    /// All scripts in the order in which they run.
    static final List<String> SCRIPTS = List.of(
            "V001__events_raw.sql",
            "V002__events_enriched.sql",
            "V003__events_enriched_expanded.sql",
            "V004__events_charged_in_advance.sql",
            "V005__events_dead_letter.sql",
            "V006__queue_errors.sql",
            "V007__re_drives.sql",
            "V008__events_raw_by_transaction.sql",
            "V009__repeated_events.sql",
            "V011__activity_logs.sql",
            "V012__api_logs.sql",
            "V013__no_queues.sql",
            "V014__events_raw_intake.sql",
            "V015__events_enriched_intake.sql",
            "V016__events_enriched_expanded_intake.sql",
            "V017__events_charged_in_advance_intake.sql",
            "V018__events_dead_letter_intake.sql",
            "V019__activity_logs_intake.sql",
            "V020__api_logs_intake.sql",
            "V021__events_enriched_expanded_granules.sql",
            "V022__events_enriched_expanded_narrower.sql",
            "V023__events_enriched_without_properties.sql",
            "R__duplicate_events.sql",
            "R__merges.sql");

    private final DataSource clickHouse;
    private final ClickHouseSettings settings;

    public ClickHouseMigrator(DataSource clickHouse, ClickHouseSettings settings) {
        this.clickHouse = clickHouse;
        this.settings = settings;
    }

    /// @return the scripts that ran, in order; none where all was up to date
    /// @throws IllegalStateException where a versioned script that has run is not what it was
    public List<String> migrate() throws SQLException, InterruptedException {
        return migrate(SCRIPTS.stream().map(Script::read).toList());
    }

    List<String> migrate(List<Script> scripts) throws SQLException, InterruptedException {
        try (var connection = clickHouse.getConnection();
                var lock = SchemaLock.take(clickHouse)) {
            execute(connection, """
                    CREATE TABLE IF NOT EXISTS schema_history
                    (script String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'))
                    ENGINE = ReplacingMergeTree(applied_at) ORDER BY script""");
            var applied = applied(connection);
            for (var script : scripts) {
                if (script.isVersioned()
                        && !applied.getOrDefault(script.name(), script.checksum())
                                .equals(script.checksum())) {
                    throw new IllegalStateException(script.name()
                            + " has changed since it ran: a versioned script never changes, add a new one");
                }
            }
            var due = scripts.stream()
                    .filter(script -> !script.checksum().equals(applied.get(script.name())))
                    .toList();
            if (!applied.isEmpty() && due.stream().anyMatch(Script::isVersioned)) lock.awaitWriters();
            for (var script : due) run(connection, script);
            settings.retention().apply(connection);
            return due.stream().map(Script::name).toList();
        }
    }

    private static Map<String, String> applied(Connection connection) throws SQLException {
        var applied = new HashMap<String, String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT script, checksum FROM schema_history FINAL")) {
            while (rows.next()) {
                applied.put(rows.getString(1), rows.getString(2));
            }
        }
        return applied;
    }

    private static void run(Connection connection, Script script) throws SQLException {
        log.info("ClickHouse: running {}", script.name());
        for (var statement : script.statements()) {
            execute(connection, statement);
        }
        // Only now: a script that was cut short runs again, and each can be repeated.
        try (var insert = connection.prepareStatement("INSERT INTO schema_history (script, checksum) VALUES (?, ?)")) {
            insert.setString(1, script.name());
            insert.setString(2, script.checksum());
            insert.executeUpdate();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
