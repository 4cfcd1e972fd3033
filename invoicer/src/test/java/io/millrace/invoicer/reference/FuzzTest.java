package io.millrace.invoicer.reference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.contract.Json;
import java.io.IOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Whatever is sent to whichever route, it is done or refused in the contract's form: never a failure, never a word
/// about the inside, never no answer. And what is stored still makes sense.
@ExtendWith(MillraceStack.class)
class FuzzTest {
    private static final int CONNECTIONS = 4;
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Pattern INSIDE = Pattern.compile(
            "Exception|Throwable|\\bjava[.x]|io\\.(micronaut|millrace|netty)|org\\.postgresql|SQLSTATE|_links|\\(\\w+\\.java");
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW");

    private static EmbeddedStack stack;
    private static RunningInvoicer invoicer;
    private static RunningInvoicer other;
    private static List<Target> targets;

    /// A route with a request that it takes.
    ///
    /// @param path with what is there in the place of its variables
    /// @param foreign likewise, but another organization's
    private record Target(
            Route route,
            String path,
            String foreign,
            @Nullable Object example) {}

    @BeforeAll
    static void start(EmbeddedStack engines) {
        stack = engines;
        // Nothing shall be billed meanwhile: a subscription since 1900 has many periods. Usage shall not wait for
        // streams that there are not.
        var settings = Map.of("MILLRACE_BILLING_INTERVAL_MS", "86400000", "MILLRACE_WATERMARK_TIMEOUT_MS", "500");
        invoicer = RunningInvoicer.start(stack, settings);
        other = RunningInvoicer.start(stack, settings);
        try (var theirs = new Explorer(other)) {
            theirs.explore();
            try (var ours = new Explorer(invoicer)) {
                ours.explore();
                targets = ours.routes().stream()
                        .map(route -> new Target(route, ours.path(route), theirs.path(route), route.exampleRequest))
                        .toList();
            }
        }
    }

    @AfterAll
    static void stop() {
        invoicer.close();
        other.close();
    }

    @Test
    void everyRequestIsDoneOrRefused() throws Exception {
        fuzz(1, 5_000);
    }

    @Test
    @Tag("soak")
    void everyRequestOfManyIsDoneOrRefused() throws Exception {
        fuzz(System.nanoTime(), 100_000);
    }

    private static void fuzz(long seed, int requests) throws Exception {
        var before =
                other.api().get("/plans").body() + other.api().get("/customers").body();
        var statuses = new TreeMap<Integer, Integer>();
        var failures = new ConcurrentSkipListMap<String, String>();
        try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            var running = new ArrayList<Callable<Map<Integer, Integer>>>();
            for (int i = 0; i < CONNECTIONS; i++) {
                long own = seed + i;
                running.add(() -> run(own, requests / CONNECTIONS, failures));
            }
            for (var done : threads.invokeAll(running)) {
                done.get().forEach((status, count) -> statuses.merge(status, count, Integer::sum));
            }
        }
        assertThat(String.join("\n\n", failures.values())).isEmpty();
        assertThat(statuses).as("seed %d: all ways to answer", seed).containsKeys(200, 400, 401, 404, 405, 422);
        assertThat(other.api().get("/plans").body()
                        + other.api().get("/customers").body())
                .as("seed %d: what is another organization's", seed)
                .isEqualTo(before);
        everythingCanBeShown(seed);
        everythingMakesSense(seed);
    }

    /// @param failures the first of each kind is added
    private static Map<Integer, Integer> run(long seed, int requests, Map<String, String> failures) {
        var random = new Random(seed);
        var statuses = new TreeMap<Integer, Integer>();
        try (var connection = new Connection(invoicer.api().server(), DEADLINE)) {
            for (int i = 0; i < requests; i++) {
                var request = request(new Mutations(random));
                var told = "seed %d, request %d%n%s%n▶ ".formatted(seed, i, request.shown());
                try {
                    var answer = connection.send(request.head, request.body);
                    statuses.merge(answer.status(), 1, Integer::sum);
                    if (isOfTheContract(request, answer)) continue;
                    failures.putIfAbsent(answer.status() + " " + request.head.split("[?/ ]", 6)[4], told + answer);
                } catch (IOException e) {
                    failures.putIfAbsent("no answer", told + e);
                    connection.close();
                }
            }
        }
        return statuses;
    }

    /// @param isForText where the route answers with text that is no JSON
    private record Request(String head, byte[] body, boolean isForText) {
        String shown() {
            var text = head + "\n" + new String(body, UTF_8);
            return text.length() < 3000 ? text : text.substring(0, 3000) + "…";
        }
    }

    private static Request request(Mutations mutations) {
        var target = mutations.one(targets);
        // What is deleted can be asked for nothing more.
        while (target.route().method.equals("DELETE") && mutations.happens(0.9)) target = mutations.one(targets);
        var route = target.route();
        var method = mutations.happens(0.95) ? route.method : mutations.one(METHODS);
        var path = mutations.happens(0.8)
                ? target.path()
                : mutations.happens(0.5) ? target.foreign() : odd(route, mutations);
        var query = new StringBuilder();
        for (var name : route.parameters.keySet()) {
            if (mutations.happens(0.3))
                query.append('&').append(name).append('=').append(mutations.text());
        }
        if (mutations.happens(0.1)) query.append('&').append(mutations.text());
        if (!query.isEmpty()) query.setCharAt(0, '?');
        var head = new StringBuilder("%s %s%s HTTP/1.1\r\n".formatted(method, ascii(path), ascii(query.toString())));
        if (mutations.happens(0.98)) head.append("Authorization: Bearer %s\r\n".formatted(invoicer.key()));
        head.append("Content-Type: %s\r\n"
                .formatted(mutations.happens(0.9) ? "application/json" : mutations.contentType()));
        if (mutations.happens(0.1)) head.append("Accept: %s\r\n".formatted(mutations.contentType()));
        if (mutations.happens(0.05)) head.append("Idempotency-Key: %s\r\n".formatted(ascii(mutations.text())));
        byte[] body = route.takesBody || mutations.happens(0.05) ? mutations.body(target.example()) : new byte[0];
        return new Request(head.toString(), body, route.exampleAnswer instanceof String);
    }

    private static String odd(Route route, Mutations mutations) {
        var path = route.path;
        for (var variable : route.variables()) path = path.replace("{" + variable + "}", mutations.text());
        return mutations.happens(0.9) ? path : path + "/" + mutations.text();
    }

    /// Spaces would end the address, and so the fuzzing of it.
    private static String ascii(String text) {
        return text.replace(" ", "%20");
    }

    private static boolean isOfTheContract(Request request, Connection.Answer answer) {
        if (INSIDE.matcher(answer.body()).find()) return false;
        if (request.head.startsWith("HEAD ")) return answer.status() < 500;
        if (answer.status() == 200) return request.isForText || answer.body().startsWith("{");
        return answer.status() >= 400
                && answer.status() < 500
                && answer.body().startsWith("{")
                && Json.parse(answer.body().getBytes(UTF_8)) instanceof Map<?, ?> form
                && form.get("status") instanceof Integer status
                && status == answer.status()
                && form.get("error") instanceof String
                && (status != 422
                        || form.get("error_details") instanceof Map
                        || "validation_errors".equals(form.get("code")));
    }

    /// Every page of every list, but for the logs of requests, which are as many.
    private static void everythingCanBeShown(long seed) {
        for (var target : targets) {
            if (!target.route().method.equals("GET")
                    || !target.route().variables().isEmpty()
                    || target.path().endsWith("_logs")) continue;
            var path = target.path().substring("/api/v1".length());
            long pages = 1;
            for (int page = 1; page <= pages; page++) {
                var answer = invoicer.api().get(path + "?per_page=100&page=" + page);
                assertThat(answer.status())
                        .as("seed %d: %s, page %d: %s", seed, path, page, answer.body())
                        .isEqualTo(200);
                if (answer.body().startsWith("{") && answer.at("meta.total_pages") instanceof Number total)
                    pages = total.longValue();
            }
        }
    }

    private static void everythingMakesSense(long seed) throws SQLException {
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var statement = connection.createStatement()) {
            for (var broken : List.of(
                    // An active one may have a successor that waits.
                    "select external_id from subscriptions where status in ('active', 'pending') group by organization_id, external_id, status having count(*) > 1",
                    "select id from subscriptions where status = 'active' and started_at is null",
                    "select sequential_id from customers group by organization_id, sequential_id having count(*) > 1",
                    "select r.plan_id from plan_revisions r where r.effective_to is null group by r.plan_id having count(*) > 1",
                    "select r.billable_metric_id from billable_metric_revisions r where r.effective_to is null group by r.billable_metric_id having count(*) > 1")) {
                try (var row = statement.executeQuery(broken)) {
                    assertThat(row.next()).as("seed %d: %s", seed, broken).isFalse();
                }
            }
        }
    }
}
