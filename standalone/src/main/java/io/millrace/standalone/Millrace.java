package io.millrace.standalone;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.millrace.charger.Charger;
import io.millrace.charger.ChargerSettings;
import io.millrace.embedded.EmbeddedSettings;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.enricher.Accounting;
import io.millrace.enricher.Enricher;
import io.millrace.enricher.EnricherSettings;
import io.millrace.ingest.IngestApi;
import io.millrace.invoicer.Invoicer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// All of Millrace in this process: the engines, the stream services, and one HTTP server for ingestion and
/// control plane.
///
/// ```
/// EmbeddedStack ─┬─▶ ingest-api + invoicer, one server ─┐
///                ├─▶ enricher ──────────────────────────┼─▶ ready
///                └─▶ charger ───────────────────────────┘
/// ```
public final class Millrace implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final StandaloneSettings settings;
    private final Map<String, String> environment;
    /// What has been started, the last first.
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private @Nullable EmbeddedServer server;
    private @Nullable Enricher enricher;

    private Millrace(StandaloneSettings settings, Map<String, String> environment) {
        this.settings = settings;
        this.environment = environment;
    }

    /// Returns when events are taken, enriched and stored.
    ///
    /// @param environment as of a service of its own each; what names a real server replaces the embedded one
    /// @param told takes a sentence about each step
    /// @throws IllegalArgumentException naming the variable that makes no sense
    /// @throws IllegalStateException if something does not start; what did is stopped again
    public static Millrace start(Map<String, String> environment, Consumer<String> told) {
        var settings = StandaloneSettings.of(environment);
        var millrace = new Millrace(settings, new HashMap<>(environment));
        try {
            millrace.start(told);
            return millrace;
        } catch (ExecutionException e) {
            millrace.close();
            throw new IllegalStateException("Millrace did not start: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            millrace.close();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting", e);
        } catch (RuntimeException e) {
            millrace.close();
            throw e;
        }
    }

    private void start(Consumer<String> told) throws ExecutionException, InterruptedException {
        long begun = System.nanoTime();
        var stack = EmbeddedStack.start(EmbeddedSettings.of(environment));
        parts.push(stack);
        environment.putAll(stack.environment());
        environment.put("MILLRACE_API_KEY", settings.apiKey());
        environment.put("MILLRACE_DATA", stack.data().toString());
        // Everything shares the processors of one machine.
        environment.putIfAbsent("MILLRACE_ENRICHER_THREADS", "1");
        environment.putIfAbsent("MILLRACE_CHARGER_THREADS", "1");
        told.accept("engines up after %.1f s: Kafka, schema registry, PostgreSQL, ClickHouse".formatted(since(begun)));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var serving = threads.submit(() -> {
                var context = IngestApi.configure(
                                Invoicer.configure(ApplicationContext.builder(), environment), environment)
                        .properties(Map.of("micronaut.server.port", settings.port() == 0 ? -1 : settings.port()))
                        .start();
                return context.getBean(EmbeddedServer.class).start();
            });
            var enriching = threads.submit(() -> Enricher.start(EnricherSettings.of(environment)));
            var charging = threads.submit(() -> Charger.start(ChargerSettings.of(environment)));
            var enricher = enriching.get();
            parts.push(enricher);
            var charger = charging.get();
            parts.push(charger);
            var server = serving.get();
            parts.push(server);
            if (!enricher.awaitReady(PATIENCE)) throw new IllegalStateException("the enricher is not ready");
            if (!charger.awaitReady(PATIENCE)) throw new IllegalStateException("the charger is not ready");
            this.enricher = enricher;
            this.server = server;
        }
        told.accept("services up after %.1f s: ingest-api, enricher, charger, invoicer".formatted(since(begun)));
    }

    /// Of the one HTTP server, such as `http://localhost:8080`.
    public URI url() {
        if (server == null) throw new IllegalStateException("not started");
        return server.getURI();
    }

    public String apiKey() {
        return settings.apiKey();
    }

    /// The variables that the services were started with, with the addresses of all engines.
    public Map<String, String> environment() {
        return Map.copyOf(environment);
    }

    /// The enricher's books.
    public Accounting accounting() {
        if (enricher == null) throw new IllegalStateException("not started");
        return enricher.accounting();
    }

    /// Stops the services, then the engines.
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                System.getLogger(Millrace.class.getName()).log(System.Logger.Level.WARNING, "a part did not stop", e);
            }
        }
    }

    private static double since(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }
}
