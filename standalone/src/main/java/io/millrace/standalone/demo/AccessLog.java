package io.millrace.standalone.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// A web server's access log in combined format, read as usage: the client address is the subscription.
///
/// Only address, time, request, status and size are required; what follows on a line may be broken.
///
/// @param lines lines in the file
/// @param unreadable numbers of the lines that are no such record, from 1
/// @param usages three events a readable line, one a metric
record AccessLog(int lines, List<Integer> unreadable, List<Usage> usages) {
    private static final Pattern LINE =
            Pattern.compile("^(\\S+) .*?\\[([^\\]]+)] \"(.*?)\" (\\d{3}) (\\d+|-)(?:\\s.*)?$");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);

    static AccessLog read(Path file) throws IOException {
        int lines = 0;
        var unreadable = new ArrayList<Integer>();
        var usages = new ArrayList<Usage>();
        // Every byte is a character in Latin-1, so that no odd byte in a path or agent can stop the reading.
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                lines++;
                var read = parse(line, lines);
                if (read.isEmpty()) unreadable.add(lines);
                usages.addAll(read);
            }
        }
        return new AccessLog(lines, unreadable, usages);
    }

    /// The usage of one line; empty if it cannot be read.
    static List<Usage> parse(String line, int number) {
        var match = LINE.matcher(line);
        if (!match.matches()) return List.of();
        var client = match.group(1);
        var bytes = match.group(5).equals("-") ? "0" : match.group(5);
        OffsetDateTime time;
        try {
            time = OffsetDateTime.parse(match.group(2), TIME);
        } catch (DateTimeParseException e) {
            return List.of();
        }
        var instant = time.toInstant();
        return List.of(
                new Usage(client, "line_" + number + "_requests", "requests", instant, Map.of()),
                new Usage(client, "line_" + number + "_bytes", "bytes", instant, Map.of("bytes", bytes)),
                new Usage(client, "line_" + number + "_paths", "paths", instant, Map.of("path", path(match.group(3)))));
    }

    /// The path of a request line such as `GET /a?b=c HTTP/1.1`: its second word without the query, or the whole
    /// request where it has no second word.
    private static String path(String request) {
        var words = request.split(" ", 3);
        var target = words.length > 1 ? words[1] : request;
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    SequencedSet<String> clients() {
        var clients = new LinkedHashSet<String>();
        for (var usage : usages) clients.add(usage.externalSubscriptionId());
        return clients;
    }

    /// The months in UTC that the log has events in; this month if nothing could be read.
    SortedSet<YearMonth> months() {
        var months = new TreeSet<YearMonth>();
        for (var usage : usages) months.add(YearMonth.from(usage.timestamp().atOffset(ZoneOffset.UTC)));
        if (months.isEmpty()) months.add(YearMonth.now(ZoneOffset.UTC));
        return months;
    }
}
