package io.millrace.benchmarks.api;

import static io.millrace.benchmarks.Frame.rounded;
import static io.millrace.benchmarks.Frame.say;

import com.clickhouse.jdbc.DataSourceImpl;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.benchmarks.Frame;
import io.millrace.benchmarks.Frame.Option;
import io.millrace.benchmarks.Frame.Options;
import io.millrace.benchmarks.pipeline.Scratch;
import io.millrace.embedded.ChildProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// `./millrace bench api`: what requests of the control plane cost, beside the least that one can: to know the key and
/// read one row.
///
/// ```
///  this process            a process of its own
///  ────────────            ────────────────────────────────
///  connections, each ────▶ invoicer, PostgreSQL, ClickHouse
///  one request at a time
/// ```
///
/// Each kind of request gets its turn several times, so that all of them see the same machine.
public final class ApiBenchmark {
    private static final List<Option> OPTIONS = List.of(
            new Option("--seconds", 20, 1, 3_600),
            new Option("--warm-up", 5, 0, 600),
            new Option("--connections", 4, 1, 64),
            new Option("--subscriptions", 100, 1, 10_000),
            new Option("--events", 1_000, 1, 1_000_000),
            new Option("--filters", 2_000, 1, 10_000));
    private static final int TURNS = 4;
    private static final String KEY = "bench";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI server;
    private final int connections;
    private final int subscriptions;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicLong next = new AtomicLong();

    private enum Kind {
        BASELINE,
        CREATE_CUSTOMER,
        CREATE_SUBSCRIPTION,
        CURRENT_USAGE,
        CURRENT_USAGE_OF_FILTERS;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private ApiBenchmark(URI server, Options options) {
        this.server = server;
        this.connections = Math.toIntExact(options.of("--connections"));
        this.subscriptions = Math.toIntExact(options.of("--subscriptions"));
    }

    /// As [Frame#run].
    public static int run(List<String> words, PrintStream out, PrintStream err) throws Exception {
        return Frame.run("api", OPTIONS, words, out, err, ApiBenchmark::measure);
    }

    private static Map<String, Object> measure(Options options, Scratch scratch, PrintStream progress)
            throws Exception {
        try (var process = ChildProcess.of(ApiServer.class)
                .heap("1g")
                .flags("-Dlogback.configurationFile=benchmarks-logback.xml")
                .environment("MILLRACE_API_KEY", KEY)
                .start()) {
            var clickHouse = after(ApiServer.CLICKHOUSE, process);
            var benchmark = new ApiBenchmark(URI.create(after(ApiServer.SERVER, process)), options);
            benchmark.prepare(clickHouse, options.of("--events"), Math.toIntExact(options.of("--filters")));
            return benchmark.run(options, progress);
        }
    }

    private static String after(String words, ChildProcess process) {
        var line = process.awaitLine(words);
        return line.substring(line.indexOf(words) + words.length());
    }

    /// Customers with a subscription each, to a plan of three charges, and usage of this month; and one whose plan has
    /// a charge with many filters, of which every hundredth is used.
    private void prepare(String clickHouse, long events, int filters)
            throws IOException, InterruptedException, SQLException {
        var charges = new ArrayList<String>();
        for (var aggregation : List.of("count_agg", "sum_agg", "max_agg")) {
            var metric = send("POST", "/billable_metrics", """
                    {"billable_metric": {"name": "M", "code": "%1$s", "aggregation_type": "%1$s", "field_name": "n"}}""".formatted(aggregation));
            charges.add("""
                    {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "0.002"}}""".formatted(metric.at("/billable_metric/lago_id").asText()));
        }
        var plan = send("POST", "/plans", """
                {"plan": {"name": "P", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR", "charges": [%s]}}""".formatted(String.join(",", charges)));
        for (int i = 0; i < subscriptions; i++) {
            send("POST", "/subscriptions", """
                    {"subscription": {"external_customer_id": "%1$d", "external_id": "used_%1$d", "plan_code": "plan", "subscription_at": "2020-01-01"}}""".formatted(i));
        }
        var filtered = planOfFilters(filters);
        send("POST", "/subscriptions", """
                {"subscription": {"external_customer_id": "many", "external_id": "used_many", "plan_code": "many", "subscription_at": "2020-01-01"}}""");
        var organization =
                send("GET", "/organizations", null).at("/organization/lago_id").asText();
        try (var connection = new DataSourceImpl(clickHouse, new Properties()).getConnection();
                var statement = connection.createStatement()) {
            for (int i = 0; i < subscriptions; i++) {
                for (var charge : plan.at("/plan/charges"))
                    statement.execute(used(organization, Integer.toString(i), charge, "", events));
            }
            var charge = filtered.at("/plan/charges/0");
            for (int i = 0; i < filters; i += 100) {
                var filter = charge.at("/filters/" + i + "/lago_id").asText();
                statement.execute(used(organization, "many", charge, filter, 1));
            }
        }
        var usage = send("GET", usage("0"), null)
                .at("/customer_usage/charges_usage/0/events_count")
                .asLong();
        if (usage != events)
            throw new IllegalStateException("usage of %d events instead of %d".formatted(usage, events));
    }

    private JsonNode planOfFilters(int filters) throws IOException, InterruptedException {
        var values = IntStream.range(0, filters).mapToObj(i -> "\"v" + i + "\"").toList();
        var metric = send("POST", "/billable_metrics", """
                {"billable_metric": {"name": "M", "code": "many", "aggregation_type": "sum_agg", "field_name": "n",
                 "filters": [{"key": "value", "values": [%s]}]}}""".formatted(String.join(",", values)));
        var each = values.stream()
                .map("{\"values\": {\"value\": [%s]}, \"properties\": {\"amount\": \"2\"}}"::formatted)
                .collect(Collectors.joining(","));
        return send("POST", "/plans", """
                {"plan": {"name": "P", "code": "many", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR", "charges": [
                 {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "1"}, "filters": [%s]}]}}""".formatted(
                        metric.at("/billable_metric/lago_id").asText(), each));
    }

    /// A statement that lays events into the current period of a subscription.
    private String used(String organization, String name, JsonNode charge, String filter, long events)
            throws IOException, InterruptedException {
        var subscription = send("GET", "/subscriptions/used_" + name, null).path("subscription");
        return """
                INSERT INTO events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp,
                  subscription_id, plan_id, charge_id, charge_filter_id, plan_revision, aggregation_type, value, raw_partition, raw_offset, enrichment_version)
                SELECT '%s', 'used_%s', concat('t', '%s', toString(number)), toDateTime64('%s', 6, 'UTC'), '%s', '', '%s', '%s', 1, '%s', '1', 0, number, 1
                FROM numbers(%d)""".formatted(
                        organization,
                        name,
                        filter,
                        subscription
                                .path("current_billing_period_started_at")
                                .asText()
                                .replaceAll("[TZ]", " ")
                                .strip(),
                        subscription.path("lago_id").asText(),
                        charge.path("lago_id").asText(),
                        filter,
                        charge.path("billable_metric_code").asText(),
                        events);
    }

    private Map<String, Object> run(Options options, PrintStream progress) throws Exception {
        var turn = options.of("--seconds") * 1_000_000_000L / TURNS;
        for (var kind : Kind.values()) run(kind, options.of("--warm-up") * 1_000_000_000L);
        var nanos = new EnumMap<Kind, List<Long>>(Kind.class);
        for (int i = 0; i < TURNS; i++) {
            for (var kind : Kind.values())
                nanos.computeIfAbsent(kind, _ -> new ArrayList<>()).addAll(run(kind, turn));
        }
        say(progress, "%-20s %12s %8s %8s %10s", "", "a second", "p50 ms", "p99 ms", "of baseline");
        var numbers = new LinkedHashMap<String, Object>();
        double baseline = 0;
        for (var kind : Kind.values()) {
            long[] sorted = nanos.getOrDefault(kind, List.of()).stream()
                    .mapToLong(Long::longValue)
                    .sorted()
                    .toArray();
            // Connections are never idle: what their requests took is what there was.
            double rate = connections * sorted.length / (LongStream.of(sorted).sum() / 1e9);
            if (kind == Kind.BASELINE) baseline = rate;
            double p50 = sorted[sorted.length / 2] / 1e6;
            double p99 = sorted[sorted.length * 99 / 100] / 1e6;
            say(progress, "%-20s %12.1f %8.2f %8.2f %10.3f", kind.word(), rate, p50, p99, rate / baseline);
            numbers.put(kind.word() + "_per_second", rounded(rate));
            numbers.put(kind.word() + "_p50_ms", rounded(p50));
            numbers.put(kind.word() + "_p99_ms", rounded(p99));
            numbers.put(kind.word() + "_ratio", rounded(rate / baseline));
        }
        numbers.put("connections", connections);
        numbers.put("cores", Runtime.getRuntime().availableProcessors());
        return numbers;
    }

    /// What each request took, in nanoseconds.
    private List<Long> run(Kind kind, long nanos) throws Exception {
        long end = System.nanoTime() + nanos;
        Callable<List<Long>> connection = () -> {
            var taken = new ArrayList<Long>();
            while (System.nanoTime() < end) {
                long begun = System.nanoTime();
                ask(kind);
                taken.add(System.nanoTime() - begun);
            }
            return taken;
        };
        var all = new ArrayList<Long>();
        try (var threads = Executors.newFixedThreadPool(connections)) {
            for (var one : threads.invokeAll(Collections.nCopies(connections, connection))) all.addAll(one.get());
        }
        return all;
    }

    private void ask(Kind kind) throws IOException, InterruptedException {
        long number = next.getAndIncrement();
        var unused = switch (kind) {
            case BASELINE -> send("GET", "/organizations", null);
            case CREATE_CUSTOMER -> send("POST", "/customers", """
                        {"customer": {"external_id": "new_%d", "name": "New", "currency": "EUR", "timezone": "Europe/Paris"}}""".formatted(number));
            case CREATE_SUBSCRIPTION -> send("POST", "/subscriptions", """
                        {"subscription": {"external_customer_id": "%d", "external_id": "sub_%d", "plan_code": "plan"}}""".formatted(number % subscriptions, number));
            case CURRENT_USAGE -> send("GET", usage(Long.toString(number % subscriptions)), null);
            case CURRENT_USAGE_OF_FILTERS -> send("GET", usage("many"), null);
        };
    }

    private static String usage(String name) {
        return "/customers/%1$s/current_usage?external_subscription_id=used_%1$s".formatted(name);
    }

    private JsonNode send(String method, String path, @Nullable String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(server.resolve("/api/v1" + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json")
                .build();
        var answer = http.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(
                    "%s %s: %s".formatted(method, path, new String(answer.body(), StandardCharsets.UTF_8)));
        }
        return JSON.readTree(answer.body());
    }
}
