package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.standalone.ClientTypes.Type;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The API's document beside the types that the public client reads its answers by.
class ClientTypesTest {
    private static ClientTypes client;
    private static JsonNode document;

    /// Routes that only this service has.
    private static final Set<String> OWN_ROUTES =
            Set.of("api_keys", "dead_letters", "pipeline_progress", "test_clocks");

    private final Set<String> gaps = new TreeSet<>();
    private final Set<String> seen = new HashSet<>();

    @BeforeAll
    static void read() throws Exception {
        var types = PublicClient.install().resolve("node_modules/lago-javascript-client/esm/openapi/client.d.ts");
        client = new ClientTypes(Files.readString(types));
        document = new ObjectMapper().readTree(ClientTypesTest.class.getResourceAsStream("/invoicer/openapi.json"));
    }

    /// What the client knows and we show is of the client's type. What it counts on and we do not show, or show as
    /// null, is in this table: a line more is a gap that a user of the client would fall into.
    @Test
    void answersAreWhatTheClientCountsOn() {
        eachRoute((method, path, operation) ->
                client.answer(method, path).ifPresent(type -> compare("", answer(operation), type)));
        assertThat(String.join("\n", gaps) + "\n").isEqualTo("""
                Charge.regroup_paid_fees: null, not string
                FilterUsage.values: null, not object
                Organization.billing_configuration: missing
                Organization.document_number_prefix: missing
                Organization.document_numbering: missing
                Organization.email_settings: missing
                """);
    }

    @Test
    void routesThatTheClientDoesNotKnowAreOurOwn() {
        var unknown = new TreeSet<String>();
        eachRoute((method, path, operation) -> {
            if (client.answer(method, path).isEmpty() && !OWN_ROUTES.contains(path.split("/")[1]))
                unknown.add(method + " " + path);
        });
        assertThat(String.join("\n", unknown)).isEqualTo("GET /events/{transactionId}/trace");
    }

    private interface Visitor {
        void visit(String method, String path, JsonNode operation);
    }

    private static void eachRoute(Visitor visitor) {
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> visitor.visit(
                                method.getKey().toUpperCase(Locale.ROOT),
                                path.getKey().substring("/api/v1".length()),
                                method.getValue())));
    }

    private static JsonNode answer(JsonNode operation) {
        return operation
                .path("responses")
                .path("200")
                .path("content")
                .path("application/json")
                .path("schema");
    }

    /// @param at such as `Plan.charges`
    private void compare(String at, JsonNode given, Type expected) {
        var schema = given;
        var name = at;
        if (given.has("anyOf")) schema = given.path("anyOf").get(0);
        if (schema.has("$ref")) {
            name = schema.path("$ref").asText().replaceAll(".*/", "");
            schema = document.path("components").path("schemas").path(name);
            if (!seen.add(name + " " + expected.fields().keySet())) return;
        }
        var ours = kinds(schema);
        if (given.has("anyOf")) ours.add("null");
        if (ours.contains("any") || expected.kinds().contains("any")) return;
        for (var kind : ours) {
            if (!expected.kinds().contains(kind))
                gaps.add("%s: %s, not %s".formatted(at, kind, String.join(" or ", new TreeSet<>(expected.kinds()))));
        }
        if (expected.items() != null && schema.has("items"))
            compare(name + "[]", schema.path("items"), expected.items());
        if (!schema.has("properties")) return;
        for (var field : expected.fields().entrySet()) {
            var own = schema.path("properties").path(field.getKey());
            var where = name.isEmpty() ? field.getKey() : name + "." + field.getKey();
            var type = field.getValue().type();
            if (field.getValue().isOptional()) type = type.with(Type.of("null"));
            if (!own.isMissingNode()) compare(where, own, type);
            else if (!field.getValue().isOptional()) gaps.add(where + ": missing");
        }
    }

    private static Set<String> kinds(JsonNode schema) {
        var kinds = new LinkedHashSet<String>();
        var type = schema.path("type");
        if (type.isArray()) type.forEach(each -> kinds.add(kind(each.asText())));
        else kinds.add(type.isMissingNode() ? "any" : kind(type.asText()));
        return kinds;
    }

    private static String kind(String type) {
        return type.equals("integer") ? "number" : type;
    }
}
