package io.millrace.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The real ClickHouse engine in this process, behind a small HTTP endpoint that the official JDBC driver talks to
/// as to a server.
///
/// A JVM holds one engine at a time. Its directory outlives it: an engine that is started on the directory of an
/// earlier one has that one's tables, and its Kafka-engine tables consume on, whether it was closed or killed.
public final class EmbeddedClickHouse implements AutoCloseable {

    /// The database that the stack's tables live in.
    private static final String DATABASE = "millrace";

    // More statements than these wait for one another; a billing run and the tests use fewer at once.
    private static final int CONNECTIONS = 8;
    private static final int BIND_ATTEMPTS = 5;

    private static @Nullable ClickHouseLibrary library;
    private static @Nullable EmbeddedClickHouse running;

    private final Path directory;
    private final ClickHouseConnections connections;
    private final ClickHouseHttp http;
    private final Thread atExit = new Thread(this::stop, "clickhouse-close");

    private EmbeddedClickHouse(Path directory, int port) {
        this.directory = directory;
        var loaded = library();
        connections = new ClickHouseConnections(loaded, ClickHouseFiles.arguments(directory), CONNECTIONS);
        try {
            http = listen(loaded, port);
        } catch (IOException e) {
            connections.close();
            throw new UncheckedIOException("ClickHouse cannot listen on port " + port, e);
        }
    }

    private ClickHouseHttp listen(ClickHouseLibrary loaded, int port) throws IOException {
        for (var attempt = 1; ; attempt++) {
            try {
                return new ClickHouseHttp(loaded, connections, Ports.orFree(port));
            } catch (BindException e) {
                // between finding a port free and listening on it someone else may have taken it
                if (port != 0 || attempt == BIND_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /// Returns when the engine takes statements and its tables are loaded.
    ///
    /// @param port to listen on, on the loopback interface; 0 takes any that is free
    /// @throws IllegalStateException where the library is missing (it says how to install it), or where this JVM
    /// runs an engine already
    public static EmbeddedClickHouse start(Path directory, int port) {
        synchronized (EmbeddedClickHouse.class) {
            if (running != null) {
                throw new IllegalStateException("this JVM runs ClickHouse already, on " + running.directory);
            }
            var engine = new EmbeddedClickHouse(directory.toAbsolutePath(), port);
            running = engine;
            engine.execute("CREATE DATABASE IF NOT EXISTS " + DATABASE);
            // An engine that is open when the process ends aborts it.
            Runtime.getRuntime().addShutdownHook(engine.atExit);
            return engine;
        }
    }

    private static synchronized ClickHouseLibrary library() {
        if (library == null) {
            library = ClickHouseLibrary.load(ClickHouseFiles.library(System.getenv()));
        }
        return library;
    }

    /// For the official driver, such as `jdbc:clickhouse://127.0.0.1:8123/millrace?compress=false`.
    public String jdbcUrl() {
        return "jdbc:clickhouse://127.0.0.1:" + port() + "/" + DATABASE + "?compress=false";
    }

    public int port() {
        return http.port();
    }

    private void execute(String sql) {
        try (var lease = connections.lease("", Map.of())) {
            var result = library().query(lease.handle(), sql.getBytes(UTF_8), "TabSeparated", Map.of());
            try {
                ClickHouseException.check(library().error(result));
            } finally {
                library().destroy(result);
            }
        } catch (ClickHouseException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Lets running statements end, stops consuming from Kafka and leaves the directory to the next engine.
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException processEnds) {
            // the hook itself closes, once
        }
        stop();
    }

    private void stop() {
        synchronized (EmbeddedClickHouse.class) {
            if (running == this) {
                running = null;
                http.close();
                connections.close();
            }
        }
    }

    /// The engine as a process of its own, for tests that kill it: `EmbeddedClickHouse DIRECTORY PORT`, says
    /// `ready ADDRESS`.
    public static void main(String[] arguments) {
        var engine = start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        ChildProcess.sayReady(engine.jdbcUrl());
    }
}
