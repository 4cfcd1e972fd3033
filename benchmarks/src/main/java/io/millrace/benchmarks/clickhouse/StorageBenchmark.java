package io.millrace.benchmarks.clickhouse;

import static io.millrace.benchmarks.Frame.rounded;
import static io.millrace.benchmarks.Frame.say;

import io.millrace.benchmarks.Frame;
import io.millrace.benchmarks.Frame.Option;
import io.millrace.benchmarks.Frame.Options;
import io.millrace.benchmarks.clickhouse.Events.Ids;
import io.millrace.benchmarks.clickhouse.Events.Kind;
import io.millrace.benchmarks.clickhouse.Events.Order;
import io.millrace.benchmarks.pipeline.Scratch;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// `./millrace bench storage`: bytes of an event on disk, beside those of the same record as a line of JSON.
public final class StorageBenchmark {
    private static final List<Option> OPTIONS = List.of(
            new Option("--events", 3_000_000, 10_000, 1_000_000_000),
            new Option("--subscriptions", 10_000, 1, 1_000_000));
    private static final int LINES = 100_000;

    private StorageBenchmark() {}

    /// As [Frame#run].
    public static int run(List<String> words, PrintStream out, PrintStream err) throws Exception {
        return Frame.run("storage", OPTIONS, words, out, err, StorageBenchmark::measure);
    }

    private static Map<String, Object> measure(Options options, Scratch scratch, PrintStream progress)
            throws Exception {
        var numbers = new LinkedHashMap<String, Object>();
        numbers.put("events", options.of("--events"));
        numbers.put("subscriptions", options.of("--subscriptions"));
        try (var tables = Tables.start(scratch.directory("clickhouse"))) {
            for (var ids : Ids.values()) {
                var events =
                        new Events(options.of("--events"), options.of("--subscriptions"), 1, ids, Order.AS_THEY_COME);
                for (var kind : Kind.values()) {
                    tables.execute("TRUNCATE TABLE " + kind.table + " SYNC");
                    events.fill(tables, kind, 0);
                    tables.execute("OPTIMIZE TABLE " + kind.table + " FINAL");
                    var name = (kind + "_" + ids).toLowerCase(Locale.ROOT);
                    double stored = tables.bytesPerRow(kind.table);
                    double json = jsonBytes(tables, kind);
                    numbers.put(name + "_bytes", rounded(stored));
                    numbers.put(name + "_json_bytes", rounded(json));
                    numbers.put(name + "_ratio", rounded(json / stored));
                    say(
                            progress,
                            "%-20s %6.1f bytes on disk %7.1f as JSON %6.1f times smaller",
                            name.replace('_', ' '),
                            stored,
                            json,
                            json / stored);
                    columns(tables, kind).forEach(line -> say(progress, "    %s", line));
                }
            }
        }
        return numbers;
    }

    /// A line with its end, of the fields of the record and what the table knows of its place.
    private static double jsonBytes(Tables tables, Kind kind) throws Exception {
        var columns = new ArrayList<>(kind.fields);
        columns.addAll(kind.place.values());
        return tables.number(
                "SELECT avg(length(formatRow('JSONEachRow', %1$s))) FROM (SELECT %1$s FROM %2$s LIMIT %3$d)"
                        .formatted(String.join(", ", columns), kind.table, LINES));
    }

    private static List<String> columns(Tables tables, Kind kind) throws Exception {
        return tables.texts("""
                SELECT concat(leftPad(toString(round(sum(column_bytes_on_disk) / sum(rows), 2)), 6), ' ', column)
                FROM system.parts_columns
                WHERE active AND database = currentDatabase() AND table = '%s'
                GROUP BY column
                HAVING sum(column_bytes_on_disk) / sum(rows) >= 0.05
                ORDER BY sum(column_bytes_on_disk) DESC""".formatted(kind.table));
    }
}
