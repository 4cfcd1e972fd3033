package io.millrace.invoicer;

import io.millrace.invoicer.contract.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Speaks to the control plane as its users do.
public record ApiClient(URI server, @Nullable String key) {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    public record Answer(int status, String body) {
        /// What is at the path, such as `plan.charges.0.code`.
        public @Nullable Object at(String path) {
            var value = Json.parse(body.getBytes(StandardCharsets.UTF_8));
            for (var step : path.split("\\.")) {
                value = switch (value) {
                    case Map<?, ?> map -> map.get(step);
                    case List<?> list when Integer.parseInt(step) < list.size() -> list.get(Integer.parseInt(step));
                    case null, default -> null;
                };
            }
            return value;
        }

        public String text(String path) {
            return String.valueOf(at(path));
        }
    }

    public Answer post(String path, String body) {
        return send("POST", path, body);
    }

    public Answer put(String path, String body) {
        return send("PUT", path, body);
    }

    public Answer get(String path) {
        return send("GET", path, null);
    }

    public Answer delete(String path) {
        return send("DELETE", path, null);
    }

    /// A write that must succeed.
    public Answer create(String path, String body) {
        var answer = post(path, body);
        if (answer.status() != 200) throw new AssertionError("%s: %s".formatted(path, answer));
        return answer;
    }

    public Answer send(String method, String path, @Nullable String body) {
        return send(method, path, body, Map.of());
    }

    public Answer send(String method, String path, @Nullable String body, Map<String, String> headers) {
        var request = HttpRequest.newBuilder(server.resolve("/api/v1" + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Content-Type", "application/json");
        if (key != null) request.header("Authorization", "Bearer " + key);
        headers.forEach(request::header);
        try {
            var response = HTTP.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
