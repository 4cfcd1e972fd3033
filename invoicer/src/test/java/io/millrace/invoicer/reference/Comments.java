package io.millrace.invoicer.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What a `///` comment in the source says of a route or a record.
///
/// @param text without its `@param` lines; empty where there is none
/// @param parameters by name
record Comments(String text, Map<String, String> parameters) {
    private static final Pattern LINK = Pattern.compile("\\[#?([A-Za-z#]+)]");

    /// Of the handler of a route.
    static Comments ofMethod(Class<?> type, String name) {
        return before(source(type), Pattern.compile("^    [^ /@}].*[> ]" + name + "\\(.*"));
    }

    static Comments ofType(Class<?> type) {
        return before(source(type), Pattern.compile("^.*\\b(class|record) " + type.getSimpleName() + "\\b.*"));
    }

    private static List<String> source(Class<?> type) {
        var top = type.getNestHost().getName().replace('.', '/');
        try {
            return Files.readAllLines(Path.of("src/main/java", top + ".java"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Comments before(List<String> lines, Pattern declaration) {
        int at = 0;
        while (at < lines.size() && !declaration.matcher(lines.get(at)).matches()) at++;
        if (at == lines.size()) return new Comments("", Map.of());
        while (at > 0 && lines.get(at - 1).strip().startsWith("@")) at--;
        int first = at;
        while (first > 0 && lines.get(first - 1).strip().startsWith("///")) first--;
        var text = new StringBuilder();
        var parameters = new LinkedHashMap<String, String>();
        var name = "";
        for (var line : lines.subList(first, at)) {
            var said = LINK.matcher(line.strip().substring(3).strip()).replaceAll("`$1`");
            if (said.startsWith("@param ")) {
                var parts = said.split(" ", 3);
                name = parts[1];
                parameters.put(name, parts.length > 2 ? parts[2] : "");
            } else if (name.isEmpty()) {
                text.append(said.isEmpty() ? "\n\n" : said + " ");
            } else if (!said.isEmpty()) {
                parameters.merge(name, said, (one, other) -> one + " " + other);
            }
        }
        return new Comments(text.toString().replaceAll(" +\n", "\n").strip(), parameters);
    }
}
