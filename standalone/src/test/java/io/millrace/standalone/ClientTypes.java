package io.millrace.standalone;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the public client says of the API, read from its TypeScript declarations: as much of the language as they use.
final class ClientTypes {
    private static final Pattern COMMENT = Pattern.compile("/\\*(?s:.*?)\\*/");
    private static final Pattern DECLARED = Pattern.compile(
            "^export (?:interface (\\w+) |type (\\w+) = )((?s:.*?))(?=^export |\\z)", Pattern.MULTILINE);
    /// The end of the comment that names a route, then the function with its arguments and its answer's type.
    private static final Pattern ROUTE = Pattern.compile(
            "@request (\\w+):(\\S+)(?s:.*?)\\*/\\s*\\w+: \\((?s:(.*?))\\) => Promise<HttpResponse<(?s:(.*?))>>;");
    private static final Pattern PARAMETERS = Pattern.compile("\\bquery\\??: (?=\\{)");
    private static final Pattern BODY = Pattern.compile("\\bdata: (\\w+)");
    private static final Pattern TOKEN = Pattern.compile("\\s*(\"[^\"]*\"|[\\w$.-]+|=>|.)");

    private final Map<String, String> declarations = new LinkedHashMap<>();
    private final Map<String, Operation> operations = new TreeMap<>();

    ClientTypes(String source) {
        DECLARED.matcher(COMMENT.matcher(source).replaceAll(""))
                .results()
                .forEach(found ->
                        declarations.put(Objects.requireNonNullElse(found.group(1), found.group(2)), found.group(3)));
        ROUTE.matcher(source)
                .results()
                .forEach(found -> operations.put(
                        route(found.group(1), found.group(2)),
                        operation(COMMENT.matcher(found.group(3)).replaceAll(""), found.group(4))));
    }

    /// @param kinds what JSON may hold there: `string`, `number`, `boolean`, `object`, `array`, `null`, or `any`
    /// @param fields of an object
    /// @param items of an array
    record Type(
            Set<String> kinds,
            Map<String, Field> fields,
            @Nullable Type items) {
        static Type of(String kind) {
            return new Type(Set.of(kind), Map.of(), null);
        }

        /// A value of either, or of both at once.
        Type with(Type other) {
            var kinds = new LinkedHashSet<>(this.kinds);
            kinds.addAll(other.kinds);
            var fields = new LinkedHashMap<>(this.fields);
            fields.putAll(other.fields);
            return new Type(kinds, fields, items == null ? other.items : items);
        }
    }

    record Field(Type type, boolean isOptional) {}

    /// How a route is used.
    ///
    /// @param parameters names of the address's, such as `status[]`
    /// @param body empty where it takes none
    record Operation(Set<String> parameters, Optional<Type> body, Type answer) {}

    /// All routes, such as `GET /plans/{}`: the names of variables are everybody's own.
    Map<String, Operation> operations() {
        return operations;
    }

    /// @param path below `/api/v1`, such as `/plans/{code}`
    static String route(String method, String path) {
        return method + " " + path.replaceAll("\\{[^}]*}", "{}");
    }

    private Operation operation(String arguments, String answer) {
        var query = PARAMETERS.matcher(arguments);
        var parameters = query.find()
                ? new Parser(arguments.substring(query.end())).type().fields().keySet()
                : Set.<String>of();
        var data = BODY.matcher(arguments);
        return new Operation(
                parameters,
                data.find() ? Optional.of(named(data.group(1))) : Optional.empty(),
                new Parser(COMMENT.matcher(answer).replaceAll("")).type());
    }

    private Type named(String name) {
        var text = declarations.get(name);
        return text == null ? Type.of("any") : new Parser(text).type();
    }

    private final class Parser {
        private final List<String> tokens;
        private int at;

        Parser(String text) {
            tokens = TOKEN.matcher(text).results().map(found -> found.group(1)).toList();
        }

        Type type() {
            if (is("|") || is("&")) at++;
            var type = several();
            while (is("|") || is("&")) {
                at++;
                type = type.with(several());
            }
            return type;
        }

        private Type several() {
            var type = one();
            while (is("[")) {
                skip("[", "]");
                type = new Type(Set.of("array"), Map.of(), type);
            }
            return type;
        }

        private Type one() {
            var token = tokens.get(at++);
            switch (token) {
                case "{" -> {
                    return object();
                }
                case "(" -> {
                    var type = type();
                    at++; // )
                    return type;
                }
                case "string", "number", "boolean", "null", "object", "any" -> {
                    return Type.of(token);
                }
                case "true", "false" -> {
                    return Type.of("boolean");
                }
                default -> {
                    if (token.startsWith("\"")) return Type.of("string");
                    if (Character.isDigit(token.charAt(0)) || token.startsWith("-")) return Type.of("number");
                    if (!is("<")) return named(token);
                    skip("<", ">");
                    return Type.of(token.equals("Record") ? "object" : "any");
                }
            }
        }

        private Type object() {
            var fields = new LinkedHashMap<String, Field>();
            while (!is("}")) {
                if (is("[")) { // an index: other names, too
                    skip("[", "]");
                    at++; // :
                    type();
                } else {
                    var name = tokens.get(at++).replace("\"", "");
                    boolean isOptional = is("?");
                    if (isOptional) at++;
                    at++; // :
                    fields.put(name, new Field(type(), isOptional));
                }
                if (is(";") || is(",")) at++;
            }
            at++;
            return new Type(Set.of("object"), fields, null);
        }

        private boolean is(String token) {
            return at < tokens.size() && tokens.get(at).equals(token);
        }

        private void skip(String open, String close) {
            int depth = 0;
            do {
                if (is(open)) depth++;
                if (is(close)) depth--;
                at++;
            } while (depth > 0);
        }
    }
}
