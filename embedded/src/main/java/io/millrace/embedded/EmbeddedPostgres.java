package io.millrace.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A real PostgreSQL server, as a child process of this one, on the loopback interface.
///
/// Its directory outlives it. A server that a killed process has left running on the directory is stopped first;
/// what it had committed is there.
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String DATABASE = "millrace";
    private static final int BIND_ATTEMPTS = 5;
    private static final Duration START = Duration.ofMinutes(2);

    private final Path directory;
    private final int port;
    private io.zonky.test.db.postgres.embedded.@Nullable EmbeddedPostgres server;

    private EmbeddedPostgres(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    /// Returns when the server takes connections and has a database of our name.
    ///
    /// @param port to listen on; 0 takes any that is free
    public static EmbeddedPostgres start(Path directory, int port) {
        QuietLogging.apply();
        for (var attempt = 1; ; attempt++) {
            var postgres = new EmbeddedPostgres(directory, Ports.orFree(port));
            try {
                postgres.restart();
                return postgres;
            } catch (UncheckedIOException e) {
                // a port that was taken since it was found free shows as a server that does not come up
                if (port != 0 || attempt == BIND_ATTEMPTS || isListening(postgres.port)) {
                    throw e;
                }
            }
        }
    }

    /// The database of the control plane, such as `jdbc:postgresql://127.0.0.1:25432/millrace?user=postgres`.
    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    /// Another database of this server, created where it does not exist, so that tests need not share one.
    ///
    /// @param name lower-case letters, digits and underscores
    public String database(String name) {
        if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
            throw new IllegalArgumentException("not a database name: " + name);
        }
        try (var connection = DriverManager.getConnection(jdbcUrl("postgres"));
                var known = connection.prepareStatement("SELECT 1 FROM pg_database WHERE datname = ?")) {
            known.setString(1, name);
            try (var rows = known.executeQuery();
                    var statement = connection.createStatement()) {
                if (!rows.next()) {
                    statement.execute("CREATE DATABASE " + name);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("cannot create database " + name, e);
        }
        return jdbcUrl(name);
    }

    public int port() {
        return port;
    }

    /// Stops the server; its clients see an outage until [#restart()].
    public synchronized void stop() {
        var running = server;
        if (running != null) {
            server = null;
            try {
                running.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Starts the server again after [#stop()], with the same port and data.
    public synchronized void restart() {
        if (server != null) {
            return;
        }
        stopOrphan(directory);
        try {
            var unfinished = directory.resolveSibling(directory.getFileName() + ".unfinished");
            if (!Files.exists(directory.resolve("PG_VERSION")) || Files.exists(unfinished)) {
                begin(directory, unfinished);
            }
            var starting = io.zonky.test.db.postgres.embedded.EmbeddedPostgres.builder()
                    .setDataDirectory(directory)
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(true)
                    .setPort(port)
                    .setPGStartupWait(START)
                    // the library turns both off
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("timezone", "UTC")
                    .setLocaleConfig("locale", "C")
                    .start();
            server = starting;
            var unused = database(DATABASE);
            Files.deleteIfExists(unfinished);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Marks the first start on a directory, so that one that was cut short is made anew. Nothing else is deleted.
    private static void begin(Path directory, Path unfinished) throws IOException {
        if (Files.exists(unfinished)) {
            DataDirectory.delete(directory);
        }
        DataDirectory.requireNothingIn(directory);
        Files.createDirectories(directory);
        Files.writeString(unfinished, "");
    }

    @Override
    public void close() {
        stop();
    }

    private String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres";
    }

    private static boolean isListening(int port) {
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /// Stops the server that a killed process has left on a directory, and clears its mark of being in use.
    ///
    /// The mark names a process id. After a restart of the machine or container another process may bear it, for
    /// which PostgreSQL would refuse to start, so what is not a server of this directory counts as ended.
    static void stopOrphan(Path directory) {
        var mark = directory.resolve("postmaster.pid");
        if (!Files.exists(mark)) {
            return;
        }
        try {
            var lines = Files.readAllLines(mark);
            if (!lines.isEmpty()) {
                ProcessHandle.of(Long.parseLong(lines.getFirst().trim()))
                        .filter(process -> isServerOf(process, directory))
                        .ifPresent(server -> end(server, mark));
            }
            Files.deleteIfExists(mark);
        } catch (NumberFormatException | IOException e) {
            log.warn("cannot read {}", mark, e);
        }
    }

    private static boolean isServerOf(ProcessHandle process, Path directory) {
        return process.info()
                .commandLine()
                .filter(line -> line.contains("postgres") && line.contains(directory.toString()))
                .isPresent();
    }

    private static void end(ProcessHandle server, Path mark) {
        log.info("stopping the PostgreSQL server {} that a killed process has left", server.pid());
        interrupt(server);
        if (!hasEnded(server, mark)) {
            server.destroyForcibly();
            if (!hasEnded(server, mark)) {
                log.warn("the PostgreSQL server {} does not end", server.pid());
            }
        }
    }

    /// Asks for a "fast" shutdown, which does not wait for clients as that of the ordinary signal does.
    private static void interrupt(ProcessHandle server) {
        try {
            var unused = new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).start();
        } catch (IOException noSuchCommand) {
            server.destroy();
        }
    }

    /// Waits at most ten seconds. The last thing that a server does is to take its mark away; its entry in the
    /// process table may stay, where nobody reaps it.
    private static boolean hasEnded(ProcessHandle server, Path mark) {
        for (var poll = 0; poll < 100; poll++) {
            try {
                server.onExit().get(100, TimeUnit.MILLISECONDS);
                return true;
            } catch (TimeoutException stillThere) {
                if (!Files.exists(mark)) {
                    return true;
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    /// The server under a process of its own, for tests that kill it: `EmbeddedPostgres DIRECTORY PORT`, says
    /// `ready JDBC-URL`.
    public static void main(String[] arguments) {
        var postgres = start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
        ChildProcess.sayReady(postgres.jdbcUrl());
        ChildProcess.park();
    }
}
