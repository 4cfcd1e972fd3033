package io.millrace.invoicer.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.Locks;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ClickHouse;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is asked and changed over HTTP, through the broker and ClickHouse, to the logs as the API shows them.
@ExtendWith(MillraceStack.class)
class AuditTest {
    private static final String METRIC = """
            {"billable_metric": {"name": "%s", "code": "%s", "aggregation_type": "count_agg"}}""";

    private static EmbeddedStack engines;
    private static RunningInvoicer invoicer;
    private static ApiClient api;
    private static String keyId;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        engines = stack;
        invoicer = RunningInvoicer.start(stack);
        api = invoicer.api();
        keyId = api.get("/api_keys").text("api_keys.0.lago_id");
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void aChangeTellsWhoChangedWhatFromWhatToWhat() {
        var metric = api.create("/billable_metrics", METRIC.formatted("Calls", "calls"))
                .text("billable_metric.lago_id");
        assertThat(api.put("/billable_metrics/calls", "{\"billable_metric\": {\"name\": \"All calls\"}}")
                        .status())
                .isEqualTo(200);
        assertThat(api.delete("/billable_metrics/calls").status()).isEqualTo(200);

        var entries = awaitActivities("resource_ids[]=" + metric, 3);
        assertThat(entries.text("activity_logs.2.activity_type")).isEqualTo("billable_metric.created");
        assertThat(entries.text("activity_logs.2.activity_object_changes.code")).isEqualTo("[null, calls]");
        assertThat(entries.text("activity_logs.1.activity_type")).isEqualTo("billable_metric.updated");
        assertThat(entries.text("activity_logs.1.activity_object_changes")).isEqualTo("{name=[Calls, All calls]}");
        assertThat(entries.text("activity_logs.1.activity_object.name")).isEqualTo("All calls");
        assertThat(entries.text("activity_logs.1.activity_object.code")).isEqualTo("calls");
        assertThat(entries.text("activity_logs.0.activity_type")).isEqualTo("billable_metric.deleted");
        assertThat(entries.text("activity_logs.0.activity_object_changes.name")).isEqualTo("[All calls, null]");
        for (int i = 0; i < 3; i++) {
            var entry = "activity_logs." + i;
            assertThat(entries.text(entry + ".api_key_id")).isEqualTo(keyId);
            assertThat(entries.text(entry + ".activity_source")).isEqualTo("api");
            assertThat(entries.text(entry + ".resource_type")).isEqualTo("BillableMetric");
            assertThat(entries.text(entry + ".resource_id")).isEqualTo(metric);
            assertThat(entries.text(entry + ".organization_id"))
                    .isEqualTo(invoicer.organization().toString());
        }
        var one = api.get("/activity_logs/" + entries.text("activity_logs.1.activity_id"));
        assertThat(one.at("activity_log")).isEqualTo(entries.at("activity_logs.1"));
        assertThat(one.at("activity_log"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                .containsOnlyKeys(
                        "activity_id",
                        "activity_type",
                        "activity_source",
                        "activity_object",
                        "activity_object_changes",
                        "user_email",
                        "api_key_id",
                        "external_customer_id",
                        "external_subscription_id",
                        "resource_id",
                        "resource_type",
                        "organization_id",
                        "logged_at",
                        "created_at");
        assertThat(api.get("/activity_logs/nothing").text("code")).isEqualTo("activity_log_not_found");
        awaitNothingUnpublished();
    }

    @Test
    void whatComesWhileItIsLookedForIsUpdatedAllTheSame() throws Exception {
        var metric = api.create("/billable_metrics", METRIC.formatted("Calls", "before"))
                .text("billable_metric.lago_id");
        try (var connection = DriverManager.getConnection(engines.environment().get("DATABASE_URL"));
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update billable_metrics set code = 'meanwhile' where id = '" + metric + "'");
            statement.execute("""
                    insert into outbox (topic, key, organization_id, version)
                    values ('config_billable_metrics', '%1$s/meanwhile', '%1$s', 1)""".formatted(invoicer.organization()));
            var update = CompletableFuture.supplyAsync(
                    () -> api.put("/billable_metrics/meanwhile", "{\"billable_metric\": {\"name\": \"Since\"}}"));
            await().atMost(Duration.ofSeconds(60)).until(() -> Locks.holdUpAnother(statement));
            connection.commit();
            assertThat(update.get(60, TimeUnit.SECONDS).text("billable_metric.name"))
                    .isEqualTo("Since");
        }
    }

    @Test
    void anUpsertAndAVerbAreWhatTheyDo() {
        api.create("/customers", "{\"customer\": {\"external_id\": \"ac me/1\", \"name\": \"Acme\"}}");
        api.create("/customers", "{\"customer\": {\"external_id\": \"ac me/1\", \"name\": \"Acme Ltd\"}}");
        api.create("/plans", """
                {"plan": {"name": "P", "code": "p", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}}""");
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "ac me/1", "external_id": "s1", "plan_code": "p"}}""");
        api.delete("/subscriptions/s1?on_termination_invoice=skip");
        var clock = api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-10\"}}")
                .text("test_clock.lago_id");
        api.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"2026-03-11\"}}");
        var key = api.create("/api_keys", "{\"api_key\": {\"name\": \"k\"}}").text("api_key.lago_id");
        var next =
                api.create("/api_keys/" + key + "/rotate", "{\"api_key\": {}}").text("api_key.lago_id");

        var customers = awaitActivities("external_customer_id=ac%20me%2F1", 4);
        assertThat(types(customers))
                .containsExactly(
                        "subscription.terminated", "subscription.started", "customer.updated", "customer.created");
        assertThat(customers.text("activity_logs.2.activity_object_changes.name"))
                .isEqualTo("[Acme, Acme Ltd]");
        assertThat(customers.text("activity_logs.0.activity_object_changes.status"))
                .isEqualTo("[active, terminated]");
        assertThat(customers.at("activity_logs.0.activity_object.plan"))
                .as("noted by itself")
                .isNull();
        assertThat(types(awaitActivities("external_subscription_id=s1", 2)))
                .containsExactly("subscription.terminated", "subscription.started");
        var clocks = awaitActivities("resource_types[]=TestClock&resource_ids[]=" + clock, 2);
        assertThat(types(clocks)).containsExactly("test_clock.advanced", "test_clock.created");
        assertThat(clocks.text("activity_logs.0.activity_object_changes.now"))
                .isEqualTo("[2026-03-10T00:00:00Z, 2026-03-11T00:00:00Z]");
        var rotated = awaitActivities("resource_ids[]=" + next, 1);
        assertThat(types(rotated)).containsExactly("api_key.rotated");
        assertThat(rotated.text("activity_logs.0.activity_object_changes.lago_id"))
                .isEqualTo("[" + key + ", " + next + "]");
        assertThat(rotated.body()).doesNotContain("mr_");
        assertThat(types(awaitActivities("activity_types[]=customer.updated&activity_types[]=plan.created", 2)))
                .containsExactly("plan.created", "customer.updated");
        assertThat(api.get("/activity_logs?activity_sources[]=front").text("meta.total_count"))
                .isEqualTo("0");
        assertThat(api.get("/activity_logs?from_date=2300-01-01").status()).isEqualTo(422);
        assertThat(api.get("/activity_logs?to_date=2020-01-01").text("meta.total_count"))
                .isEqualTo("0");
    }

    @Test
    void whatIsRefusedOrRepeatedIsNoActivity() {
        assertThat(api.post("/billable_metrics", METRIC.formatted("x", "")).status())
                .isEqualTo(422);
        var once = Map.of("Idempotency-Key", "audit");
        for (int i = 0; i < 3; i++) {
            assertThat(api.send("POST", "/billable_metrics", METRIC.formatted("once", "once"), once)
                            .status())
                    .isEqualTo(200);
        }
        var last = api.create("/billable_metrics", METRIC.formatted("last", "last"))
                .text("billable_metric.lago_id");
        awaitActivities("resource_ids[]=" + last, 1);
        var id = api.get("/billable_metrics/once").text("billable_metric.lago_id");
        assertThat(types(awaitActivities("resource_ids[]=" + id, 1))).containsExactly("billable_metric.created");
        assertThat(api.get("/activity_logs?per_page=100").body()).doesNotContain("\"name\":\"x\"");
    }

    @Test
    void whatIsPublishedTwiceIsShownOnce() throws SQLException {
        var id = api.create("/billable_metrics", METRIC.formatted("twice", "twice"))
                .text("billable_metric.lago_id");
        var entry = awaitActivities("resource_ids[]=" + id, 1).text("activity_logs.0.activity_id");
        awaitNothingUnpublished();
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            // As after a crash between the broker's acknowledgement and the publisher's note, in another month.
            statement.execute(
                    "insert into activity_logs select * replace (created_at + interval 40 day as created_at) from activity_logs where activity_id = '%s'"
                            .formatted(entry));
        }
        assertThat(awaitActivities("resource_ids[]=" + id, 1).text("meta.total_count"))
                .isEqualTo("1");
    }

    @Test
    void everyRequestIsLoggedWithoutSecrets() {
        var made = api.create(
                "/api_keys", "{\"api_key\": {\"name\": \"limited\", \"permissions\": {\"plan\": [\"read\"]}}}");
        var limited = invoicer.api(made.text("api_key.value"));
        limited.send("GET", "/plans?token=tell&page=2", null, Map.of("User-Agent", "Lago Ruby v1.26.0"));
        limited.post(
                "/plans", "{\"plan\": {\"name\": \"p\", \"hmac_key\": \"tell\", \"deep\": [{\"api_key\": \"tell\"}]}}");
        limited.get("/plans/nothing");
        api.post("/plans", "no JSON but tell");
        api.post("/plans", "{\"plan\": {\"name\": \"%s\"}}".formatted("long".repeat(20_000)));
        var id = made.text("api_key.lago_id");

        var logged = awaitApiLogs("", list -> of(list, id).size() == 3);
        var mine = of(logged, id);
        assertThat(mine.get(0))
                .containsEntry("http_method", "get")
                .containsEntry("http_status", 404)
                .containsEntry("request_path", "/api/v1/plans/nothing");
        assertThat(mine.get(1))
                .containsEntry("http_method", "post")
                .containsEntry("http_status", 403)
                .containsEntry(
                        "request_body",
                        Map.of(
                                "plan",
                                Map.of(
                                        "name",
                                        "p",
                                        "hmac_key",
                                        "[removed]",
                                        "deep",
                                        List.of(Map.of("api_key", "[removed]")))));
        assertThat(mine.get(2))
                .containsEntry("client", "Lago Ruby v1.26.0")
                .containsEntry("http_status", 200)
                .containsEntry("request_path", "/api/v1/plans?token=[removed]&page=2")
                .containsEntry("api_version", "v1")
                .containsEntry("request_response", Map.of())
                .containsOnlyKeys(
                        "request_id",
                        "api_key_id",
                        "api_version",
                        "client",
                        "http_method",
                        "http_status",
                        "request_origin",
                        "request_path",
                        "request_body",
                        "request_response",
                        "logged_at",
                        "created_at");
        var all = awaitApiLogs(
                "http_methods[]=post&http_statuses[]=failed&request_paths=/plans",
                list -> of(list, keyId).size() == 2);
        assertThat(of(all, keyId).get(0)).containsEntry("request_body", Map.of("…", "(80022 bytes)"));
        assertThat(of(all, keyId).get(1)).containsEntry("request_body", Map.of("…", "(16 bytes, no JSON)"));
        assertThat(awaitApiLogs("http_statuses[]=403", list -> of(list, id).size() == 1)
                        .text("api_logs.0.request_response.code"))
                .isEqualTo("write_action_not_allowed_for_plan");
        assertThat(api.get("/api_logs?per_page=100").body()).doesNotContain("tell", made.text("api_key.value"));
        var one = "/api_logs/" + mine.getFirst().get("request_id");
        assertThat(api.get(one).at("api_log")).isEqualTo(mine.getFirst());
        assertThat(api.get("/api_logs/nothing").text("code")).isEqualTo("api_log_not_found");
        assertThat(limited.get("/api_logs").text("code")).isEqualTo("read_action_not_allowed_for_api_log");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"a": {"password": "p", "token": null}}                | {"a":{"password":"[removed]","token":null}}
        {"api_key": {"name": "n"}, "keys": ["k"], "tokens": 5} | {"api_key":{"name":"n"},"keys":["k"],"tokens":5}
        {"Client_Secret": ["s"], "private_key": 7}             | {"Client_Secret":"[removed]","private_key":"[removed]"}
        """)
    void whatIsNamedLikeASecretIsOne(String body, String kept) {
        var parsed = io.millrace.invoicer.contract.Json.parse(body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(io.millrace.invoicer.contract.Json.write(Secrets.removedFrom(parsed)))
                .isEqualTo(kept);
    }

    private static Answer awaitActivities(String query, int count) {
        var latest = new Answer[1];
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    latest[0] = api.get("/activity_logs?" + query);
                    return latest[0].text("meta.total_count").equals(Integer.toString(count));
                });
        return latest[0];
    }

    private static Answer awaitApiLogs(String query, java.util.function.Predicate<Answer> isThere) {
        var latest = new Answer[1];
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    latest[0] = api.get("/api_logs?per_page=100&" + query);
                    return isThere.test(latest[0]);
                });
        return latest[0];
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> of(Answer list, String key) {
        return ((List<Map<String, Object>>) list.at("api_logs"))
                .stream().filter(entry -> key.equals(entry.get("api_key_id"))).toList();
    }

    private static List<String> types(Answer list) {
        return ((List<?>) list.at("activity_logs"))
                .stream()
                        .map(entry -> String.valueOf(((Map<?, ?>) entry).get("activity_type")))
                        .toList();
    }

    private static void awaitNothingUnpublished() {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            try (var connection =
                            DriverManager.getConnection(engines.environment().get("DATABASE_URL"));
                    var row = connection.createStatement().executeQuery("select count(*) from activities")) {
                row.next();
                return row.getLong(1) == 0;
            }
        });
    }
}
