package io.millrace.invoicer.reference;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes down, as an OpenAPI document, what an [Explorer] has learned.
final class OpenApi {
    private static final String DESCRIPTION = """
            The control plane of Millrace: what is sold to whom, and what they owe. Paths, envelopes and field names are those of Lago's public API.

            Every request carries an API key: `Authorization: Bearer KEY`. Bodies are JSON; an object is sent under its name, such as `{"plan": {…}}`. \
            Lists come in pages: `page` from 1, `per_page` 20 unless told and at most 100.

            A request that breaks rules is answered by 422 with all of them, by field, in `error_details`. \
            A field marked as not available is known to the contract, but an invoice would not follow it: it is refused, never ignored. \
            A POST with an `Idempotency-Key` is done once, however often it is sent within 24 hours.""";

    private final List<Route> routes;
    private final Map<String, Class<?>> names = new TreeMap<>();

    private OpenApi(List<Route> routes) {
        this.routes = routes;
    }

    static Map<String, Object> of(List<Route> routes) {
        return new OpenApi(routes).document();
    }

    private Map<String, Object> document() {
        var paths = new LinkedHashMap<String, Map<String, Object>>();
        for (var route : routes) {
            paths.computeIfAbsent(route.path, ignored -> new LinkedHashMap<>())
                    .put(route.method.toLowerCase(Locale.ROOT), operation(route));
        }
        var schemas = new TreeMap<String, Object>();
        // Records name others while they are written.
        while (schemas.size() < names.size()) {
            for (var name : List.copyOf(names.keySet())) {
                if (!schemas.containsKey(name)) schemas.put(name, ofRecord(Objects.requireNonNull(names.get(name))));
            }
        }
        schemas.put(
                "Error",
                object(
                        "type",
                        "object",
                        "description",
                        "A request that is refused.",
                        "properties",
                        object(
                                "status", Map.of("type", "integer"),
                                "error", Map.of("type", "string"),
                                "code", object("type", "string", "description", "absent where the status says all"),
                                "error_details",
                                        object(
                                                "type", "object",
                                                "description", "with 422: the broken rules by field",
                                                "additionalProperties",
                                                        object("type", "array", "items", Map.of("type", "string")))),
                        "required",
                        List.of("status", "error")));
        return object(
                "openapi", "3.1.0",
                "info", object("title", "Millrace API", "version", "v1", "description", DESCRIPTION),
                "servers", List.of(Map.of("url", "/")),
                "security", List.of(Map.of("api_key", List.of())),
                "paths", paths,
                "components",
                        object(
                                "securitySchemes",
                                Map.of("api_key", object("type", "http", "scheme", "bearer")),
                                "schemas",
                                schemas));
    }

    private Map<String, Object> operation(Route route) {
        var comments = Comments.ofMethod(route.controller, route.handler);
        var about = comments.text().isEmpty()
                        && routes.stream()
                                        .filter(one -> one.controller == route.controller)
                                        .count()
                                == 1
                ? Comments.ofType(route.controller).text()
                : comments.text();
        var operation = object(
                "tags", List.of(route.collection()),
                "operationId", route.collection() + "_" + snake(route.handler),
                "summary", words(route));
        if (!about.isEmpty()) operation.put("description", about);
        var parameters = new ArrayList<Object>();
        for (var variable : route.variables()) {
            parameters.add(
                    object("name", variable, "in", "path", "required", true, "schema", Map.of("type", "string")));
        }
        new TreeMap<>(route.parameters).forEach((name, schema) -> {
            var parameter = object("name", name, "in", "query", "schema", ordered(schema));
            if ("object".equals(schema.get("type"))) parameter.put("style", "deepObject");
            if (schema.containsKey("minLength")) parameter.put("required", true);
            parameters.add(parameter);
        });
        if (!parameters.isEmpty()) operation.put("parameters", parameters);
        if (route.takesBody) {
            operation.put(
                    "requestBody",
                    object("required", true, "content", json(fields(route, ""), Examples.plain(route.exampleRequest))));
        }
        operation.put("responses", responses(route));
        return operation;
    }

    private Map<String, Object> responses(Route route) {
        var responses = new LinkedHashMap<String, Object>();
        var shown = new LinkedHashMap<String, Object>();
        route.shown.forEach((name, type) -> shown.put(name, shown(type)));
        var isPaged = route.exampleAnswer instanceof Map<?, ?> answer && answer.containsKey("meta");
        if (isPaged) shown.put("meta", reference(Meta.class));
        var schema = object("type", "object", "properties", shown, "required", List.copyOf(shown.keySet()));
        var example = route.hasExamples() ? Examples.plain(route.exampleAnswer) : null;
        var content = route.exampleAnswer instanceof String
                ? Map.of("text/plain", object("schema", Map.of("type", "string")))
                : json(schema, example);
        responses.put("200", object("description", "Done", "content", content));
        route.refusals.forEach((status, refusal) -> responses.put(
                status.toString(),
                object("description", refusal.get("error"), "content", json(error(), Examples.refusal(refusal)))));
        responses.putIfAbsent("401", object("description", "Unauthorized", "content", json(error(), null)));
        responses.putIfAbsent("403", object("description", "Forbidden", "content", json(error(), null)));
        return new TreeMap<>(responses);
    }

    private Map<String, Object> shown(Object type) {
        return switch (type) {
            case Class<?> record -> reference(record);
            case List<?> list -> object("type", "array", "items", shown(list.getFirst()));
            case Map<?, ?> object -> {
                var properties = new TreeMap<String, Object>();
                object.forEach((name, value) -> properties.put(String.valueOf(name), schema(value.getClass())));
                yield object("type", "object", "properties", properties, "required", List.copyOf(properties.keySet()));
            }
            default -> throw new AssertionError("say in OpenApi.shown how JSON shows a " + type);
        };
    }

    private static Map<String, Object> error() {
        return Map.of("$ref", "#/components/schemas/Error");
    }

    /// What an object of a request may hold.
    private static Map<String, Object> fields(Route route, String under) {
        var properties = new LinkedHashMap<String, Object>();
        var mandatory = new ArrayList<String>();
        route.fields.forEach((path, read) -> {
            var name = path.startsWith(under) ? path.substring(under.length()) : ".";
            if (name.contains(".")) return;
            var schema = ordered(read);
            if (Map.of("type", "object").equals(schema.get("items"))) schema.put("items", fields(route, path + "[]."));
            boolean hasFields = route.fields.keySet().stream().anyMatch(other -> other.startsWith(path + "."));
            if (hasFields) schema.putAll(fields(route, path + "."));
            if (route.unavailable.contains(path))
                schema.put("description", "not available: refused where it would change anything");
            properties.put(name, schema);
            if (route.mandatory.contains(path)) mandatory.add(name);
        });
        var object = object("type", "object", "properties", properties);
        if (!mandatory.isEmpty()) object.put("required", mandatory);
        return object;
    }

    private static Map<String, Object> ordered(Map<String, Object> schema) {
        var ordered = new LinkedHashMap<String, Object>();
        for (var word : List.of(
                "type",
                "format",
                "enum",
                "items",
                "additionalProperties",
                "minimum",
                "maximum",
                "minLength",
                "maxLength",
                "default")) {
            if (schema.containsKey(word)) ordered.put(word, Objects.requireNonNull(schema.get(word)));
        }
        return ordered;
    }

    private static Map<String, Object> json(Map<String, Object> schema, @Nullable Object example) {
        var content = object("schema", schema);
        if (example != null) content.put("example", example);
        return Map.of("application/json", content);
    }

    /// A page's place among the pages.
    record Meta(
            long currentPage,
            @Nullable Long nextPage,
            @Nullable Long prevPage,
            long totalPages,
            long totalCount,

            @JsonInclude(JsonInclude.Include.NON_ABSENT) @Nullable
            String nextCursor) {}

    private Map<String, Object> reference(Class<?> record) {
        return Map.of("$ref", "#/components/schemas/" + name(record));
    }

    private String name(Class<?> record) {
        var name = record.getSimpleName().replaceAll("(Object|Shown)$", "");
        var other = names.putIfAbsent(name, record);
        if (other == null || other == record) return name;
        // Two of a name: the second one goes by its package as well.
        var pack = record.getPackageName().replaceAll(".*\\.", "");
        var longer = pack.substring(0, 1).toUpperCase(Locale.ROOT) + pack.substring(1) + name;
        names.put(longer, record);
        return longer;
    }

    private Map<String, Object> ofRecord(Class<?> record) {
        var comments = record == Meta.class
                ? new Comments(
                        "A page's place among the pages.",
                        Map.of("nextCursor", "where the list goes on; absent where it has pages only"))
                : Comments.ofType(record);
        var properties = new LinkedHashMap<String, Object>();
        var required = new ArrayList<String>();
        for (var component : record.getRecordComponents()) {
            var schema = schema(component.getGenericType());
            if (isNullable(component.getAnnotatedType())) schema = nullable(schema);
            var said = comments.parameters().get(component.getName());
            if (said != null) schema.put("description", said);
            properties.put(snake(component.getName()), schema);
            if (isAlwaysThere(component)) required.add(snake(component.getName()));
        }
        var schema = object("type", "object");
        if (!comments.text().isEmpty()) schema.put("description", comments.text());
        schema.put("properties", properties);
        schema.put("required", required);
        return schema;
    }

    private Map<String, Object> schema(Type type) {
        return switch (type) {
            case ParameterizedType of
            when of.getRawType() == List.class ->
                object("type", "array", "items", schema(of.getActualTypeArguments()[0]));
            case ParameterizedType of
            when of.getRawType() == Map.class ->
                object("type", "object", "additionalProperties", schema(of.getActualTypeArguments()[1]));
            case Class<?> record when record.isRecord() -> new LinkedHashMap<>(reference(record));
            case Class<?> simple when simple == String.class -> object("type", "string");
            case Class<?> simple when simple == boolean.class || simple == Boolean.class -> object("type", "boolean");
            case Class<?> simple
            when List.of(int.class, Integer.class, long.class, Long.class).contains(simple) ->
                object("type", "integer");
            case Class<?> simple when simple == BigDecimal.class -> object("type", "number");
            case Class<?> simple when simple == Object.class -> new LinkedHashMap<>();
            case WildcardType wildcard -> schema(wildcard.getUpperBounds()[0]);
            default -> throw new AssertionError("say in OpenApi.schema how JSON shows a " + type);
        };
    }

    private static Map<String, Object> nullable(Map<String, Object> schema) {
        if (schema.isEmpty()) return schema;
        if (schema.containsKey("$ref")) return object("anyOf", List.of(schema, Map.of("type", "null")));
        schema.put("type", List.of(Objects.requireNonNull(schema.get("type")), "null"));
        return schema;
    }

    private static boolean isNullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static boolean isAlwaysThere(RecordComponent component) {
        var include = component.getAccessor().getAnnotation(JsonInclude.class);
        return include == null || include.value() == JsonInclude.Include.ALWAYS;
    }

    /// Such as `plans: create`.
    private static String words(Route route) {
        return "%s: %s".formatted(route.collection(), snake(route.handler)).replace('_', ' ');
    }

    private static String snake(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> object(Object... pairs) {
        var object = new LinkedHashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) object.put(String.valueOf(pairs[i]), pairs[i + 1]);
        return object;
    }
}
