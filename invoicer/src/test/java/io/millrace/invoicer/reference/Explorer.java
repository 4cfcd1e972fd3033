package io.millrace.invoicer.reference;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micronaut.web.router.Router;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Open;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Learns what each route reads and shows by asking it, again and again, with what it was heard to look for, until
/// it answers and looks for nothing new. What one route makes, the others are asked about.
final class Explorer implements AutoCloseable {
    private static final int MOST_ROUNDS = 12;
    private static final String OVERRIDES = "subscription.plan_overrides";

    /// What is given for a field of that name; for others, something of the right type.
    private static final Map<String, Object> HINTS = Map.ofEntries(
            Map.entry("name", "Acme"),
            Map.entry("country", "FR"),
            Map.entry("currency", "EUR"),
            Map.entry("default_currency", "EUR"),
            Map.entry("amount_currency", "EUR"),
            Map.entry("email", "billing@example.com"),
            Map.entry("timezone", "Europe/Paris"),
            Map.entry("url", "https://example.com"),
            Map.entry("document_locale", "fr"),
            Map.entry("event_types", List.of("invoice.created")),
            Map.entry("expression", "event.properties.amount"),
            Map.entry("timestamp", 1_767_225_600),
            Map.entry("trial_period", 0),
            Map.entry("minimum_commitment", Map.of("amount_cents", 1_000)),
            Map.entry("properties", Map.of("amount", "0.01")),
            Map.entry("permissions", Map.of("event", List.of("write"))),
            Map.entry("subscription_at", "2026-01-01T00:00:00Z"),
            Map.entry("ending_at", "2030-01-01T00:00:00Z"),
            Map.entry("expires_at", "2030-01-01T00:00:00Z"));

    private final RunningInvoicer invoicer;
    private final ApiClient api;
    private final List<Route> routes;
    /// What was last shown of a resource, by its word.
    private final Map<String, Map<?, ?>> seen = new HashMap<>();
    private final List<Fields.Read> reads = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-10T00:00:00Z");

    Explorer(RunningInvoicer invoicer) {
        this.invoicer = invoicer;
        this.api = invoicer.api();
        this.routes = routes(invoicer);
        Fields.tell(read -> {
            synchronized (reads) {
                reads.add(read);
            }
        });
    }

    /// The control plane's own under `/api`, but for those that need no key; what is deleted is deleted last.
    static List<Route> routes(RunningInvoicer invoicer) {
        return invoicer
                .get(Router.class)
                .uriRoutes()
                .filter(info -> info.getUriMatchTemplate().toString().startsWith("/api/"))
                .filter(info -> !info.getAnnotationMetadata().hasAnnotation(Open.class))
                .filter(info -> !info.getHttpMethodName().equals("HEAD"))
                .map(Route::new)
                .collect(Collectors.toMap(Route::toString, route -> route, (route, same) -> route))
                .values()
                .stream()
                .sorted(Comparator.comparing((Route route) -> route.path)
                        .thenComparing(route ->
                                List.of("POST", "GET", "PUT", "PATCH", "DELETE").indexOf(route.method)))
                .toList();
    }

    List<Route> routes() {
        return routes;
    }

    /// The object of that resource that was last shown.
    Map<?, ?> seen(String resource) {
        return seen.getOrDefault(resource, Map.of());
    }

    /// Twice, for what one route shows is what another one needs.
    void explore() {
        for (int pass = 0; pass < 2; pass++) {
            routes.stream().filter(route -> !route.method.equals("DELETE")).forEach(this::explore);
        }
    }

    void exploreDeletions() {
        routes.stream()
                .filter(route -> route.method.equals("DELETE"))
                .sorted(Comparator.comparing((Route route) -> -route.path.length()))
                .forEach(route -> {
                    explore(route);
                    if (route.isAnswered()) return;
                    // Another deletion took it along.
                    routes.stream()
                            .filter(each -> each.method.equals("POST")
                                    && each.variables().isEmpty())
                            .forEach(this::explore);
                    explore(route);
                });
    }

    void explore(Route route) {
        boolean withParameters = false;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            int known = route.known();
            var fields = Map.copyOf(route.fields);
            var body = route.takesBody ? object(route, "") : null;
            var answer = ask(
                    route,
                    path(route),
                    withParameters ? parameters(route) : Map.of(),
                    body == null ? null : Json.write(body));
            if (answer.status() == 200) {
                route.exampleRequest = body;
                remember(route, answer);
            } else if (answer.at("error_details") instanceof Map<?, ?> details && body != null) {
                details.forEach((path, codes) ->
                        learn(route, fields, String.valueOf(path), (Collection<?>) codes, Json.write(body)));
            } else if (answer.status() == 400) {
                learnResource(route, answer.text("error"));
            }
            if (answer.status() != 200 && !withParameters && !route.parameters.isEmpty()) withParameters = true;
            else if (route.known() == known) break;
        }
        if (route.fields.containsKey(OVERRIDES)) exploreOverrides(route);
        if (!route.variables().isEmpty()) {
            var body = route.takesBody ? Json.write(object(route, "")) : null;
            ask(route, route.path.replaceAll("\\{[^}]+}", "unknown"), parameters(route), body);
        }
    }

    /// By requests that are refused: usage of a plan that is really overridden waits for the streams to follow, and
    /// there are none.
    private void exploreOverrides(Route route) {
        var body = object(route, "");
        for (int known = -1; known < route.known(); ) {
            known = route.known();
            var overrides = object(route, OVERRIDES + ".");
            overrides.put("trial_period", "not a number");
            if (body.get("subscription") instanceof Map<?, ?> subscription) {
                var whole = new LinkedHashMap<Object, Object>(subscription);
                whole.put("plan_overrides", overrides);
                var answer = ask(route, path(route), Map.of(), Json.write(Map.of("subscription", whole)));
                if (answer.at("error_details") instanceof Map<?, ?> details) {
                    details.forEach((path, codes) -> {
                        if (((Collection<?>) codes).contains("feature_unavailable"))
                            route.unavailable.add("subscription." + path);
                    });
                }
            }
        }
    }

    /// What a request with an empty object is refused for tells the name of what must be in it.
    private static void learnResource(Route route, String error) {
        if (!error.contains("param is missing")) return;
        route.resource = error.substring(error.lastIndexOf(": ") + 2);
        route.fields.put(route.resource, Map.of("type", "object"));
        route.mandatory.add(route.resource);
    }

    /// @param fields as they were known when the body was made: what was given before its form was heard of tells
    ///     nothing by its refusal
    private static void learn(
            Route route, Map<String, Map<String, Object>> fields, String path, Collection<?> codes, String body) {
        var within = route.resource == null || route.resource.isEmpty() ? path : route.resource + "." + path;
        var field = (route.fields.containsKey(path) ? path : within)
                .replaceAll("\\[[0-9]+]", "[]")
                .replaceAll("\\.properties\\..*", ".properties");
        boolean isGiven = new Answer(0, body).at(field.replace("[]", ".0")) != null;
        if (codes.contains("value_is_mandatory") && !isGiven) {
            route.mandatory.add(field);
            route.refused.remove(field);
        } else if (isGiven
                && !route.mandatory.contains(field)
                && Objects.equals(fields.get(field), route.fields.get(field))) {
            route.refused.add(field);
            if (codes.contains("feature_unavailable")) route.unavailable.add(field);
        }
    }

    private Answer ask(Route route, String path, Map<String, String> parameters, @Nullable String body) {
        synchronized (reads) {
            reads.clear();
        }
        route.requests++;
        var query = new StringBuilder();
        parameters.forEach((name, value) -> query.append(query.isEmpty() ? "?" : "&")
                .append(encoded(name))
                .append('=')
                .append(encoded(value)));
        var answer = api.send(route.method, path.substring("/api/v1".length()) + query, body);
        synchronized (reads) {
            reads.forEach(read -> note(route, read));
        }
        if (answer.status() >= 400 && answer.status() != 405) {
            var refusal = (Map<?, ?>) Json.parse(answer.body().getBytes(UTF_8));
            if (refusal != null) route.refusals.putIfAbsent(answer.status(), refusal);
        }
        return answer;
    }

    private static void note(Route route, Fields.Read read) {
        var resource = read.resource();
        if (resource == null) {
            // A body is all that a POST reads; the log of what is written asks by a GET for what there was before.
            boolean isOfAnother = route.takesBody && route.method.equals("POST");
            if (!isOfAnother) merge(route.parameters, read.path(), read.schema());
            return;
        }
        if (route.resource == null) route.resource = resource;
        merge(route.fields, resource.isEmpty() ? read.path() : resource + "." + read.path(), read.schema());
    }

    private static void merge(Map<String, Map<String, Object>> schemas, String path, Map<String, Object> read) {
        var merged = new LinkedHashMap<>(schemas.getOrDefault(path, Map.of()));
        merged.putAll(read);
        schemas.put(path, merged);
    }

    private void remember(Route route, Answer answer) {
        if (!answer.body().startsWith("{")) {
            route.exampleAnswer = answer.body();
            return;
        }
        route.exampleAnswer = Json.parse(answer.body().getBytes(UTF_8));
        AnswersSeen.last().forEach((name, value) -> {
            if (name.equals("meta")) return;
            var shown = value instanceof List<?> list ? (list.isEmpty() ? null : list.getFirst()) : value;
            if (shown instanceof Map) route.shown.put(String.valueOf(name), shown);
            if (shown instanceof Record record) {
                route.shown.put(
                        String.valueOf(name), value instanceof List ? List.of(record.getClass()) : record.getClass());
            }
        });
        if (!(route.exampleAnswer instanceof Map<?, ?> example)) return;
        example.forEach((name, value) -> {
            if (value instanceof Map<?, ?> one) seen.put(String.valueOf(name), one);
            else if (value instanceof List<?> list
                    && !list.isEmpty()
                    && Examples.one(String.valueOf(name), list) instanceof Map<?, ?> one) {
                seen.put(singular(String.valueOf(name)), one);
            }
        });
    }

    /// With what was last shown in the place of its variables.
    String path(Route route) {
        var path = route.path;
        var steps = route.path.split("/");
        for (int i = 1; i < steps.length; i++) {
            if (!steps[i].startsWith("{")) continue;
            var variable = steps[i].substring(1, steps[i].length() - 1);
            var resource = singular(steps[i - 1]);
            var words = variable.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            if (words.equals(resource)) words = "code";
            var value = Stream.of(words, words.replace(resource + "_", ""), "lago_" + words, "lago_id", "id")
                    .map(name -> seen(resource).get(name))
                    .filter(Objects::nonNull)
                    .map(String::valueOf)
                    .findFirst();
            path = path.replace(steps[i], encoded(value.orElse("unknown")));
        }
        return path;
    }

    private Map<String, String> parameters(Route route) {
        var given = new LinkedHashMap<String, String>();
        route.parameters.keySet().forEach(name -> {
            if (name.matches("external_.*_id") && referred(name) instanceof String value) given.put(name, value);
        });
        return given;
    }

    /// @param under the path of the object with a point behind it; empty for the body itself
    private Map<String, Object> object(Route route, String under) {
        var object = new LinkedHashMap<String, Object>();
        route.fields.forEach((path, schema) -> {
            if (!path.startsWith(under) || path.substring(under.length()).contains(".")) return;
            if (route.refused.contains(path)) return;
            var value = value(route, path, path.substring(under.length()), schema);
            if (value != null) object.put(path.substring(under.length()), value);
        });
        return object;
    }

    private @Nullable Object value(Route route, String path, String name, Map<String, Object> schema) {
        var hint = HINTS.get(name);
        if (hint instanceof Map<?, ?> part) {
            var whole = new LinkedHashMap<Object, Object>(object(route, path + "."));
            whole.putAll(part);
            return whole;
        }
        if (hint != null) return hint;
        if (name.equals("now")) return (now = now.plus(Duration.ofDays(20))).toString();
        if (name.equals("values") && "object".equals(schema.get("type"))) return filterValues(path);
        if (path.equals(OVERRIDES)) return null;
        if (path.equals(OVERRIDES + ".charges[].id"))
            return new Answer(0, Json.write(seen("plan"))).at("charges.0.lago_id");
        if (schema.get("enum") instanceof List<?> words) return words.getFirst();
        if (name.equals("code") || name.equals("external_id") || name.equals("transaction_id")) {
            // Within lists a name comes back with the list; what is there keeps its own.
            if (path.contains("[]") || "".equals(route.resource)) return name;
            return route.method.equals("PUT")
                    ? seen(String.valueOf(route.resource)).get(name)
                    : route.resource + "_" + route.requests;
        }
        if (name.endsWith("_url")) return "https://acme.invalid/" + route.requests;
        if (name.endsWith("_id") || name.endsWith("_code")) return referred(name);
        if (name.equals("tax_codes")) return seen("tax").get("code") instanceof String code ? List.of(code) : null;
        return switch (String.valueOf(schema.get("type"))) {
            case "boolean" -> false;
            case "integer" -> Math.max(1, ((Number) schema.get("minimum")).longValue());
            case "number" -> 1;
            case "[string, number]" -> "10";
            case "array" -> isOfTexts(schema) ? List.of("small") : List.of(object(route, path + "[]."));
            case "object" -> object(route, path + ".");
            default -> name;
        };
    }

    private static boolean isOfTexts(Map<String, Object> schema) {
        return Map.of("type", "string").equals(schema.get("items"));
    }

    /// A value that the metric's first filter knows; all of them for a filter by itself, beside that of its charge.
    private @Nullable Object filterValues(String path) {
        return seen("billable_metric").get("filters") instanceof List<?> filters
                        && !filters.isEmpty()
                        && filters.getFirst() instanceof Map<?, ?> filter
                ? Map.of(
                        String.valueOf(filter.get("key")),
                        path.contains("[]") ? filter.get("values") : List.of("__ALL_FILTER_VALUES__"))
                : null;
    }

    /// Such as `plan_code`, `billable_metric_id` or `external_customer_id`: of what was last shown.
    private @Nullable Object referred(String name) {
        for (var attribute : List.of("code", "id")) {
            if (!name.endsWith("_" + attribute)) continue;
            boolean external = name.startsWith("external_");
            var resource = name.substring(external ? "external_".length() : 0, name.length() - attribute.length() - 1);
            return seen(resource).get(external ? "external_id" : attribute.equals("id") ? "lago_id" : attribute);
        }
        return null;
    }

    /// Such as `tax` of `taxes`.
    private static String singular(String plural) {
        if (plural.endsWith("xes")) return plural.substring(0, plural.length() - 2);
        return plural.endsWith("s") ? plural.substring(0, plural.length() - 1) : plural;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        Fields.tell(null);
    }
}
