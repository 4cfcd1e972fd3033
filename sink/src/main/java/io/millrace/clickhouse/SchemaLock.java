package io.millrace.clickhouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps two processes from changing the tables at once, and readers of topics from writing to them meanwhile: a table
/// that only one of them can create. ClickHouse has nothing else that excludes.
///
/// Who holds it says so again and again, however long it takes. One that was left by a process that was killed is taken
/// over after [#SILENCE]; what is done under it can be repeated.
final class SchemaLock implements AutoCloseable {

    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration BETWEEN_SIGNS = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(SchemaLock.class);

    private static final String HELD = "database = currentDatabase() AND name = 'schema_lock'";

    private static final int TABLE_ALREADY_EXISTS = 57;
    private static final Duration PAUSE = Duration.ofMillis(100);

    /// Longer than it takes from a look at the lock to the insert behind it.
    private static final Duration LOOK_TO_WRITE = Duration.ofSeconds(1);

    private final Connection connection;
    private final CountDownLatch released = new CountDownLatch(1);
    private final Thread signs;

    private SchemaLock(Connection connection, Duration betweenSigns) {
        this.connection = connection;
        this.signs = Thread.ofVirtual().start(() -> sign(betweenSigns));
    }

    /// Waits for whoever holds it.
    static SchemaLock take(DataSource clickHouse) throws SQLException, InterruptedException {
        return take(clickHouse, BETWEEN_SIGNS);
    }

    static SchemaLock take(DataSource clickHouse, Duration betweenSigns) throws SQLException, InterruptedException {
        var connection = clickHouse.getConnection();
        try {
            await(connection);
            return new SchemaLock(connection, betweenSigns);
        } catch (SQLException | RuntimeException | InterruptedException e) {
            connection.close();
            throw e;
        }
    }

    private static void await(Connection connection) throws SQLException, InterruptedException {
        while (!create(connection)) {
            if (isTrue(
                    connection,
                    "SELECT count() > 0 FROM system.tables WHERE " + HELD + " AND metadata_modification_time < now() - "
                            + SILENCE.toSeconds())) {
                drop(connection);
            }
            Thread.sleep(PAUSE);
        }
    }

    /// Changes nothing but the time of the change.
    private void sign(Duration betweenSigns) {
        try {
            while (!released.await(betweenSigns.toMillis(), TimeUnit.MILLISECONDS)) {
                try (var statement = connection.createStatement()) {
                    statement.execute("ALTER TABLE schema_lock MODIFY COMMENT ''");
                } catch (SQLException e) {
                    log.warn("The lock of the tables is not kept: {}", e.toString());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
                                + " AND metadata_modification_time >= now() - " + SILENCE.toSeconds())) {
            throw new SQLTransientException("the tables are being changed");
        }
    }

    /// Waits for who has begun to write before it was taken.
    void awaitWriters() throws SQLException, InterruptedException {
        do {
            Thread.sleep(LOOK_TO_WRITE);
        } while (isTrue(
                connection,
                "SELECT count() > 0 FROM system.processes"
                        + " WHERE current_database = currentDatabase() AND query_kind = 'Insert'"));
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
        released.countDown();
        try (connection) {
            awaitLastSign();
            drop(connection);
        }
    }

    private void awaitLastSign() {
        try {
            signs.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
