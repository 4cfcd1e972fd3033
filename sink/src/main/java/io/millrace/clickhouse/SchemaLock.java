package io.millrace.clickhouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;

/// Keeps two processes from changing the tables at once, and readers of topics from writing to them meanwhile: a table
/// that only one of them can create. ClickHouse has nothing else that excludes.
///
/// One that was left by a process that was killed is taken over after [#LONGEST]; what is done under it can be
/// repeated.
final class SchemaLock implements AutoCloseable {

    static final Duration LONGEST = Duration.ofSeconds(30);

    private static final String HELD = "database = currentDatabase() AND name = 'schema_lock'";

    private static final int TABLE_ALREADY_EXISTS = 57;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Connection connection;

    private SchemaLock(Connection connection) {
        this.connection = connection;
    }

    /// Waits for whoever holds it.
    static SchemaLock take(Connection connection) throws SQLException, InterruptedException {
        while (!create(connection)) {
            if (isTrue(
                    connection,
                    "SELECT count() > 0 FROM system.tables WHERE " + HELD + " AND metadata_modification_time < now() - "
                            + LONGEST.toSeconds())) {
                drop(connection);
            }
            Thread.sleep(PAUSE);
        }
        return new SchemaLock(connection);
    }

    /// Does not keep others from taking it right after.
    ///
    /// @throws SQLTransientException where somebody holds it
    static void requireFree(Connection connection) throws SQLException {
        // Asked before each block: whether a table exists costs less than what is known of it.
        if (isTrue(connection, "EXISTS TABLE schema_lock")
                && isTrue(
                        connection,
                        "SELECT count() > 0 FROM system.tables WHERE " + HELD
                                + " AND metadata_modification_time >= now() - " + LONGEST.toSeconds())) {
            throw new SQLTransientException("the tables are being changed");
        }
    }

    private static boolean isTrue(Connection connection, String question) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(question)) {
            return rows.next() && rows.getLong(1) > 0;
        }
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

    private static void drop(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS schema_lock SYNC");
        }
    }

    @Override
    public void close() throws SQLException {
        drop(connection);
    }
}
