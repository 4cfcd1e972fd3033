package io.millrace.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A schema registry for Avro that speaks Confluent's HTTP contract: subjects, versions, ids, compatibility and
/// modes, on the loopback interface.
///
/// Its state is the compacted topic `_schemas` of the broker, so it has none of its own to lose. It serves no
/// schema references and no other schema language. Only one may run on a broker.
public final class EmbeddedRegistry implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedRegistry.class);
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BIND_ATTEMPTS = 5;

    private final String bootstrapServers;
    private final int port;
    private @Nullable Running running;

    private EmbeddedRegistry(String bootstrapServers, int port) {
        this.bootstrapServers = bootstrapServers;
        this.port = port;
    }

    /// Returns when the registry has read its topic and takes requests.
    ///
    /// @param port to listen on; 0 takes any that is free
    public static EmbeddedRegistry start(String bootstrapServers, int port) {
        QuietLogging.apply();
        for (var attempt = 1; ; attempt++) {
            var registry = new EmbeddedRegistry(bootstrapServers, Ports.orFree(port));
            try {
                registry.restart();
                return registry;
            } catch (UncheckedIOException e) {
                if (port != 0 || attempt == BIND_ATTEMPTS || !Ports.isBindFailure(e)) {
                    throw e;
                }
            }
        }
    }

    /// Such as `http://127.0.0.1:28081`.
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /// Stops the registry; its clients see an outage until [#restart()].
    public synchronized void stop() {
        if (running != null) {
            running.close();
            running = null;
        }
    }

    /// Starts the registry again after [#stop()], on the same port, with the state that the broker has.
    public synchronized void restart() {
        if (running == null) {
            running = Running.start(bootstrapServers, port);
        }
    }

    @Override
    public void close() {
        stop();
    }

    /// The registry as a process of its own, for tests that kill it: `EmbeddedRegistry BOOTSTRAP-SERVERS PORT`,
    /// says `ready URL`.
    public static void main(String[] arguments) {
        var registry = start(arguments[0], Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(registry::close));
        ChildProcess.sayReady(registry.url());
        ChildProcess.park();
    }

    /// What exists between start and stop.
    private record Running(HttpServer server, SchemaLog schemaLog) implements AutoCloseable {
        static Running start(String bootstrapServers, int port) {
            var schemaLog = SchemaLog.open(bootstrapServers);
            try {
                var routes = new Routes(new SchemaStore(schemaLog));
                var server = HttpServers.create(port);
                server.createContext("/", routes::handle);
                server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
                server.start();
                return new Running(server, schemaLog);
            } catch (IOException e) {
                schemaLog.close();
                throw new UncheckedIOException(e);
            } catch (RuntimeException e) {
                schemaLog.close();
                throw e;
            }
        }

        @Override
        public void close() {
            server.stop(0);
            schemaLog.close();
        }
    }

    /// Requests to answers.
    private static final class Routes {
        /// Which segments of a path are values and not words, by its first word.
        private static final Map<String, List<Integer>> VALUES = Map.of(
                "subjects", List.of(1, 3),
                "schemas", List.of(2),
                "config", List.of(1),
                "mode", List.of(1),
                "compatibility", List.of(2, 4));

        private final SchemaStore store;

        Routes(SchemaStore store) {
            this.store = store;
        }

        void handle(HttpExchange exchange) throws IOException {
            try (exchange) {
                int status = 200;
                JsonNode answer;
                try {
                    answer = answer(exchange);
                } catch (RegistryError refusal) {
                    status = refusal.status();
                    answer = error(refusal.code(), String.valueOf(refusal.getMessage()));
                } catch (RuntimeException e) {
                    log.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
                    status = 500;
                    answer = error(500, "Internal Server Error");
                }
                var body = answer.toString().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
                var hasBody = !exchange.getRequestMethod().equals("HEAD");
                exchange.sendResponseHeaders(status, hasBody ? body.length : -1);
                if (hasBody) {
                    exchange.getResponseBody().write(body);
                }
            }
        }

        private JsonNode answer(HttpExchange exchange) throws IOException {
            var method = exchange.getRequestMethod().equals("HEAD") ? "GET" : exchange.getRequestMethod();
            var path = path(exchange.getRequestURI().getRawPath());
            var query = query(exchange.getRequestURI().getRawQuery());
            var body = exchange.getRequestBody().readAllBytes();
            var deleted = Boolean.parseBoolean(query.get("deleted"));
            var permanent = Boolean.parseBoolean(query.get("permanent"));

            return switch (method + " " + shape(path)) {
                case "GET " -> JSON.createObjectNode();

                case "GET subjects" ->
                    JSON.valueToTree(store.subjects(deleted).stream()
                            .filter(subject -> subject.startsWith(query.getOrDefault("subjectPrefix", "")))
                            .toList());
                case "POST subjects/*" -> {
                    var found = store.lookup(path.get(1), schema(body), deleted);
                    yield version(found);
                }
                case "DELETE subjects/*" -> JSON.valueToTree(store.deleteSubject(path.get(1), permanent));
                case "GET subjects/*/versions" ->
                    JSON.valueToTree(store.versions(path.get(1), deleted).stream()
                            .map(SchemaStore.Version::version)
                            .toList());
                case "POST subjects/*/versions" ->
                    JSON.createObjectNode().put("id", store.register(path.get(1), schema(body)));
                case "GET subjects/*/versions/*" -> version(store.version(path.get(1), path.get(3), deleted));
                case "GET subjects/*/versions/*/schema" ->
                    json(store.version(path.get(1), path.get(3), deleted).schema());
                case "GET subjects/*/versions/*/referencedby" -> JSON.createArrayNode();
                case "DELETE subjects/*/versions/*" ->
                    JsonNodeFactory.instance.numberNode(store.deleteVersion(path.get(1), path.get(3), permanent));

                case "GET schemas/types" -> JSON.createArrayNode().add("AVRO");
                case "GET schemas/ids/*" -> JSON.createObjectNode().put("schema", store.schema(id(path)));
                case "GET schemas/ids/*/schema" -> json(store.schema(id(path)));
                case "GET schemas/ids/*/subjects" ->
                    JSON.valueToTree(store.uses(id(path), deleted).stream()
                            .map(SchemaStore.Version::subject)
                            .distinct()
                            .toList());
                case "GET schemas/ids/*/versions" -> {
                    var uses = JSON.createArrayNode();
                    for (var use : store.uses(id(path), deleted)) {
                        uses.addObject().put("subject", use.subject()).put("version", use.version());
                    }
                    yield uses;
                }

                case "GET config" ->
                    JSON.createObjectNode()
                            .put("compatibilityLevel", store.globalLevel().name());
                case "PUT config" ->
                    JSON.createObjectNode()
                            .put(
                                    "compatibility",
                                    store.setLevel(null, text(body, "compatibility"))
                                            .name());
                case "DELETE config" ->
                    JSON.createObjectNode()
                            .put("compatibilityLevel", store.unsetLevel(null).name());
                case "GET config/*" -> {
                    var own = store.ownLevel(path.get(1));
                    var level = isDefaultAsked(query)
                            ? own.orElseGet(store::globalLevel)
                            : own.orElseThrow(() -> RegistryError.noLevelOf(path.get(1)));
                    yield JSON.createObjectNode().put("compatibilityLevel", level.name());
                }
                case "PUT config/*" ->
                    JSON.createObjectNode()
                            .put(
                                    "compatibility",
                                    store.setLevel(path.get(1), text(body, "compatibility"))
                                            .name());
                case "DELETE config/*" ->
                    JSON.createObjectNode()
                            .put(
                                    "compatibilityLevel",
                                    store.unsetLevel(path.get(1)).name());

                case "GET mode" ->
                    JSON.createObjectNode().put("mode", store.globalMode().name());
                case "PUT mode" ->
                    JSON.createObjectNode()
                            .put("mode", store.setMode(null, text(body, "mode")).name());
                case "GET mode/*" -> {
                    var own = store.ownMode(path.get(1));
                    var mode = isDefaultAsked(query)
                            ? own.orElseGet(store::globalMode)
                            : own.orElseThrow(() -> RegistryError.noModeOf(path.get(1)));
                    yield JSON.createObjectNode().put("mode", mode.name());
                }
                case "PUT mode/*" ->
                    JSON.createObjectNode()
                            .put(
                                    "mode",
                                    store.setMode(path.get(1), text(body, "mode"))
                                            .name());
                case "DELETE mode/*" ->
                    JSON.createObjectNode()
                            .put("mode", store.unsetMode(path.get(1)).name());

                case "POST compatibility/subjects/*/versions" ->
                    compatibility(store.objections(path.get(2), schema(body), null), query);
                case "POST compatibility/subjects/*/versions/*" ->
                    compatibility(store.objections(path.get(2), schema(body), path.get(4)), query);

                default -> throw RegistryError.noRoute();
            };
        }

        private static List<String> path(String rawPath) {
            var segments = new ArrayList<String>();
            for (var segment : rawPath.split("/", -1)) {
                if (!segment.isEmpty()) {
                    // in a path, other than in a query, a plus is a plus
                    segments.add(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
                }
            }
            return segments;
        }

        private static Map<String, String> query(@Nullable String rawQuery) {
            var query = new HashMap<String, String>();
            for (var pair : rawQuery == null ? new String[0] : rawQuery.split("&", -1)) {
                var at = pair.indexOf('=');
                var name = at < 0 ? pair : pair.substring(0, at);
                var value = at < 0 ? "" : URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8);
                query.put(name, value);
            }
            return query;
        }

        /// `/subjects/a/versions/1` is `subjects/*/versions/*`.
        private static String shape(List<String> path) {
            var words = new ArrayList<>(path);
            for (var value : path.isEmpty() ? List.<Integer>of() : VALUES.getOrDefault(path.getFirst(), List.of())) {
                if (value < words.size()) {
                    words.set(value, "*");
                }
            }
            return String.join("/", words);
        }

        private static int id(List<String> path) {
            try {
                return Integer.parseInt(path.get(2));
            } catch (NumberFormatException e) {
                throw RegistryError.noSchema(path.get(2));
            }
        }

        private static String schema(byte[] body) {
            var request = request(body);
            if (!request.path("schemaType").asText("AVRO").equals("AVRO")) {
                throw RegistryError.invalidSchema("this registry serves Avro only");
            }
            if (!request.path("references").isEmpty()) {
                throw RegistryError.invalidSchema("this registry serves no schema references");
            }
            return text(body, "schema");
        }

        private static String text(byte[] body, String field) {
            var value = request(body).path(field);
            if (!value.isTextual() || value.textValue().isEmpty()) {
                throw RegistryError.invalidSchema("empty or missing " + field);
            }
            return value.textValue();
        }

        private static JsonNode request(byte[] body) {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw RegistryError.malformed("Unreadable request body");
            }
        }

        private static boolean isDefaultAsked(Map<String, String> query) {
            return Boolean.parseBoolean(query.get("defaultToGlobal"));
        }

        private static ObjectNode version(SchemaStore.Version version) {
            return JSON.createObjectNode()
                    .put("subject", version.subject())
                    .put("version", version.version())
                    .put("id", version.id())
                    .put("schema", version.schema());
        }

        private static JsonNode json(String text) {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("the store holds only what was parsed", e);
            }
        }

        private static ObjectNode compatibility(List<String> objections, Map<String, String> query) {
            var answer = JSON.createObjectNode().put("is_compatible", objections.isEmpty());
            if (Boolean.parseBoolean(query.get("verbose"))) {
                answer.set("messages", JSON.valueToTree(objections));
            }
            return answer;
        }

        private static ObjectNode error(int code, String message) {
            return JSON.createObjectNode().put("error_code", code).put("message", message);
        }
    }
}
