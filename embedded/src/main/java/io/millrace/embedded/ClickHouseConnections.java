package io.millrace.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A few connections to the engine of this process: as many statements run at once, the rest wait.
///
/// A connection keeps its database and settings for the next statement that wants the same: to change each is a
/// statement of its own, which takes longer than many a query.
final class ClickHouseConnections implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ClickHouseConnections.class);
    private static final String HOME_DATABASE = "default";

    private final ClickHouseLibrary library;
    private final List<Connection> all = new ArrayList<>();
    private final BlockingDeque<Connection> idle = new LinkedBlockingDeque<>();

    ClickHouseConnections(ClickHouseLibrary library, List<String> arguments, int count) {
        this.library = library;
        for (var i = 0; i < count; i++) {
            all.add(new Connection(library.connect(arguments)));
        }
        idle.addAll(all);
    }

    /// A connection of the caller's own until it is closed, in this database and with these settings.
    Lease lease(String database, Map<String, String> settings) throws InterruptedException, ClickHouseException {
        var wanted = database.isBlank() ? HOME_DATABASE : database;
        var connection = take(wanted, settings);
        try {
            connection.use(wanted);
            connection.set(settings);
            return new Lease(connection);
        } catch (Throwable e) {
            give(connection);
            throw e;
        }
    }

    /// One that has them already, if there is one; else that which has not been used for longest.
    private Connection take(String database, Map<String, String> settings) throws InterruptedException {
        for (var connection : idle) {
            if (connection.database.equals(database) && connection.settings.equals(settings) && idle.remove(connection))
                return connection;
        }
        return idle.takeLast();
    }

    private void give(Connection connection) {
        idle.addFirst(connection);
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
        private Map<String, String> settings = Map.of();

        Connection(MemorySegment handle) {
            this.handle = handle;
        }

        void use(String wanted) throws ClickHouseException {
            if (!wanted.equals(database)) {
                run("USE " + quoted(wanted, '`'));
                database = wanted;
            }
        }

        void set(Map<String, String> wanted) throws ClickHouseException {
            if (wanted.equals(settings)) return;
            var assignments = new ArrayList<String>();
            for (var name : settings.keySet()) {
                if (!wanted.containsKey(name)) assignments.add(quoted(name, '`') + " = DEFAULT");
            }
            wanted.forEach((name, value) -> assignments.add(quoted(name, '`') + " = " + quoted(value, '\'')));
            try {
                run("SET " + String.join(", ", assignments));
                settings = Map.copyOf(wanted);
            } catch (ClickHouseException e) {
                wanted.keySet().forEach(this::reset);
                settings.keySet().forEach(this::reset);
                settings = Map.of();
                throw e;
            }
        }

        private void reset(String name) {
            try {
                run("SET " + quoted(name, '`') + " = DEFAULT");
            } catch (ClickHouseException e) {
                log.debug("Cannot reset {}: it was refused before", name, e);
            }
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
