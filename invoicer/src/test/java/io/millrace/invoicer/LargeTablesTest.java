package io.millrace.invoicer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient.Answer;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// An organization with very many customers, in a database of its own.
@ExtendWith(MillraceStack.class)
class LargeTablesTest {
    private static final List<String> LARGE =
            List.of("customers", "subscriptions", "invoices", "invoice_subscriptions", "fees", "outbox");
    private static final String KEY = "key-of-many";

    private final EmbeddedStack stack;

    LargeTablesTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    @Test
    void nothingThatHappensAllTheTimeReadsALargeTableFromEndToEnd() throws SQLException {
        var url = stack.postgres().database("many");
        var organization = fill(url, 40_000);
        var before = readFromEndToEnd(url);
        try (var invoicer = start(url)) {
            var api = invoicer.api();
            // What is due of all these is billed, new ones come, go, and are told to the streams.
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> api.get("/invoices?external_customer_id=c7")
                            .text("meta.total_count")
                            .equals("2"));
            api.create("/customers", "{\"customer\": {\"external_id\": \"new\", \"timezone\": \"Europe/Paris\"}}");
            api.create("/subscriptions", """
                    {"subscription": {"external_customer_id": "new", "plan_code": "pro", "external_id": "new"}}""");
            api.create("/customers", "{\"customer\": {\"external_id\": \"new\", \"timezone\": \"UTC\"}}");
            var clock = api.create("/test_clocks", "{\"test_clock\": {\"name\": \"t\"}}")
                    .text("test_clock.lago_id");
            for (var path : List.of(
                    "/customers/c1",
                    "/customers?external_id=c1",
                    "/customers/c1/subscriptions",
                    "/customers/c1/invoices",
                    "/subscriptions?external_customer_id=c1",
                    "/subscriptions/s1",
                    "/subscriptions?external_id=s1",
                    "/invoices?external_customer_id=c1",
                    "/fees?external_customer_id=c1",
                    "/test_clocks",
                    "/test_clocks/" + clock,
                    "/customers/c1/current_usage?external_subscription_id=s1",
                    "/customers/c1/past_usage?external_subscription_id=s1")) {
                assertThat(api.get(path).status()).as(path).isEqualTo(200);
            }
            for (var list : List.of("customers", "subscriptions", "invoices", "fees")) {
                var page = api.get("/" + list);
                for (int i = 0; i < 3; i++) page = api.get("/" + list + "?cursor=" + page.text("meta.next_cursor"));
                assertThat(page.text("meta.current_page")).isEqualTo("4");
            }
            var invoice = api.get("/invoices?external_customer_id=c7").text("invoices.0.lago_id");
            assertThat(api.get("/invoices/" + invoice).text("invoice.fees.0.amount_cents"))
                    .isEqualTo("3000");
            assertThat(api.delete("/subscriptions/s2").status()).isEqualTo(200);
            assertThat(api.delete("/customers/c3").status()).isEqualTo(200);
            await().atMost(Duration.ofSeconds(60)).until(() -> published(url, organization + "/new"));
        }
        // Its sessions have reported by the time that they are gone.
        await().atMost(Duration.ofSeconds(30)).until(() -> sessions(url) == 0);
        // What lists everything counts it once.
        for (var list : List.of("customers", "subscriptions", "invoices", "fees")) before.merge(list, 1L, Long::sum);
        readFromEndToEnd(url)
                .forEach((table, scans) ->
                        assertThat(scans).as("sequential scans of " + table).isLessThanOrEqualTo(before.get(table)));
    }

    @Test
    void aWalkByCursorsMeetsEveryRowOnceWhateverIsCreatedMeanwhile() throws SQLException {
        var url = stack.postgres().database("walked");
        fill(url, 250);
        try (var invoicer = start(url)) {
            var api = invoicer.api();
            var met = new ArrayList<String>();
            var page = api.get("/customers?per_page=30");
            for (int number = 1; ; number++) {
                assertThat(page.text("meta.current_page")).isEqualTo(Integer.toString(number));
                assertThat(page.text("meta.total_count"))
                        .as("as the walk began")
                        .isEqualTo("250");
                met.addAll(externalIds(page));
                api.create("/customers", "{\"customer\": {\"external_id\": \"meanwhile_%d\"}}".formatted(number));
                if (page.at("meta.next_cursor") == null) break;
                page = api.get("/customers?per_page=30&page=1&cursor=" + page.text("meta.next_cursor"));
            }
            assertThat(met).hasSize(250);
            assertThat(new HashSet<>(met)).as("none twice, also of one instant").hasSize(250);
            assertThat(externalIds(api.get("/customers?per_page=100&page=3")))
                    .as("by numbers")
                    .hasSize(59);
            for (var wrong : List.of("x", "MSAx", "====")) {
                assertThat(api.get("/customers?cursor=" + wrong).text("error_details"))
                        .isEqualTo("{cursor=[value_is_invalid]}");
            }
        }
    }

    @Test
    @Tag("soak")
    void aMillionSubscriptionsComeInPagesOfMilliseconds() throws SQLException {
        var url = stack.postgres().database("million");
        fill(url, 1_000_000);
        try (var invoicer = start(url)) {
            var api = invoicer.api();
            var cursor = api.get("/subscriptions?page=5000&per_page=100").text("meta.next_cursor");
            var measured = new HashMap<String, Long>();
            for (var path : List.of(
                    "/subscriptions?per_page=100",
                    "/subscriptions?per_page=100&page=5000",
                    "/subscriptions?per_page=100&page=10000",
                    "/subscriptions?per_page=100&cursor=" + cursor,
                    "/subscriptions?external_customer_id=c777777",
                    "/customers?per_page=100",
                    "/invoices?per_page=100",
                    "/customers/c777777")) {
                measured.put(path.replace(cursor, "…"), milliseconds(() -> api.get(path)));
            }
            System.out.println("median ms: " + measured);
            assertThat(measured.get("/subscriptions?per_page=100&cursor=…"))
                    .as("%s", measured)
                    .isLessThan(50);
            assertThat(measured.get("/subscriptions?external_customer_id=c777777"))
                    .isLessThan(50);
            assertThat(Collections.max(measured.values())).as("%s", measured).isLessThan(1000);
        }
    }

    private RunningInvoicer start(String url) {
        return RunningInvoicer.start(
                stack, Map.of("DATABASE_URL", url, "MILLRACE_API_KEY", KEY, "MILLRACE_BILLING_INTERVAL_MS", "100"));
    }

    /// Customers c1 to cN, each with an invoice, a fee and a subscription s1 to sN, of which ten are due.
    private String fill(String url, int count) throws SQLException {
        try (var invoicer = start(url)) {
            invoicer.api().create("/plans", """
                    {"plan": {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 3000, "amount_currency": "EUR"}}""");
        }
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            statement.execute("""
                    create temp table one as select o.id as organization, p.id as plan from organizations o, plans p;
                    insert into customers (id, organization_id, external_id, sequential_id, invoices_numbered, currency, details, created_at, updated_at)
                    select md5('c' || i)::uuid, organization, 'c' || i, i, 1, 'EUR', '{}', t, t
                    from one, generate_series(1, %1$d) i, lateral (select timestamptz '2026-01-01Z' + i / 100 * interval '1 second' as t) o;
                    insert into subscriptions (id, organization_id, customer_id, plan_id, external_id, status, billing_time, subscription_at, started_at,
                        billed_until, next_billing_at, created_at)
                    select md5('s' || i)::uuid, organization, md5('c' || i)::uuid, plan, 's' || i, 'active', 'calendar', t, t,
                        case when i <= 10 then month - interval '1 month' else month end, case when i <= 10 then month else '2200-01-01Z' end, t
                    from one, generate_series(1, %1$d) i, lateral (select timestamptz '2026-01-01Z' + i / 100 * interval '1 second' as t) o,
                        lateral (select date_trunc('month', now(), 'UTC') as month) m;
                    insert into invoices select md5('i' || i)::uuid, organization, md5('c' || i)::uuid, 1, 'n' || i, 'subscription', 'finalized', 'pending', 'EUR',
                        '2026-01-01', '2026-01-01', 0, 3000, 0, 3000, '{}', '2026-01-01Z', '2026-01-01Z' from one, generate_series(1, %1$d) i;
                    insert into invoice_subscriptions select md5('i' || i)::uuid, md5('s' || i)::uuid, '2025-12-01Z', '2026-01-01Z', '2025-12-01Z',
                        'subscription_periodic', 1, 0 from generate_series(1, %1$d) i;
                    insert into fees select md5('f' || i)::uuid, organization, md5('i' || i)::uuid, md5('c' || i)::uuid, md5('s' || i)::uuid, 'subscription',
                        'subscription_periodic', null, null, '{}', '2025-12-01Z', '2026-01-01Z', md5('s' || i)::uuid, 'pro', 'Pro', null, null, '{}', 1, 0, 30, 3000, 3000, 0,
                        'EUR', '{}', '2026-01-01Z', 0 from one, generate_series(1, %1$d) i;
                    insert into outbox select 'config_subscriptions', organization || '/s' || i, organization, 1, 1 from one, generate_series(1, %1$d) i;
                    """.formatted(count));
            statement.execute("vacuum analyze");
            try (var row = statement.executeQuery("select organization from one")) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static Map<String, Long> readFromEndToEnd(String url) throws SQLException {
        var scans = new HashMap<String, Long>();
        try (var connection = DriverManager.getConnection(url);
                var row = connection
                        .createStatement()
                        .executeQuery("select relname, seq_scan from pg_stat_user_tables")) {
            while (row.next()) if (LARGE.contains(row.getString(1))) scans.put(row.getString(1), row.getLong(2));
        }
        return scans;
    }

    private static long sessions(String url) throws SQLException {
        return number(url, """
                select count(*) from pg_stat_activity
                where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()""");
    }

    private static boolean published(String url, String key) throws SQLException {
        return number(url, "select count(*) from outbox where published_version = 2 and key = '%s'".formatted(key))
                == 1;
    }

    private static long number(String url, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var row = connection.createStatement().executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static List<String> externalIds(Answer page) {
        return ((List<?>) page.at("customers"))
                .stream()
                        .map(each -> String.valueOf(((Map<?, ?>) each).get("external_id")))
                        .toList();
    }

    private static long milliseconds(Supplier<Answer> request) {
        var times = new ArrayList<Long>();
        for (int i = 0; i < 11; i++) {
            var start = Instant.now();
            assertThat(request.get().status()).isEqualTo(200);
            times.add(Duration.between(start, Instant.now()).toMillis());
        }
        Collections.sort(times);
        return times.get(5);
    }
}
