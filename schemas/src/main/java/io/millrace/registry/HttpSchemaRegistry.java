package io.millrace.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/// Client of the Confluent schema registry's REST API, as Confluent, Redpanda, Karapace and Apicurio (under
/// `/apis/ccompat/v7`) serve it.
///
/// Addresses are tried in turn, twice round, before [RegistryUnavailableException]: a caller that can wait asks
/// again.
public final class HttpSchemaRegistry implements SchemaRegistry {
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int ROUNDS = 2;
    private static final Duration UNKNOWN_FOR = Duration.ofMillis(100);
    private static final int MOST_UNKNOWN = 1_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final List<Address> addresses;
    private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
    private final Map<Subject, Integer> ids = new ConcurrentHashMap<>();
    /// Ids that it did not know a moment ago. Who produces with those of another registry sends nothing else, and to
    /// ask at each such record would hold back everyone's.
    private final Map<Integer, Unknown> unknown = new ConcurrentHashMap<>();

    private HttpSchemaRegistry(List<Address> addresses) {
        this.addresses = addresses;
    }

    /// @param urls addresses separated by commas, each such as `https://user:password@registry:8081`
    /// @throws IllegalArgumentException if one is not an http or https address
    public static HttpSchemaRegistry of(String urls) {
        return new HttpSchemaRegistry(
                List.of(urls.split(",")).stream().map(Address::parse).toList());
    }

    @Override
    public int register(String subject, Schema schema) {
        var known = ids.get(new Subject(subject, schema));
        if (known != null) return known;
        var answer = require("POST", "/subjects/" + encode(subject) + "/versions", body(schema));
        int id = answer.path("id").intValue();
        ids.put(new Subject(subject, schema), id);
        return id;
    }

    @Override
    public Schema byId(int id) {
        var known = schemas.get(id);
        if (known != null) return known;
        var refused = unknown.get(id);
        if (refused != null && System.nanoTime() - refused.sinceNanos < UNKNOWN_FOR.toNanos()) throw refused.refusal;
        try {
            var schema = parse(
                    require("GET", "/schemas/ids/" + id, null).path("schema").asText());
            schemas.put(id, schema);
            return schema;
        } catch (RegistryException e) {
            if (unknown.size() >= MOST_UNKNOWN) unknown.clear();
            unknown.put(id, new Unknown(e, System.nanoTime()));
            throw e;
        }
    }

    @Override
    public Optional<Registered> latest(String subject) {
        var answer = send("GET", "/subjects/" + encode(subject) + "/versions/latest", null);
        if (answer.status() == 404) return Optional.empty();
        var json = answer.require();
        return Optional.of(new Registered(
                json.path("id").intValue(),
                json.path("version").intValue(),
                parse(json.path("schema").asText())));
    }

    @Override
    public boolean isCompatible(String subject, Schema schema) {
        var answer = send("POST", "/compatibility/subjects/" + encode(subject) + "/versions/latest", body(schema));
        if (answer.status() == 404) return true;
        return answer.require().path("is_compatible").booleanValue();
    }

    private JsonNode require(String method, String path, @Nullable String body) {
        return send(method, path, body).require();
    }

    private Answer send(String method, String path, @Nullable String body) {
        var failures = new ArrayList<String>();
        IOException last = null;
        for (int round = 0; round < ROUNDS; round++) {
            for (var address : addresses) {
                var request = HttpRequest.newBuilder(URI.create(address.url() + path))
                        .timeout(TIMEOUT)
                        .header("Accept", CONTENT_TYPE)
                        .header("Content-Type", CONTENT_TYPE)
                        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
                address.authorization().ifPresent(value -> request.header("Authorization", value));
                try {
                    var response = client.send(request.build(), BodyHandlers.ofString());
                    if (response.statusCode() < 500 && response.statusCode() != 429) {
                        return new Answer(response.statusCode(), response.body());
                    }
                    failures.add(address.url() + ": HTTP " + response.statusCode());
                } catch (IOException e) {
                    last = e;
                    failures.add(address.url() + ": " + e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new RegistryUnavailableException("interrupted while asking the schema registry", e);
                }
            }
        }
        throw new RegistryUnavailableException(
                "no schema registry answers: " + failures, last == null ? new IOException("HTTP errors only") : last);
    }

    private static String body(Schema schema) {
        return JSON.createObjectNode().put("schema", schema.toString()).toString();
    }

    private static Schema parse(String schema) {
        return new Schema.Parser().parse(schema);
    }

    private static String encode(String subject) {
        return URLEncoder.encode(subject, StandardCharsets.UTF_8);
    }

    private record Unknown(RegistryException refusal, long sinceNanos) {}

    private record Subject(String name, Schema schema) {}

    private record Answer(int status, String body) {
        JsonNode require() {
            try {
                var json = JSON.readTree(body);
                if (status / 100 == 2) return json;
                throw new RegistryException(
                        json.path("error_code").asInt(status),
                        json.path("message").asText(body));
            } catch (JsonProcessingException e) {
                throw new RegistryException(status, "not JSON: " + body);
            }
        }
    }

    private record Address(String url, Optional<String> authorization) {
        static Address parse(String text) {
            var uri = URI.create(text.strip());
            if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
                throw new IllegalArgumentException("not a schema registry address: " + text);
            }
            var port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
            var path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
            var authorization = Optional.ofNullable(uri.getUserInfo())
                    .map(user -> "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
            return new Address(uri.getScheme() + "://" + uri.getHost() + port + path, authorization);
        }
    }
}
