package io.millrace.streams;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/// What an orchestrator asks: `/health` is 200 unless the service has given up, `/ready` is 200 while it processes,
/// `/metrics` is for Prometheus. Everything else is 404.
final class HealthEndpoint implements AutoCloseable {
    private final HttpServer server;

    HealthEndpoint(int port, BooleanSupplier healthy, BooleanSupplier ready, PrometheusMeterRegistry meters) {
        try {
            server = HttpServer.create(new InetSocketAddress(port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException("port " + port + " cannot be used", e);
        }
        server.createContext("/", exchange -> {
            switch (exchange.getRequestURI().getPath()) {
                case "/health" -> answer(exchange, healthy);
                case "/ready" -> answer(exchange, ready);
                case "/metrics" -> answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", meters.scrape());
                default -> answer(exchange, 404, "text/plain", "not found\n");
            }
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, BooleanSupplier statement) throws IOException {
        boolean holds = statement.getAsBoolean();
        answer(exchange, holds ? 200 : 503, "text/plain", holds ? "ok\n" : "not now\n");
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        var body = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
