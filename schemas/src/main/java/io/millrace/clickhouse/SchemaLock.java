package io.millrace.clickhouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/// Keeps two processes from changing the tables at once, and from writing through them while they change: a table
/// that only one of them can create. ClickHouse has nothing else that excludes.
///
/// One that was left by a process that was killed is taken over after [#LONGEST]; what is done under it can be
/// repeated.
final class SchemaLock implements AutoCloseable {

    static final Duration LONGEST = Duration.ofSeconds(30);

    private static final int TABLE_ALREADY_EXISTS = 57;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Connection connection;

    private SchemaLock(Connection connection) {
        this.connection = connection;
    }

    /// Waits for whoever holds it.
    static SchemaLock take(Connection connection) throws SQLException, InterruptedException {
        while (!create(connection)) {
            drop(
                    connection,
                    "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'schema_lock'"
                            + " AND metadata_modification_time < now() - " + LONGEST.toSeconds());
            Thread.sleep(PAUSE);
        }
        return new SchemaLock(connection);
    }

    private static boolean create(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE schema_lock (held UInt8) ENGINE = Null");
            return true;
        } catch (SQLException e) {
            if (e.getErrorCode() == TABLE_ALREADY_EXISTS) {
                return false;
            }
            throw e;
        }
    }

    private static void drop(Connection connection, String where) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(where)) {
            if (rows.next() && rows.getLong(1) > 0) {
                try (var drop = connection.createStatement()) {
                    drop.execute("DROP TABLE IF EXISTS schema_lock SYNC");
                }
            }
        }
    }

    @Override
    public void close() throws SQLException {
        drop(connection, "SELECT 1");
    }
}
