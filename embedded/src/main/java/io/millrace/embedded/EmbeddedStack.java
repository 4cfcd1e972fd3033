package io.millrace.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// The engines that Millrace runs on, started together in this process, and the addresses that services find them
/// by.
///
/// ```
/// try (var stack = EmbeddedStack.start(EmbeddedSettings.of(System.getenv()))) {
///     var settings = EnricherSettings.of(stack.environment());
/// ```
public final class EmbeddedStack implements AutoCloseable {
    /// Partitions of event topics in an embedded stack, unless whoever creates them wants another number.
    public static final int EVENT_PARTITIONS = 4;

    private final EmbeddedSettings settings;
    private final DataDirectory data;
    private final Map<Engine, String> addresses;
    private volatile @Nullable EmbeddedKafka kafka;
    private volatile @Nullable EmbeddedRegistry registry;
    private volatile @Nullable EmbeddedPostgres postgres;
    private volatile @Nullable EmbeddedClickHouse clickHouse;
    private boolean closed;

    private EmbeddedStack(EmbeddedSettings settings, DataDirectory data) {
        this.settings = settings;
        this.data = data;
        this.addresses = new EnumMap<>(Engine.class);
        addresses.putAll(settings.given());
    }

    /// Returns when all engines of the settings serve; where one does not start, none is left running.
    ///
    /// @throws IllegalStateException where another process runs on the data directory
    public static EmbeddedStack start(EmbeddedSettings settings) {
        QuietLogging.apply();
        var data = settings.data().map(DataDirectory::open).orElseGet(DataDirectory::temporary);
        var stack = new EmbeddedStack(settings, data);
        try {
            stack.require(settings.engines());
            return stack;
        } catch (RuntimeException | Error e) {
            stack.close();
            throw e;
        }
    }

    /// Starts those of the engines that are not there yet.
    synchronized void require(Set<Engine> engines) {
        if (closed) {
            throw new IllegalStateException("the stack is closed");
        }
        var missing = settings.withEngines(engines).engines().stream()
                .filter(engine -> !addresses.containsKey(engine))
                .sorted() // the broker before the registry
                .toList();
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var starts = new EnumMap<Engine, CompletableFuture<String>>(Engine.class);
            for (var engine : missing) {
                // all at once, but for the registry, which keeps its state in the broker
                var after = engine == Engine.REGISTRY ? starts.get(Engine.KAFKA) : null;
                starts.put(
                        engine,
                        after == null
                                ? CompletableFuture.supplyAsync(() -> start(engine, address(Engine.KAFKA)), tasks)
                                : after.thenApplyAsync(broker -> start(engine, broker), tasks));
            }
            CompletableFuture.allOf(starts.values().toArray(CompletableFuture[]::new))
                    .join();
            starts.forEach((engine, start) -> addresses.put(engine, start.join()));
        } catch (CompletionException e) {
            throw new IllegalStateException("the embedded stack did not start: " + e.getCause(), e.getCause());
        }
    }

    /// @return the engine's address
    private String start(Engine engine, String broker) {
        var directory = data.path().resolve(engine.name().toLowerCase(Locale.ROOT));
        var port = settings.port(engine);
        return switch (engine) {
            case KAFKA -> {
                var started = EmbeddedKafka.start(directory, port);
                kafka = started;
                yield started.bootstrapServers();
            }
            case REGISTRY -> {
                var started = EmbeddedRegistry.start(broker, port);
                registry = started;
                yield started.url();
            }
            case POSTGRES -> {
                var started = EmbeddedPostgres.start(directory, port);
                postgres = started;
                yield started.jdbcUrl();
            }
            case CLICKHOUSE -> {
                var started = EmbeddedClickHouse.start(directory, port);
                clickHouse = started;
                yield started.jdbcUrl();
            }
        };
    }

    private String address(Engine engine) {
        return addresses.getOrDefault(engine, "");
    }

    /// The engines' addresses by the names that all services read: `KAFKA_BOOTSTRAP_SERVERS`,
    /// `SCHEMA_REGISTRY_URL`, `DATABASE_URL` and `CLICKHOUSE_URL`, for each engine that was started or given.
    public synchronized Map<String, String> environment() {
        var environment = new TreeMap<String, String>();
        addresses.forEach((engine, address) -> environment.put(engine.addressVariable(), address));
        return environment;
    }

    /// Where the engines' data is: the directory of the settings, or the temporary one.
    public Path data() {
        return data.path();
    }

    /// The broker in this process. [#environment()] has the address also where it is a real one.
    public EmbeddedKafka kafka() {
        return started(kafka, Engine.KAFKA);
    }

    /// The registry in this process, which a test may stop and restart.
    public EmbeddedRegistry registry() {
        return started(registry, Engine.REGISTRY);
    }

    /// The server of this process, which can make more databases.
    public EmbeddedPostgres postgres() {
        return started(postgres, Engine.POSTGRES);
    }

    /// The engine in this process.
    public EmbeddedClickHouse clickHouse() {
        return started(clickHouse, Engine.CLICKHOUSE);
    }

    private static <T> T started(@Nullable T engine, Engine name) {
        if (engine == null) {
            throw new IllegalStateException(name + " is not one of the embedded engines of this stack");
        }
        return engine;
    }

    /// Stops the engines, those first that use the others, and deletes a temporary data directory.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            closeTogether(clickHouse, postgres);
            closeTogether(registry);
            closeTogether(kafka);
        } finally {
            data.close();
        }
    }

    private static void closeTogether(@Nullable AutoCloseable... engines) {
        var closing = new ArrayList<CompletableFuture<Void>>();
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var engine : engines) {
                if (engine != null) {
                    closing.add(CompletableFuture.runAsync(() -> close(engine), tasks));
                }
            }
        }
        List.copyOf(closing).forEach(CompletableFuture::join);
    }

    private static void close(AutoCloseable engine) {
        try {
            engine.close();
        } catch (Exception e) {
            throw new IllegalStateException("cannot close " + engine.getClass().getSimpleName(), e);
        }
    }
}
