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
import io.millrace.invoicer.usage.ChargeUsage;
import io.millrace.invoicer.usage.ChargeUsage.Needs;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.invoicer.usage.UsageQuery;
import io.millrace.invoicer.usage.UsageQuery.Question;
import io.millrace.invoicer.usage.UsageUnderTest;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// `./millrace bench aggregate`: how long the invoicer waits for the usage of one subscription in one month, with 20
/// charges, among very many.
///
/// ```
/// rows, skewed ─▶ cold: some subscriptions, past all caches
///                 first: others, each for the first time
///                 warm: the same once more
///                 the largest subscription
/// ```
///
/// A subscription's rows are in eight parts, as merges leave them ([Events.Order#BY_SUBSCRIPTION]), and nothing is
/// merged any more. Where `MILLRACE_DATA` names a directory, they stay there: a run that was stopped goes on with
/// them, and later ones ask the same.
public final class AggregateBenchmark {
    private static final List<Option> OPTIONS = List.of(
            new Option("--rows", 100_000_000, 100_000, 10_000_000_000L),
            new Option("--subscriptions", 100_000, 1_000, 1_000_000),
            new Option("--asked", 1_000, 100, 10_000));
    /// Of ten that are asked for at first and warm, one is asked for cold.
    private static final int COLD_SHARE = 10;
    /// A third more than what a row takes.
    private static final int ROOM_PER_ROW = 40;
    /// Reads past the file system's cache.
    private static final String PAST_CACHES = "&clickhouse_setting_min_bytes_to_use_direct_io=1";

    private final Tables tables;
    private final long subscriptions;
    private final int asked;

    private AggregateBenchmark(Tables tables, long subscriptions, int asked) {
        this.tables = tables;
        this.subscriptions = subscriptions;
        this.asked = asked;
    }

    /// As [Frame#run].
    public static int run(List<String> words, PrintStream out, PrintStream err) throws Exception {
        return Frame.run("aggregate", OPTIONS, words, out, err, AggregateBenchmark::measure);
    }

    private static Map<String, Object> measure(Options options, Scratch scratch, PrintStream progress)
            throws Exception {
        long rows = options.of("--rows");
        long subscriptions = options.of("--subscriptions");
        var kept = System.getenv("MILLRACE_DATA");
        var directory = Files.createDirectories(kept == null ? scratch.directory("clickhouse") : Path.of(kept));
        try (var tables = Tables.start(directory)) {
            tables.execute("SYSTEM STOP MERGES " + Kind.EXPANDED.table);
            fill(tables, directory, rows, subscriptions, progress);
            return new AggregateBenchmark(tables, subscriptions, Math.toIntExact(options.of("--asked")))
                    .ask(rows, progress);
        }
    }

    private static void fill(Tables tables, Path directory, long rows, long subscriptions, PrintStream progress)
            throws Exception {
        var events = new Events(rows, subscriptions, 3, Ids.UUIDS, Order.BY_SUBSCRIPTION);
        // The table says which events it is for: no other run goes on with them.
        if (!tables.comment(Kind.EXPANDED.table).equals(events.toString())) {
            tables.execute("TRUNCATE TABLE " + Kind.EXPANDED.table + " SYNC");
            tables.execute("ALTER TABLE " + Kind.EXPANDED.table + " MODIFY COMMENT '" + events + "'");
        }
        long there = tables.rows(Kind.EXPANDED.table);
        if (there == rows) return;
        long room = Files.getFileStore(directory).getUsableSpace();
        if (room < (rows - there) * ROOM_PER_ROW) {
            throw new IllegalStateException("%d rows need %d GB of disk, and there are %d"
                    .formatted(rows - there, (rows - there) * ROOM_PER_ROW >> 30, room >> 30));
        }
        long started = System.nanoTime();
        events.fill(tables, Kind.EXPANDED, there);
        if (tables.rows(Kind.EXPANDED.table) != rows) {
            throw new IllegalStateException("an insert has been stopped half way: " + directory + " is of no more use");
        }
        say(progress, "%,d rows after %.0f s", rows - there, (System.nanoTime() - started) / 1e9);
    }

    private Map<String, Object> ask(long rows, PrintStream progress) throws Exception {
        var numbers = new LinkedHashMap<String, Object>();
        numbers.put("rows", rows);
        numbers.put("subscriptions", subscriptions);
        numbers.put("parts", tables.parts(Kind.EXPANDED.table));
        numbers.put("bytes_on_disk_per_row", rounded(tables.bytesPerRow(Kind.EXPANDED.table)));

        var usage = UsageUnderTest.of(tables.url());
        // The JVM and the driver are warm when the first counts.
        for (int i = 0; i < 50; i++) milliseconds(usage, number(i, 50) + 1);

        var pastCaches = UsageUnderTest.of(tables.url() + PAST_CACHES);
        var cold = new double[asked / COLD_SHARE];
        for (int i = 0; i < cold.length; i++) {
            tables.execute("SYSTEM DROP MARK CACHE");
            cold[i] = milliseconds(pastCaches, number(i, cold.length) + 2);
        }
        var first = new double[asked];
        for (int i = 0; i < asked; i++) first[i] = milliseconds(usage, number(i, asked));
        var warm = new double[asked];
        for (int i = 0; i < asked; i++) warm[i] = milliseconds(usage, number(i, asked));
        put(numbers, "", warm);
        put(numbers, "first_", first);
        put(numbers, "cold_", cold);

        double largest = milliseconds(usage, 0);
        numbers.put("rows_with_largest_subscription", events(usage, 0));
        numbers.put("largest_ms", rounded(largest));
        numbers.put("cores", Runtime.getRuntime().availableProcessors());
        numbers.forEach((name, value) -> say(progress, "%-32s %s", name, value));
        return numbers;
    }

    /// Evenly spread, so that one in a hundred is of the largest percent.
    private long number(int index, int of) {
        return (2L * index + 1) * subscriptions / (2L * of);
    }

    private static void put(Map<String, Object> numbers, String name, double[] milliseconds) {
        var sorted = milliseconds.clone();
        Arrays.sort(sorted);
        numbers.put(name + "p50_ms", rounded(sorted[sorted.length / 2]));
        numbers.put(name + "p99_ms", rounded(sorted[sorted.length * 99 / 100]));
        numbers.put(name + "max_ms", rounded(sorted[sorted.length - 1]));
    }

    private static double milliseconds(UsageQuery usage, long subscription) {
        long started = System.nanoTime();
        events(usage, subscription);
        return (System.nanoTime() - started) / 1e6;
    }

    private static long events(UsageQuery usage, long subscription) {
        var asked = Events.subscription(subscription);
        var charges = Map.of(Events.chargeOfUsers(subscription), new ChargeUsage(Needs.TOTALS, false, true));
        var question = new Question(
                Events.ORGANIZATION, Events.MARCH, Events.MARCH.to(), new TreeMap<>(), charges, List.of(asked));
        return usage.usage(question).getOrDefault(asked.subscriptionId(), List.of()).stream()
                .mapToLong(UsageLine::events)
                .sum();
    }
}
