package io.millrace.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/// The public API as a customer's program uses it.
public final class Api {
    public static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE = 100;
    private static final int AT_A_TIME = 8;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI url;
    private final String key;

    public Api(URI url, String key) {
        this.url = url;
        this.key = key;
    }

    public static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /// @param path below `/api/v1`, such as `/customers`
    /// @throws IOException if the answer is not a success; its message is the answer
    public JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
        return send(path, HttpRequest.newBuilder().POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body))));
    }

    public JsonNode get(String path) throws IOException, InterruptedException {
        return send(path, HttpRequest.newBuilder().GET());
    }

    /// All items of a list, page after page.
    public List<JsonNode> list(String path, String items) throws IOException, InterruptedException {
        var all = new ArrayList<JsonNode>();
        for (int page = 1; page > 0; ) {
            var answer = get(path + "?per_page=" + PAGE + "&page=" + page);
            answer.path(items).forEach(all::add);
            page = answer.path("meta").path("next_page").asInt(0);
        }
        return all;
    }

    /// A request as a caller writes it down for [#together].
    public interface Request<T> {
        T send() throws IOException, InterruptedException;
    }

    /// Sends some at a time and returns the answers in the order of the requests.
    public static <T> List<T> together(List<Request<T>> requests) throws IOException, InterruptedException {
        try (var threads =
                Executors.newFixedThreadPool(AT_A_TIME, Thread.ofVirtual().factory())) {
            var sent = requests.stream()
                    .map(request -> threads.submit(request::send))
                    .toList();
            var answers = new ArrayList<T>();
            for (var answer : sent) answers.add(answer.get());
            return answers;
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private JsonNode send(String path, HttpRequest.Builder request) throws IOException, InterruptedException {
        var response = client.send(
                request.uri(url.resolve("/api/v1" + path))
                        .timeout(Duration.ofSeconds(60))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .build(),
                BodyHandlers.ofByteArray());
        if (response.statusCode() / 100 != 2) {
            throw new IOException(
                    path + " answered " + response.statusCode() + ": " + new String(response.body(), UTF_8));
        }
        return JSON.readTree(response.body());
    }
}
