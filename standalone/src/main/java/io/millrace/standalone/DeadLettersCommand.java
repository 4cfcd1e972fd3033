package io.millrace.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// `./millrace dead-letters`: what could not be billed, and sending it again, by the API of a Millrace that runs.
///
/// ```
/// list [FILTER]... [--all] [--page N]    the newest first; --all also those that were sent again or count since
/// show ID                                one, with its original
/// re-drive ID...                         sends these again
/// re-drive FILTER...                     sends those again that fit, have not been, and do not count since
///
/// FILTER: --reason R, --code C, --subscription S, --transaction T
/// ```
///
/// All of them take `--json`. `MILLRACE_URL` (`http://localhost:8080` unless told) says where, `MILLRACE_API_KEY`
/// for which organization.
final class DeadLettersCommand {
    private static final String PATH = "/dead_letters";
    private static final Map<String, String> FILTERS = Map.of(
            "--reason", "reason",
            "--code", "code",
            "--subscription", "external_subscription_id",
            "--transaction", "transaction_id");
    private static final List<String> COLUMNS =
            List.of("id", "reason", "code", "external_subscription_id", "transaction_id", "message");

    private final Api api;
    private final Arguments arguments;
    private final PrintStream out;

    private DeadLettersCommand(Api api, Arguments arguments, PrintStream out) {
        this.api = api;
        this.arguments = arguments;
        this.out = out;
    }

    /// @param words such as `list --reason subscription_not_found`
    /// @throws IllegalArgumentException if they make no sense
    /// @throws IOException with a sentence for a person, if the server refuses or does not answer
    static void run(List<String> words, Map<String, String> environment, PrintStream out)
            throws IOException, InterruptedException {
        var arguments = Arguments.parse(words);
        var key = environment.getOrDefault("MILLRACE_API_KEY", "");
        if (key.isBlank()) throw new IllegalArgumentException("MILLRACE_API_KEY is not set");
        var url = URI.create(environment.getOrDefault("MILLRACE_URL", "http://localhost:8080"));
        if (url.getHost() == null) throw new IllegalArgumentException("MILLRACE_URL is no address: " + url);
        try {
            new DeadLettersCommand(new Api(url, key), arguments, out).run();
        } catch (ConnectException e) {
            throw new IOException("nothing answers at " + url, e);
        }
    }

    /// @param query parameters of the API's list
    private record Arguments(String verb, List<String> ids, Map<String, String> query, boolean json) {
        static Arguments parse(List<String> words) {
            var ids = new ArrayList<String>();
            var query = new TreeMap<String, String>();
            boolean json = false;
            if (words.isEmpty()) throw new IllegalArgumentException("dead-letters needs list, show or re-drive");
            var verb = words.getFirst();
            for (var rest = words.subList(1, words.size()).iterator(); rest.hasNext(); ) {
                var word = rest.next();
                boolean isPage = word.equals("--page") && verb.equals("list");
                if (word.equals("--json")) json = true;
                else if (word.equals("--all") && verb.equals("list")) {
                    query.put("include_re_driven", "true");
                    query.put("include_enriched", "true");
                } else if (isPage || (FILTERS.containsKey(word) && !verb.equals("show"))) {
                    if (!rest.hasNext()) throw new IllegalArgumentException(word + " needs a value");
                    query.put(isPage ? "page" : FILTERS.getOrDefault(word, word), rest.next());
                } else if (word.startsWith("-")) {
                    throw new IllegalArgumentException("dead-letters %s has no option '%s'".formatted(verb, word));
                } else ids.add(word);
            }
            var makesSense = switch (verb) {
                case "list" -> ids.isEmpty();
                case "show" -> ids.size() == 1;
                case "re-drive" -> ids.isEmpty() != query.isEmpty();
                default -> throw new IllegalArgumentException("dead-letters has no command '" + verb + "'");
            };
            if (!makesSense) {
                throw new IllegalArgumentException(
                        switch (verb) {
                            case "list" -> "dead-letters list takes no ids";
                            case "show" -> "dead-letters show takes one id";
                            default -> "dead-letters re-drive takes either ids or filters, such as --reason R";
                        });
            }
            return new Arguments(verb, ids, query, json);
        }

        String queryString() {
            return query.entrySet().stream()
                    .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), UTF_8))
                    .collect(Collectors.joining("&", "?", ""));
        }
    }

    private void run() throws IOException, InterruptedException {
        switch (arguments.verb()) {
            case "list" -> list();
            case "show" -> show();
            default -> {
                if (arguments.ids().isEmpty()) reDriveAll();
                else reDriveEach();
            }
        }
    }

    private void list() throws IOException, InterruptedException {
        var answer = api.get(PATH + arguments.queryString());
        if (arguments.json()) out.println(answer);
        else printTable(answer);
    }

    private void show() throws IOException, InterruptedException {
        var answer = api.get(PATH + "/" + encoded(arguments.ids().getFirst()));
        if (arguments.json()) out.println(answer);
        else printFields("", answer.path("dead_letter"));
    }

    private void reDriveEach() throws IOException, InterruptedException {
        for (var id : arguments.ids()) {
            var answer = api.post(PATH + "/" + encoded(id) + "/re_drive", Api.object());
            if (arguments.json()) out.println(answer);
            else out.printf("%s sent again%n", text(answer.path("dead_letter").path("id")));
        }
    }

    /// The server sends a bounded number at a time. What fails again meanwhile comes last, and is not sent again.
    private void reDriveAll() throws IOException, InterruptedException {
        long sent = 0;
        long wanted = 0;
        do {
            var answer = api.post(PATH + "/re_drive" + arguments.queryString(), Api.object())
                    .path("re_drive");
            long count = answer.path("re_driven_count").longValue();
            if (sent == 0) wanted = count + answer.path("remaining_count").longValue();
            sent += count;
            if (count == 0) break;
        } while (sent < wanted);
        if (arguments.json()) out.println(Api.object().put("re_driven_count", sent));
        else out.printf("%,d sent again%n", sent);
    }

    private void printTable(JsonNode answer) {
        var rows = new ArrayList<List<String>>();
        rows.add(COLUMNS.stream()
                .map(column -> column.replace("external_", "").replace("_id", ""))
                .toList());
        for (var letter : answer.path("dead_letters")) {
            rows.add(COLUMNS.stream().map(column -> text(letter.path(column))).toList());
        }
        var widths = IntStream.range(0, COLUMNS.size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        for (var row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            out.println(line.toString().stripTrailing());
        }
        var meta = answer.path("meta");
        out.printf(
                "%,d of %,d%s%n",
                answer.path("dead_letters").size(),
                meta.path("total_count").longValue(),
                meta.path("next_page").isNumber() ? ", more with --page " + meta.path("next_page") : "");
    }

    private void printFields(String prefix, JsonNode object) {
        for (var field : object.properties()) {
            var name = prefix + harmless(field.getKey());
            if (field.getValue().isObject()) printFields(name + ".", field.getValue());
            else if (!field.getValue().isNull()) out.printf("%-32s %s%n", name, text(field.getValue()));
        }
    }

    private static String text(JsonNode value) {
        return value.isNull() ? "" : harmless(value.asText());
    }

    /// What producers wrote must not steer a terminal.
    private static String harmless(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}]", "�");
    }

    private static String encoded(String id) {
        return URLEncoder.encode(id, UTF_8);
    }
}
