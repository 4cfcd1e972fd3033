package io.millrace.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A few connections to the engine of this process: as many statements run at once, the rest wait.
final class ClickHouseConnections implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ClickHouseConnections.class);
    private static final String HOME_DATABASE = "default";

    private final ClickHouseLibrary library;
    private final List<Connection> all = new ArrayList<>();
    private final BlockingQueue<Connection> idle = new LinkedBlockingQueue<>();

    ClickHouseConnections(ClickHouseLibrary library, List<String> arguments, int count) {
        this.library = library;
        for (var i = 0; i < count; i++) {
            all.add(new Connection(library.connect(arguments)));
        }
        idle.addAll(all);
    }

    /// A connection of the caller's own until it is closed, in this database and with these settings.
    Lease lease(String database, Map<String, String> settings) throws InterruptedException, ClickHouseException {
        var connection = idle.take();
        try {
            connection.use(database.isBlank() ? HOME_DATABASE : database);
            connection.set(settings);
            return new Lease(connection);
        } catch (Throwable e) {
            give(connection);
            throw e;
        }
    }

    private void give(Connection connection) {
        connection.reset();
        idle.add(connection);
    }

    final class Lease implements AutoCloseable {
        private final Connection connection;

        private Lease(Connection connection) {
            this.connection = connection;
        }

        MemorySegment handle() {
            return connection.handle;
        }

        @Override
        public void close() {
            give(connection);
        }
    }

    /// Waits for statements that still run: to close a connection under its statement aborts the process.
    @Override
    public void close() {
        var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        for (var i = 0; i < all.size(); i++) {
            try {
                var connection = idle.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (connection == null) {
                    log.warn("A statement still runs; ClickHouse is left to end with this process");
                    return;
                }
                library.close(connection.handle);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private final class Connection {
        private final MemorySegment handle;
        private String database = HOME_DATABASE;
        private List<String> changedSettings = List.of();

        Connection(MemorySegment handle) {
            this.handle = handle;
        }

        void use(String wanted) throws ClickHouseException {
            if (!wanted.equals(database)) {
                run("USE " + quoted(wanted, '`'));
                database = wanted;
            }
        }

        void set(Map<String, String> settings) throws ClickHouseException {
            if (!settings.isEmpty()) {
                changedSettings = List.copyOf(settings.keySet());
                var assignments = new ArrayList<String>();
                settings.forEach((name, value) -> assignments.add(quoted(name, '`') + " = " + quoted(value, '\'')));
                run("SET " + String.join(", ", assignments));
            }
        }

        void reset() {
            for (var name : changedSettings) {
                try {
                    run("SET " + quoted(name, '`') + " = DEFAULT");
                } catch (ClickHouseException e) {
                    log.debug("Cannot reset {}: it was refused before", name, e);
                }
            }
            changedSettings = List.of();
        }

        private void run(String sql) throws ClickHouseException {
            var result = library.query(handle, sql.getBytes(UTF_8), "TabSeparated", Map.of());
            try {
                ClickHouseException.check(library.error(result));
            } finally {
                library.destroy(result);
            }
        }

        private static String quoted(String text, char quote) {
            return quote + text.replace("\\", "\\\\").replace(String.valueOf(quote), "\\" + quote) + quote;
        }
    }
}
