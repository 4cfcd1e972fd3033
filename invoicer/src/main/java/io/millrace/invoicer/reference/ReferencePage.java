package io.millrace.invoicer.reference;

import io.millrace.invoicer.contract.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The OpenAPI document as one page of HTML: resources with their routes, then the objects that they answer with. It
/// needs nothing else, no script and no other address.
final class ReferencePage {
    private static final String HEAD = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>%s</title>
            <style>
              :root { color-scheme: light dark; --line: light-dark(#ddd, #444); --soft: light-dark(#666, #aaa);
                --code: light-dark(#f5f5f2, #242424); --link: light-dark(#0b5a8a, #7cc0ea); }
              body { margin: 0; font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 15rem minmax(0, 56rem); gap: 3rem; }
              nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem; box-sizing: border-box; border-right: 1px solid var(--line); }
              nav a { display: block; text-decoration: none; } nav p { margin: 1rem 0 .2rem; color: var(--soft); }
              main { padding: 1.5rem 1.5rem 6rem 0; } a { color: var(--link); }
              h2 { margin-top: 3.5rem; border-bottom: 1px solid var(--line); } h3 { margin-top: 2.5rem; font-size: 1rem; }
              code, pre { font: 13px/1.5 ui-monospace, monospace; } pre { background: var(--code); padding: .8rem 1rem; overflow: auto; border-radius: 6px; }
              .verb { display: inline-block; min-width: 4.2rem; color: var(--soft); } .path { font-size: 15px; font-weight: 600; }
              table { border-collapse: collapse; width: 100%%; margin: .4rem 0 1rem; }
              td { border-top: 1px solid var(--line); padding: .3rem 1rem .3rem 0; vertical-align: top; } td:first-child { width: 40%%; overflow-wrap: anywhere; }
              summary { cursor: pointer; color: var(--soft); } .soft { color: var(--soft); } h4 { margin: 1rem 0 0; font-weight: 500; color: var(--soft); }
              @media (max-width: 60rem) { body { display: block; padding: 1rem; } nav { position: static; height: auto; border: 0; padding: 0; } }
            </style>
            """;

    private final Map<?, ?> document;
    private final StringBuilder html = new StringBuilder();

    ReferencePage(Map<?, ?> document) {
        this.document = document;
    }

    String html() {
        var info = map(document.get("info"));
        html.append(HEAD.formatted(escaped(info.get("title"))));
        var byTag = byTag();
        html.append("<nav><a href=\"v1/openapi.json\">openapi.json</a><p>Resources</p>");
        byTag.keySet()
                .forEach(tag -> html.append("<a href=\"#%s\">%s</a>".formatted(escaped(tag), escaped(words(tag)))));
        html.append("<p>Objects</p>");
        var schemas = map(map(document.get("components")).get("schemas"));
        schemas.keySet().forEach(name -> html.append("<a href=\"#%1$s\">%1$s</a>".formatted(escaped(name))));
        html.append("</nav><main><h1>%s</h1>".formatted(escaped(info.get("title"))));
        paragraphs(info.get("description"));
        byTag.forEach((tag, operations) -> {
            html.append("<h2 id=\"%s\">%s</h2>".formatted(escaped(tag), escaped(words(tag))));
            operations.forEach(this::operation);
        });
        html.append("<h2>Objects</h2>");
        schemas.forEach((name, schema) -> {
            html.append("<h3 id=\"%1$s\">%1$s</h3>".formatted(escaped(name)));
            paragraphs(map(schema).get("description"));
            var rows = new ArrayList<String>();
            fields(rows, "", map(schema), false);
            table("", rows);
        });
        return html.append("</main></html>").toString();
    }

    private record Operation(String method, String path, Map<?, ?> value) {}

    private Map<String, List<Operation>> byTag() {
        var byTag = new LinkedHashMap<String, List<Operation>>();
        map(document.get("paths"))
                .forEach((path, methods) -> map(methods)
                        .forEach((method, value) -> byTag.computeIfAbsent(
                                        String.valueOf(
                                                list(map(value).get("tags")).getFirst()),
                                        ignored -> new ArrayList<>())
                                .add(new Operation(
                                        String.valueOf(method).toUpperCase(Locale.ROOT),
                                        String.valueOf(path),
                                        map(value)))));
        return byTag;
    }

    private void operation(Operation operation) {
        var value = operation.value;
        html.append("<h3 id=\"%s\"><code><span class=\"verb\">%s</span><span class=\"path\">%s</span></code></h3>"
                .formatted(escaped(value.get("operationId")), operation.method, escaped(operation.path)));
        paragraphs(value.get("description") == null ? value.get("summary") : value.get("description"));
        var parameters = new ArrayList<String>();
        for (var parameter : list(value.get("parameters"))) {
            var given = map(parameter);
            parameters.add(row(
                    String.valueOf(given.get("name")),
                    type(map(given.get("schema"))),
                    "path".equals(given.get("in"))
                            ? "in the path"
                            : notes(map(given.get("schema")), isTrue(given.get("required")))));
        }
        table("Parameters", parameters);
        var body = json(value.get("requestBody"));
        var rows = new ArrayList<String>();
        fields(rows, "", map(body.get("schema")), true);
        table("Request", rows);
        example("Example request", body.get("example"));
        var errors = new ArrayList<String>();
        map(value.get("responses")).forEach((status, response) -> {
            var answer = json(response);
            if ("200".equals(status)) {
                var shown = new ArrayList<String>();
                fields(shown, "", map(answer.get("schema")), false);
                table("Answer", shown);
                example("Example answer", answer.get("example"));
            } else if (map(answer.get("example")).get("code") != null) {
                errors.add("%s <code>%s</code>"
                        .formatted(
                                escaped(status),
                                escaped(map(answer.get("example")).get("code"))));
            }
        });
        if (!errors.isEmpty()) html.append("<p class=\"soft\">Errors: %s</p>".formatted(String.join(", ", errors)));
    }

    /// A row for each field, also of objects within; those that have a name of their own are linked to.
    private static void fields(List<String> rows, String path, Map<?, ?> schema, boolean isRequest) {
        var required = list(schema.get("required"));
        map(schema.get("properties")).forEach((name, field) -> {
            var at = path + name;
            var of = map(field);
            rows.add(row(at, type(of), notes(of, isRequest && required.contains(name))));
            fields(rows, at + ".", of, isRequest);
            fields(rows, at + "[].", map(of.get("items")), isRequest);
        });
    }

    private static String row(String name, String type, String notes) {
        return "<tr><td><code>%s</code><td>%s<td>%s".formatted(escaped(name), type, notes);
    }

    private void table(String title, List<String> rows) {
        if (rows.isEmpty()) return;
        if (!title.isEmpty()) html.append("<h4>%s</h4>".formatted(title));
        html.append("<table>").append(String.join("\n", rows)).append("</table>");
    }

    private void example(String title, @Nullable Object value) {
        if (value == null) return;
        html.append("<details><summary>%s</summary><pre>%s</pre></details>"
                .formatted(title, escaped(Json.indented(value))));
    }

    private void paragraphs(@Nullable Object text) {
        if (text == null) return;
        for (var paragraph : String.valueOf(text).split("\n\n")) html.append("<p>%s</p>".formatted(marked(paragraph)));
    }

    private static String type(Map<?, ?> schema) {
        if (schema.get("$ref") instanceof String ref) {
            return "<a href=\"#%1$s\">%1$s</a>".formatted(escaped(ref.substring(ref.lastIndexOf('/') + 1)));
        }
        if (schema.get("anyOf") instanceof List<?> any) {
            return any.stream().map(one -> type(map(one))).collect(Collectors.joining(" or "));
        }
        if (!list(schema.get("enum")).isEmpty()) {
            return list(schema.get("enum")).stream()
                    .map(word -> "<code>%s</code>".formatted(escaped(word)))
                    .collect(Collectors.joining(", "));
        }
        if (schema.get("format") != null) return escaped(schema.get("format")) + orNull(schema);
        if (schema.get("items") instanceof Map<?, ?> items) {
            return (items.isEmpty() ? "list" : "list of " + type(items)) + orNull(schema);
        }
        return switch (schema.get("type")) {
            case null -> "anything";
            case List<?> types -> types.stream().map(ReferencePage::escaped).collect(Collectors.joining(" or "));
            case Object type -> escaped(type);
        };
    }

    private static String orNull(Map<?, ?> schema) {
        return schema.get("type") instanceof List<?> types && types.contains("null") ? " or null" : "";
    }

    private static String notes(Map<?, ?> schema, boolean isRequired) {
        var notes = new ArrayList<String>();
        if (isRequired) notes.add("mandatory");
        if (schema.get("minimum") != null)
            notes.add("from %s to %s".formatted(schema.get("minimum"), schema.get("maximum")));
        if (schema.get("maxLength") != null) notes.add("at most %s characters".formatted(schema.get("maxLength")));
        if (schema.get("default") != null) notes.add("%s unless told".formatted(escaped(schema.get("default"))));
        if (schema.get("description") != null) notes.add(marked(String.valueOf(schema.get("description"))));
        return "<span class=\"soft\">%s</span>".formatted(String.join("; ", notes));
    }

    /// `code` in backticks.
    private static String marked(String text) {
        return escaped(text).replaceAll("`([^`]+)`", "<code>$1</code>");
    }

    private static String words(String tag) {
        var words = tag.replace('_', ' ');
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private static String escaped(@Nullable Object text) {
        return String.valueOf(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static Map<?, ?> json(@Nullable Object holder) {
        return map(map(map(holder).get("content")).get("application/json"));
    }

    private static boolean isTrue(@Nullable Object value) {
        return Boolean.TRUE.equals(value);
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof Collection<?> list ? List.copyOf(list) : List.of();
    }
}
