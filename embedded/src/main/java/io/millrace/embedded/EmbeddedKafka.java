package io.millrace.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// A real Kafka broker in this process: broker and controller in one, one node, transactions on, on the loopback
/// interface.
///
/// Its directory outlives it: a broker that is started on the directory of an earlier one has that one's topics,
/// offsets and transactions, whether it was closed or killed.
public final class EmbeddedKafka implements AutoCloseable {
    private static final String NODE = "1";
    private static final int BIND_ATTEMPTS = 5;

    private final Path directory;
    private final int port;
    private @Nullable KafkaRaftServer server;

    private EmbeddedKafka(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    /// Returns when the broker takes requests.
    ///
    /// @param port to listen on; 0 takes any that is free
    public static EmbeddedKafka start(Path directory, int port) {
        QuietLogging.apply();
        format(directory);
        for (var attempt = 1; ; attempt++) {
            var kafka = new EmbeddedKafka(directory, Ports.orFree(port));
            try {
                kafka.restart();
                return kafka;
            } catch (RuntimeException e) {
                // between finding a port free and listening on it someone else may have taken it
                if (port != 0 || attempt == BIND_ATTEMPTS || !Ports.isBindFailure(e)) {
                    throw e;
                }
            }
        }
    }

    /// `bootstrap.servers` for its clients, such as `127.0.0.1:29092`.
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /// Stops the broker as an operator would; its clients see an outage until [#restart()].
    public synchronized void stop() {
        var running = server;
        if (running != null) {
            server = null;
            running.shutdown();
            running.awaitShutdown();
        }
    }

    /// Starts the broker again after [#stop()], with the same port and data.
    public synchronized void restart() {
        if (server != null) {
            return;
        }
        var starting = new KafkaRaftServer(new KafkaConfig(settings()), Time.SYSTEM);
        try {
            starting.startup();
        } catch (RuntimeException e) {
            starting.shutdown();
            throw e;
        }
        server = starting;
    }

    @Override
    public void close() {
        stop();
    }

    private Map<String, String> settings() {
        var controllerPort = Ports.free();
        var settings = new HashMap<String, String>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", NODE);
        settings.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controllerPort);
        settings.put("listeners", "CLIENTS://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.put("advertised.listeners", "CLIENTS://127.0.0.1:" + port);
        settings.put("listener.security.protocol.map", "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("inter.broker.listener.name", "CLIENTS");
        settings.put("log.dirs", directory.toString());

        // Topics are made by the topic catalogue; a mistyped name must not become one.
        settings.put("auto.create.topics.enable", "false");
        // The catalogue sets each topic's own limit, up to 4 MiB; requests carry several records.
        settings.put("message.max.bytes", Integer.toString(8 << 20));

        // One node: nothing to replicate to. Few partitions of the internal topics make start and recovery quick.
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "5");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "5");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "1");

        // A broker that was killed is let back in once its predecessor's session is over: 9 s by default.
        settings.put("broker.session.timeout.ms", "4000");
        settings.put("broker.heartbeat.interval.ms", "500");

        // A group starts with its first member, and a member that was killed is noticed within seconds.
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("group.min.session.timeout.ms", "1000");
        // The default of 128 MiB is for the cleaner of a broker with gigabytes of compacted topics.
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20));
        settings.put("log.cleaner.backoff.ms", "5000");
        // Commits and aborts that a killed client left open end at its own time-out, looked for more often than by
        // default.
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        return settings;
    }

    /// Gives a new directory its cluster id; leaves one that has it as it is.
    private static void format(Path directory) {
        if (Files.exists(directory.resolve("meta.properties"))) {
            return;
        }
        try {
            // Beside its place and moved there when whole, so that a directory has either everything or nothing of it.
            var unfinished = directory.resolveSibling(directory.getFileName() + ".unfinished");
            DataDirectory.delete(unfinished);
            DataDirectory.requireNothingIn(directory);
            Files.createDirectories(unfinished);
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(Integer.parseInt(NODE))
                    .setClusterId(Uuid.randomUuid().toString())
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(unfinished.toString())
                    .addDirectory(unfinished.toString())
                    .run();
            Files.deleteIfExists(directory);
            Files.move(unfinished, directory, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("cannot prepare " + directory + " for the broker", e);
        }
    }

    /// The broker as a process of its own, for tests that kill it: `EmbeddedKafka DIRECTORY PORT`, says `ready
    /// ADDRESS`.
    public static void main(String[] arguments) {
        var kafka = start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(kafka::close));
        ChildProcess.sayReady(kafka.bootstrapServers());
        ChildProcess.park();
    }
}
