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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Learns what each route reads and shows by asking it, again and again, with what it was heard to look for, until
/// it answers and looks for nothing new. What one route makes, the others are asked about.
final class Explorer implements AutoCloseable {
    private static final int MOST_ROUNDS = 12;

    /// What is given for a field of that name; for others, something of the right type.
    private static final Map<String, Object> HINTS = Map.ofEntries(
            Map.entry("name", "Acme"),
            Map.entry("country", "FR"),
            Map.entry("currency", "EUR"),
            Map.entry("amount_currency", "EUR"),
            Map.entry("email", "billing@example.com"),
            Map.entry("timezone", "Europe/Paris"),
            Map.entry("url", "https://example.com"),
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
    private int requests;

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
        return invoicer.get(Router.class)
                .uriRoutes()
                .filter(info -> info.getUriMatchTemplate().toString().startsWith("/api/"))
                .filter(info -> !info.getAnnotationMetadata().hasAnnotation(Open.class))
                .filter(info -> !info.getHttpMethodName().equals("HEAD"))
                .map(Route::new)
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
            var body = route.takesBody && !route.resource.isEmpty() ? Map.of(route.resource, body(route)) : null;
            var parameters = withParameters ? parameters(route) : Map.<String, String>of();
            var answer = ask(
                    route, path(route), parameters, body == null ? (route.takesBody ? "{}" : null) : Json.write(body));
            if (answer.status() == 200) {
                route.exampleRequest = body;
                route.exampleAnswer = Json.parse(answer.body().getBytes(UTF_8));
                remember(route);
            } else if (answer.at("error_details") instanceof Map<?, ?> details) {
                details.forEach((path, codes) -> learn(route, String.valueOf(path), (Collection<?>) codes, body));
            }
            if (route.takesBody && route.resource.isEmpty()) guessResource(route, answer);
            if (answer.status() != 200 && !withParameters && !route.parameters.isEmpty()) withParameters = true;
            else if (route.known() == known && (body == null) == route.resource.isEmpty()) break;
        }
        if (!route.variables().isEmpty()) {
            var body = route.takesBody ? Json.write(Map.of(route.resource, body(route))) : null;
            ask(route, route.path.replaceAll("\\{[^}]+}", "unknown"), parameters(route), body);
        }
    }

    /// What a request without a body is refused for tells the name of what must be in it.
    private static void guessResource(Route route, Answer answer) {
        var error = answer.text("error");
        int at = error.lastIndexOf(": ");
        if (answer.status() == 400 && error.contains("param is missing")) route.resource = error.substring(at + 2);
    }

    private void learn(Route route, String path, Collection<?> codes, @Nullable Map<String, ?> body) {
        var field = path.replaceAll("\\[[0-9]+]", "[]");
        var at = field.startsWith("properties.") || field.contains(".properties.")
                ? field.replaceAll("\\.[^.]*$", "")
                : field;
        boolean isGiven = body != null
                && new Answer(0, Json.write(body)).at(route.resource + "." + at.replace("[]", ".0")) != null;
        if (codes.contains("value_is_mandatory") && !isGiven) {
            route.mandatory.add(at);
            route.refused.remove(at);
        } else if (isGiven && !route.mandatory.contains(at) && !codes.contains("invalid_format")) {
            // What has the wrong form was given before its form was heard of.
            route.refused.add(at);
            if (codes.contains("feature_unavailable")) route.unavailable.add(at);
        }
    }

    private Answer ask(Route route, String path, Map<String, String> parameters, @Nullable String body) {
        synchronized (reads) {
            reads.clear();
        }
        requests++;
        var query = new StringBuilder();
        parameters.forEach((name, value) -> query.append(query.isEmpty() ? "?" : "&")
                .append(encoded(name))
                .append('=')
                .append(encoded(value)));
        var answer = api.send(route.method, path.substring("/api/v1".length()) + query, body);
        synchronized (reads) {
            for (var read : reads) {
                if (!read.resource().isEmpty()) route.resource = read.resource();
                (read.resource().isEmpty() ? route.parameters : route.fields)
                        .computeIfAbsent(read.path(), ignored -> new LinkedHashMap<>())
                        .putAll(read.schema());
            }
        }
        if (answer.status() >= 400 && answer.status() != 405) {
            var refusal = (Map<?, ?>) Json.parse(answer.body().getBytes(UTF_8));
            if (refusal != null) route.refusals.putIfAbsent(answer.status(), refusal);
        }
        return answer;
    }

    private void remember(Route route) {
        AnswersSeen.last().forEach((name, value) -> {
            if (name.equals("meta")) return;
            var shown = value instanceof List<?> list ? (list.isEmpty() ? null : list.getFirst()) : value;
            if (shown instanceof Record record) {
                route.shown.put(
                        String.valueOf(name), value instanceof List ? List.of(record.getClass()) : record.getClass());
            }
        });
        if (!(route.exampleAnswer instanceof Map<?, ?> answer)) return;
        answer.forEach((name, value) -> {
            if (value instanceof Map<?, ?> one) seen.put(String.valueOf(name), one);
            else if (value instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof Map<?, ?> one) {
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

    private Map<String, Object> body(Route route) {
        return object(route, "");
    }

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
        if (HINTS.containsKey(name)) return HINTS.get(name);
        if (name.equals("now")) return (now = now.plus(Duration.ofDays(20))).toString();
        if (schema.get("enum") instanceof List<?> words) return words.getFirst();
        if (name.equals("code") || name.equals("external_id") || name.equals("transaction_id")) {
            // Within lists a name comes back with the list; what is there keeps its own.
            if (path.contains("[]")) return name;
            return route.method.equals("PUT") ? seen(route.resource).get(name) : route.resource + "_" + requests;
        }
        if (name.endsWith("_url")) return "https://example.com/" + requests;
        if (name.endsWith("_id") || name.endsWith("_code")) return referred(name);
        return switch (String.valueOf(schema.get("type"))) {
            case "boolean" -> false;
            case "integer" -> Math.max(1, ((Number) schema.get("minimum")).longValue());
            case "number" -> 1;
            case "array" -> isOfTexts(schema) ? List.of("small") : List.of(object(route, path + "[]."));
            case "object" -> name.equals("values") ? filterValues() : Map.of("key", "value");
            default -> name;
        };
    }

    private static boolean isOfTexts(Map<String, Object> schema) {
        return Map.of("type", "string").equals(schema.get("items"));
    }

    /// A value that the metric's first filter knows.
    private @Nullable Object filterValues() {
        return seen("billable_metric").get("filters") instanceof List<?> filters
                        && !filters.isEmpty()
                        && filters.getFirst() instanceof Map<?, ?> filter
                ? Map.of(String.valueOf(filter.get("key")), List.of(((List<?>) filter.get("values")).getFirst()))
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
