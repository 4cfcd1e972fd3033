package io.millrace.invoicer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpMethod;
import io.micronaut.web.router.Router;
import io.micronaut.web.router.UriRouteInfo;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient.Answer;
import java.net.URLEncoder;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two organizations in one database, and every route of the server, as the router knows them: whoever holds a key of
/// one can neither see nor change, nor even tell that there is, anything of the other.
///
/// A new route that has a variable, or writes, needs a line in one of the two tables, or this test fails.
@ExtendWith(MillraceStack.class)
@TestMethodOrder(OrderAnnotation.class)
class IsolationTest {
    /// What stands for the variable behind a step of a path; what a question asks for besides.
    private static final Map<String, String> ADDRESSES = Map.ofEntries(
            Map.entry("activity_logs", "$activity_log"),
            Map.entry("add_ons", "$add_on"),
            Map.entry("api_keys", "$api_key"),
            Map.entry("api_logs", "$api_log"),
            Map.entry("billable_metrics", "$billable_metric"),
            Map.entry("charges", "$charge_code"),
            Map.entry("customers", "$customer"),
            Map.entry("dead_letters", "$dead_letter"),
            Map.entry("events", "$event"),
            Map.entry("fees", "$fee"),
            Map.entry("filters", "$filter"),
            Map.entry("invoices", "$invoice"),
            Map.entry("plans", "$plan"),
            Map.entry("subscriptions", "$subscription"),
            Map.entry("taxes", "$tax"),
            Map.entry("test_clocks", "$test_clock"),
            Map.entry("webhook_endpoints", "$webhook_endpoint"));
    private static final Map<String, String> QUESTIONS = Map.of(
            "/customers/{externalId}/current_usage", "?external_subscription_id=$subscription&charge_id=$charge_id",
            "/customers/{externalId}/past_usage", "?external_subscription_id=$subscription",
            "/events/{transactionId}", "?external_subscription_id=$subscription",
            "/subscriptions/{externalId}", "?on_termination_invoice=skip");

    private static final String PLANTED_ID = "facefeed-0000-4000-8000-000000004711";
    /// Words that no request and no object has otherwise.
    private static final List<String> PLANTED_VALUES = List.of(PLANTED_ID, "1999-09-09", "planted", "47110815");
    private static final String PLANTED = """
            'lago_id': 'ID', 'id': 'ID', 'organization_id': 'ID', 'lago_organization_id': 'ID', 'lago_customer_id': 'ID', 'lago_plan_id': 'ID',
            'lago_billable_metric_id': 'ID', 'customer_id': 'ID', 'plan_id': 'ID', 'lago_api_key_id': 'ID',
            'created_at': '1999-09-09T00:00:00Z', 'updated_at': '1999-09-09T00:00:00Z', 'deleted_at': '1999-09-09T00:00:00Z',
            'started_at': '1999-09-09T00:00:00Z', 'terminated_at': '1999-09-09T00:00:00Z', 'canceled_at': '1999-09-09T00:00:00Z',
            'last_used_at': '1999-09-09T00:00:00Z', 'next_billing_at': '1999-09-09T00:00:00Z', 'billed_until': '1999-09-09T00:00:00Z',
            'status': 'planted', 'payment_status': 'planted', 'slug': 'planted', 'number': 'planted', 'value': 'planted', 'key_hash': 'planted',
            'hmac_key': 'planted', 'last_characters': 'planted', 'revision': 47110815, 'version': 47110815,
            'sequential_id': 47110815, 'invoices_numbered': 47110815""".replace("'ID'", "'" + PLANTED_ID + "'");

    /// What each write sends; PLANTED stands for fields that are nobody's to set.
    private static final Map<String, String> BODIES = bodies("""
            POST /add_ons                 | {'add_on': {'name': 'new', 'code': 'new', 'amount_cents': 1, 'amount_currency': 'EUR', PLANTED}}
            PUT  /add_ons/{code}          | {'add_on': {'name': 'changed', PLANTED}}
            POST /api_keys                | {'api_key': {'name': 'new', PLANTED}}
            PUT  /api_keys/{id}           | {'api_key': {'name': 'changed', PLANTED}}
            POST /api_keys/{id}/rotate    | {'api_key': {'expires_at': '2290-01-01', PLANTED}}
            POST /billable_metrics        | {'billable_metric': {'name': 'new', 'code': 'new', 'aggregation_type': 'count_agg', PLANTED}}
            PUT  /billable_metrics/{code} | {'billable_metric': {'name': 'changed', PLANTED}}
            POST /billable_metrics/evaluate_expression | {'expression': '1 + 1', 'event': {'code': 'c', 'timestamp': 1, 'properties': {}, PLANTED}}
            POST /configuration/republish |
            POST /customers               | {'customer': {'external_id': 'new', 'test_clock_id': '$test_clock', PLANTED}}
            POST /dead_letters/re_drive   |
            POST /dead_letters/{id}/re_drive |
            PUT  /organizations           | {'organization': {'name': '$_', PLANTED}}
            POST /plans                   | {'plan': {'name': 'new', 'code': 'new', 'interval': 'monthly', 'amount_cents': 0, 'amount_currency': 'EUR', PLANTED, 'charges': [{'billable_metric_id': '$metric_id', 'charge_model': 'standard', 'properties': {'amount': '1'}, PLANTED}]}}
            PUT  /plans/{code}            | {'plan': {'name': 'changed', 'charges': [{'billable_metric_id': '$metric_id', 'charge_model': 'standard', 'properties': {'amount': '2'}, PLANTED, 'filters': [{'values': {'model': ['$_']}, 'properties': {'amount': '3'}, PLANTED}]}], PLANTED}}
            POST /plans/{plan}/charges    | {'charge': {'code': 'new', 'billable_metric_id': '$metric_id', 'charge_model': 'standard', 'properties': {'amount': '1'}, PLANTED}}
            PUT  /plans/{plan}/charges/{code} | {'charge': {'properties': {'amount': '4'}, PLANTED}}
            POST /plans/{plan}/charges/{code}/filters | {'filter': {'values': {'model': ['__ALL_FILTER_VALUES__']}, 'properties': {'amount': '5'}, PLANTED}}
            PUT  /plans/{plan}/charges/{code}/filters/{id} | {'filter': {'properties': {'amount': '6'}, PLANTED}}
            POST /subscriptions           | {'subscription': {'external_customer_id': '$customer', 'external_id': 'new', 'plan_code': '$plan', PLANTED}}
            PUT  /subscriptions/{externalId} | {'subscription': {'name': 'changed', PLANTED}}
            POST /taxes                   | {'tax': {'name': 'new', 'code': 'new', 'rate': '10', PLANTED}}
            PUT  /taxes/{code}            | {'tax': {'name': 'changed', PLANTED}}
            POST /test_clocks             | {'test_clock': {'name': 'new', PLANTED}}
            POST /test_clocks/{id}/advance | {'test_clock': {'now': '2026-04-02', PLANTED}}
            POST /webhook_endpoints       | {'webhook_endpoint': {'webhook_url': 'http://localhost:9/new', 'signature_algo': 'hmac', PLANTED}}
            PUT  /webhook_endpoints/{id}  | {'webhook_endpoint': {'name': 'changed', 'webhook_url': 'http://localhost:9/changed', PLANTED}}
            """);

    private static EmbeddedStack engines;
    private static RunningInvoicer invoicer;
    private static Seller owner;
    private static Seller stranger;

    private record Route(String method, String template) {
        boolean isRead() {
            return method.equals("GET") || method.equals("HEAD");
        }

        boolean hasVariable() {
            return template.contains("{");
        }

        /// The address of an object of the seller.
        String address(Seller seller) {
            var address = new StringBuilder();
            var before = "";
            for (var step : template.substring(1).split("/")) {
                var shown = step.startsWith("{") ? ADDRESSES.get(before) : step;
                assertThat(shown).as("how is %s addressed?", template).isNotNull();
                address.append('/').append(shown);
                before = step;
            }
            return seller.filled(address + QUESTIONS.getOrDefault(template, ""));
        }

        Answer send(ApiClient client, String address, Seller objects) {
            var body = BODIES.get(this + "");
            if (!isRead() && !method.equals("DELETE")) assertThat(BODIES).containsKey(this + "");
            return client.send(method, address, body == null ? null : objects.filled(body));
        }

        /// Such as `plan_not_found`, of the first resource that its path names.
        String notFound() {
            var resources = template.split("/")[1];
            return resources.replaceFirst(resources.equals("taxes") ? "es$" : "s$", "") + "_not_found";
        }

        @Override
        public String toString() {
            return method + " " + template;
        }
    }

    @BeforeAll
    static void start(EmbeddedStack stack) throws SQLException {
        engines = stack;
        try (var other = RunningInvoicer.start(stack)) {
            var key = other.key();
            invoicer = RunningInvoicer.start(
                    stack, Map.of("MILLRACE_WATERMARK_TIMEOUT_MS", "5000", "MILLRACE_BILLING_INTERVAL_MS", "100"));
            owner = Seller.open(invoicer, invoicer.organization(), invoicer.api(), "owner" + suffix());
            stranger = Seller.open(invoicer, other.organization(), invoicer.api(key), "stranger" + suffix());
        }
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    @Order(1)
    void whatBelongsToOthersIsNotFoundByAnyRoute() throws SQLException {
        var before = theirs();
        for (var route : routes()) {
            if (!route.hasVariable()) continue;
            var address = route.address(owner);
            var answer = route.send(stranger.api(), address, stranger);
            assertThat(answer.status()).as("%s: %s", route, answer.body()).isEqualTo(404);
            if (!route.method().equals("HEAD")) {
                assertThat(answer.text("code")).as(route.toString()).isEqualTo(route.notFound());
            }
            assertThat(answer.body()).as(route.toString()).doesNotContain(owner.name());
        }
        assertThat(theirs()).isEqualTo(before);
    }

    @Test
    @Order(2)
    void listsShowNothingOfOthers() {
        for (var route : routes()) {
            if (!route.isRead() || route.hasVariable()) continue;
            for (var filter : new String[] {
                "",
                "?external_customer_id=$customer",
                "?external_subscription_id=$subscription",
                "?code=$billable_metric",
                hostile("' or '1'='1"),
                hostile("\\' or 1=1 -- ")
            }) {
                var answer = stranger.api().send(route.method(), route.template() + owner.filled(filter), null);
                assertThat(answer.status()).as("%s: %s", route, answer.body()).isEqualTo(200);
                // It shows what the stranger asked for, by these very names.
                if (route.template().equals("/api_logs")) continue;
                assertThat(answer.body()).as(route.toString()).doesNotContain(owner.name());
                for (var id : owner.ids().values()) {
                    assertThat(answer.body()).as(route.toString()).doesNotContain(id);
                }
            }
        }
    }

    @Test
    @Order(3)
    void requestsOfOthersAreNotListed() {
        assertThat(askers(stranger)).isNotEmpty().doesNotContainAnyElementsOf(askers(owner));
        assertThat(askers(owner)).isNotEmpty();
    }

    @ParameterizedTest
    @Order(3)
    @CsvSource(delimiter = '|', textBlock = """
        POST | /customers          | {'customer': {'external_id': 'x', 'test_clock_id': '$test_clock'}}                | test_clock_not_found
        POST | /plans              | {'plan': {'name': 'x', 'code': 'x', 'interval': 'monthly', 'amount_cents': 0, 'amount_currency': 'EUR', 'charges': [{'billable_metric_id': '$metric_id', 'charge_model': 'standard', 'properties': {'amount': '1'}}]}} | billable_metrics_not_found
        PUT  | /plans/OWN(plan)    | {'plan': {'charges': [{'billable_metric_id': '$metric_id', 'charge_model': 'standard', 'properties': {'amount': '1'}}]}} | billable_metrics_not_found
        POST | /subscriptions      | {'subscription': {'external_customer_id': 'x', 'external_id': 'x', 'plan_code': '$plan'}} | plan_not_found
        GET  | /customers/OWN(customer)/current_usage?external_subscription_id=$subscription |                           | no_active_subscription
        GET  | /customers/OWN(customer)/past_usage?external_subscription_id=OWN(subscription)&billable_metric_code=$billable_metric    | | billable_metric_not_found
        GET  | /events/OWN(event)?external_subscription_id=$subscription                       |                          | event_not_found
        GET  | /events?timestamp_from_started_at=true&external_subscription_id=$subscription   |                          | subscription_not_found
        """)
    void idsOfOthersInARequestAreNotFoundEither(String method, String path, String body, String code)
            throws SQLException {
        var before = theirs();
        var address = path;
        for (var own : stranger.ids().entrySet()) {
            address = address.replace("OWN(" + own.getKey() + ")", own.getValue());
        }
        var answer = stranger.api()
                .send(method, owner.filled(address), body == null ? null : owner.filled(body.replace('\'', '"')));
        assertThat(answer.text("code")).as(answer.body()).isEqualTo(code);
        assertThat(answer.status()).isIn(404, 405);
        assertThat(theirs()).isEqualTo(before);
    }

    @ParameterizedTest
    @Order(4)
    @CsvSource(delimiter = '|', textBlock = """
        /customers/$customer/current_usage?external_subscription_id=$subscription&charge_id=            | $charge_id       | 5a1ec4a6-0000-4000-8000-000000000000
        /customers/$customer/current_usage?external_subscription_id=$subscription&billable_metric_code= | $billable_metric | nobodys
        /invoices?external_customer_id=                                                                 | $customer        | nobodys
        /subscriptions?external_customer_id=                                                            | $customer        | nobodys
        """)
    void aFilterByAnIdOfOthersIsAsOneByNobodys(String path, String theirs, String nobodys) {
        var asked = stranger.api().get(stranger.filled(path) + owner.filled(theirs));
        assertThat(asked.status()).isEqualTo(200);
        assertThat(asked).isEqualTo(stranger.api().get(stranger.filled(path) + nobodys));
    }

    @Test
    @Order(5)
    void nobodySetsWhatIsNotTheirsToSet() throws SQLException {
        var untouched = database(stranger);
        for (var route : routes()) {
            // Deletes come last: until then every object is there, so that each route is taken to its end.
            var address = route.hasVariable() ? route.address(owner) : route.template();
            if (route.toString().equals("POST /dead_letters/re_drive")) address += "?reason=none";
            if (route.toString().equals("POST /dead_letters/{id}/re_drive")) continue; // sends to the broker
            if (route.toString().equals("DELETE /test_clocks/{id}")) continue; // a customer lives by it
            var answer = route.send(owner.api(), address, owner);
            assertThat(answer.status()).as("%s: %s", route, answer.body()).isLessThan(300);
            if (route.isRead()) continue;
            for (var planted : PLANTED_VALUES) {
                assertThat(answer.body()).as(route.toString()).doesNotContain(planted);
            }
        }
        database().forEach((table, rows) -> {
            for (var planted : PLANTED_VALUES) {
                if (!table.equals("idempotency_keys"))
                    assertThat(rows).as(table).noneMatch(row -> row.contains(planted));
            }
        });
        assertThat(database(stranger)).isEqualTo(untouched);
    }

    /// The keys whose requests are listed to the seller.
    private static List<String> askers(Seller seller) {
        return ((List<?>) seller.api().get("/api_logs?per_page=100").at("api_logs"))
                .stream()
                        .map(entry -> String.valueOf(((Map<?, ?>) entry).get("api_key_id")))
                        .distinct()
                        .toList();
    }

    /// The control plane's routes, reads first, deletes last.
    private static List<Route> routes() {
        var order = List.of("HEAD", "GET", "PUT", "POST", "DELETE");
        var routes = new ArrayList<Route>();
        invoicer.get(Router.class)
                .uriRoutes()
                .filter(route -> template(route).startsWith("/api/v1/"))
                .map(route ->
                        new Route(route.getHttpMethod().name(), template(route).substring("/api/v1".length())))
                .distinct()
                .forEach(routes::add);
        assertThat(routes).extracting(Route::method).isSubsetOf(order);
        routes.sort(Comparator.comparing((Route route) -> order.indexOf(route.method()))
                .thenComparing(Comparator.comparing(Route::template).reversed()));
        assertThat(routes).contains(new Route(HttpMethod.GET.name(), "/invoices/{id}"));
        return routes;
    }

    private static String template(UriRouteInfo<?, ?> route) {
        return route.getUriMatchTemplate().toString();
    }

    /// All rows of all tables, but for when keys were last used and what publishers note or take away.
    private static Map<String, List<String>> database() throws SQLException {
        var tables = new TreeMap<String, List<String>>();
        try (var connection = DriverManager.getConnection(engines.environment().get("DATABASE_URL"));
                var statement = connection.createStatement()) {
            var names = new ArrayList<String>();
            try (var row = statement.executeQuery(
                    "select tablename from pg_tables where schemaname = 'public' and tablename <> 'activities'")) {
                while (row.next()) names.add(row.getString(1));
            }
            for (var name : names) {
                var rows = new ArrayList<String>();
                try (var row = statement.executeQuery(
                        "select (to_jsonb(t) - 'last_used_at' - 'published_version')::text from %s t"
                                .formatted(name))) {
                    while (row.next()) rows.add(row.getString(1));
                }
                rows.sort(Comparator.naturalOrder());
                tables.put(name, rows);
            }
        }
        return tables;
    }

    /// What the two have: other tests of the JVM leave organizations, too, whose bills come due meanwhile.
    private static List<Map<String, List<String>>> theirs() throws SQLException {
        return List.of(database(owner), database(stranger));
    }

    /// The rows that name the seller or one of its objects.
    private static Map<String, List<String>> database(Seller seller) throws SQLException {
        var tables = new LinkedHashMap<String, List<String>>();
        database()
                .forEach((table, rows) -> tables.put(
                        table,
                        rows.stream()
                                .filter(row -> row.contains(seller.name())
                                        || seller.ids().values().stream().anyMatch(row::contains))
                                .toList()));
        return tables;
    }

    private static Map<String, String> bodies(String table) {
        var bodies = new LinkedHashMap<String, String>();
        for (var line : table.lines().toList()) {
            var columns = line.split("\\|", 2);
            bodies.put(
                    columns[0].strip().replaceAll(" +", " "),
                    columns[1].strip().replace("PLANTED", PLANTED).replace('\'', '"'));
        }
        return bodies;
    }

    /// Text that would be SQL if it were not a parameter, for every filter that takes text.
    private static String hostile(String text) {
        var value = URLEncoder.encode(text, UTF_8);
        return Stream.of(
                        "external_customer_id",
                        "external_subscription_id",
                        "code",
                        "reason",
                        "transaction_id",
                        "activity_types[]",
                        "resource_ids[]",
                        "http_methods[]",
                        "request_paths")
                .map(name -> URLEncoder.encode(name, UTF_8) + "=" + value)
                .collect(Collectors.joining("&", "?", ""));
    }

    private static String suffix() {
        return UUID.randomUUID().toString().substring(0, 8);
    }
}
