package io.millrace.invoicer.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.invoice.Streams.Counted;
import io.millrace.invoicer.organization.Organizations;
import io.millrace.invoicer.progress.PipelineBehind;
import io.millrace.invoicer.progress.PipelineProgress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(MillraceStack.class)
class BillingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final EmbeddedStack stack;
    private RunningInvoicer invoicer;
    private ApiClient api;
    private Streams streams;
    private String clock;

    BillingTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    @BeforeEach
    void sell() {
        invoicer = RunningInvoicer.start(
                stack, Map.of("MILLRACE_WATERMARK_TIMEOUT_MS", "5000", "MILLRACE_BILLING_INTERVAL_MS", "100"));
        api = invoicer.api();
        streams = new Streams(stack, invoicer.organization());
        clock = api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-10\"}}")
                .text("test_clock.lago_id");
        var tokens = metric("tokens", "sum_agg");
        var calls = metric("calls", "count_agg");
        var users = metric("users", "unique_count_agg");
        api.create("/plans", """
                {"plan": {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR", "charges": [
                  {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "0.0015"},
                   "filters": [{"values": {"model": ["large"]}, "properties": {"amount": "0.01"}}]},
                  {"billable_metric_id": "%s", "charge_model": "graduated", "properties": {"graduated_ranges": [
                    {"from_value": 0, "to_value": 2, "per_unit_amount": "1", "flat_amount": "0"},
                    {"from_value": 2, "to_value": null, "per_unit_amount": "0.5", "flat_amount": "0"}]}},
                  {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "2"}}]}}""".formatted(tokens, calls, users));
        api.create("/customers", """
                {"customer": {"external_id": "acme", "test_clock_id": "%s", "net_payment_term": 14}}""".formatted(clock));
        api.create("/subscriptions", subscription("sub_1"));
    }

    @AfterEach
    void stop() {
        streams.close();
        invoicer.close();
    }

    @Test
    void aPeriodThatIsOverIsBilledOnce() throws Exception {
        streams.begin();
        streams.send(counted("tokens", false), "t1", "2026-03-01T00:00:00Z", "1000");
        streams.send(counted("tokens", false), "t2", "2026-03-31T23:59:59.999999Z", "234");
        streams.send(counted("tokens", false), "t3", "2026-04-01T00:00:00Z", "99999");
        streams.send(counted("tokens", true), "t4", "2026-03-15T00:00:00Z", "0.5");
        for (int i = 0; i < 3; i++) streams.send(counted("calls", false), "c" + i, "2026-03-02T00:00:00Z", "1");
        for (var user : List.of("ann", "bob", "ann")) {
            streams.send(counted("users", false), "u" + System.nanoTime(), "2026-03-03T00:00:00Z", user);
        }
        streams.commit();

        advance("2026-04-01");
        var invoice = api.get("/invoices/" + awaitInvoices(1).text("invoices.0.lago_id"));

        assertThat(fees(invoice))
                .containsExactly(
                        "subscription pro 1.0 3100",
                        "charge tokens 0.5 1", // 0.5 × 0.01, half up
                        "charge tokens 1234.0 185", // 1.851
                        "charge calls 3.0 250", // 2 × 1 + 1 × 0.5
                        "charge users 2.0 400");
        assertThat(invoice.text("invoice.total_amount_cents")).isEqualTo("3936");
        assertThat(invoice.text("invoice.issuing_date")).isEqualTo("2026-04-01");
        assertThat(invoice.text("invoice.payment_due_date")).isEqualTo("2026-04-15");
        assertThat(invoice.text("invoice.fees.2.precise_amount")).isEqualTo("1.851");
        assertThat(invoice.text("invoice.fees.1.item.filters")).isEqualTo("{model=[large]}");
        assertThat(invoice.text("invoice.fees.3.amount_details.graduated_ranges.1.units"))
                .isEqualTo("1.0");
        assertThat(invoice.text("invoice.billing_periods.0.charges_to_datetime"))
                .isEqualTo("2026-03-31T23:59:59Z");
        assertThat(invoice.text("invoice.subscriptions.0.external_id")).isEqualTo("sub_1");
        assertThat(invoice.at("invoice.watermark.events_enriched_expanded")).isNotNull();

        await().atMost(PATIENCE)
                .until(() -> api.get("/activity_logs?activity_sources[]=system&external_customer_id=acme")
                        .text("activity_logs.0.activity_type")
                        .equals("invoice.created"));

        assertThat(invoicer.get(BillingRun.class).run())
                .as("nothing is due any more")
                .isZero();
        // A run that believes in an old cursor finds the period taken.
        moveCursor("2026-03-01Z", "2026-04-01Z");
        assertThat(invoicer.get(BillingRun.class).run()).isZero();
        assertThat(api.get("/invoices").text("meta.total_count")).isEqualTo("1");
        assertThat(api.get("/fees").text("meta.total_count")).isEqualTo("5");
        moveCursor("2026-04-01Z", "2026-05-01Z");
    }

    @Test
    void missedPeriodsAreCaughtUpInOrder() {
        streams.begin();
        streams.send(counted("calls", false), "c1", "2026-03-20T00:00:00Z", "1");
        streams.send(counted("calls", false), "c2", "2026-05-20T00:00:00Z", "1");
        streams.commit();
        advance("2026-06-15");

        var invoices = awaitInvoices(3);
        assertThat(List.of(
                        invoices.text("invoices.2.issuing_date"),
                        invoices.text("invoices.1.issuing_date"),
                        invoices.text("invoices.0.issuing_date")))
                .containsExactly("2026-04-01", "2026-05-01", "2026-06-01");
        assertThat(invoices.text("invoices.2.total_amount_cents")).isEqualTo("3200");
        assertThat(invoices.text("invoices.1.total_amount_cents")).isEqualTo("3100");
        assertThat(invoices.text("invoices.0.total_amount_cents")).isEqualTo("3200");
        assertThat(api.get("/test_clocks/" + clock).text("test_clock.status")).isEqualTo("ready");
    }

    @Test
    void subscriptionsOfACustomerThatAreDueTogetherShareAnInvoice() {
        api.create("/subscriptions", subscription("sub_2"));
        advance("2026-04-01");
        var invoice = api.get("/invoices/" + awaitInvoices(1).text("invoices.0.lago_id"));
        assertThat(fees(invoice)).containsExactly("subscription pro 1.0 3100", "subscription pro 1.0 3100");
        assertThat(invoice.text("invoice.subscriptions.1.external_id")).isEqualTo("sub_2");
    }

    @Test
    void aTerminatedSubscriptionPaysItsDays() {
        streams.begin();
        streams.send(counted("calls", false), "c1", "2026-03-05T00:00:00Z", "1");
        streams.commit();
        assertThat(api.delete("/subscriptions/sub_1").text("subscription.terminated_at"))
                .isEqualTo("2026-03-10T00:00:00Z");

        var invoice = api.get("/invoices/" + awaitInvoices(1).text("invoices.0.lago_id"));
        assertThat(fees(invoice))
                .as("10 of 31 days")
                .containsExactly("subscription pro 1.0 1000", "charge calls 1.0 100");
        assertThat(invoice.text("invoice.billing_periods.0.invoicing_reason")).isEqualTo("subscription_terminating");
        advance("2026-06-01");
        assertThat(api.get("/test_clocks/" + clock).text("test_clock.status")).isEqualTo("ready");
        assertThat(api.get("/invoices").text("meta.total_count")).isEqualTo("1");
    }

    @Test
    void aPriceChangeHoldsForTheWholePeriodInWhichItIsMade() {
        streams.begin();
        streams.send(counted("users", false), "u1", "2026-03-05T00:00:00Z", "ann");
        streams.commit();
        var edited = api.put(
                "/plans/pro", """
                {"plan": {"charges": [{"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "7"}}]}}""".formatted(api.get("/billable_metrics/users").text("billable_metric.lago_id")));
        assertThat(edited.status()).isEqualTo(200);
        // By its own clock the plan was edited long after March: March keeps its price.
        advance("2026-04-01");
        assertThat(awaitInvoices(1).text("invoices.0.total_amount_cents")).isEqualTo("3300");
    }

    @Test
    void aPeriodWaitsForWhatIsStillBeingWritten() throws Exception {
        var progress = invoicer.get(PipelineProgress.class);
        streams.begin();
        streams.send(counted("calls", false), "c1", "2026-03-20T00:00:00Z", "1");
        assertThatThrownBy(progress::awaitCompleteness)
                .isInstanceOf(PipelineBehind.class)
                .hasMessageContaining("millrace-clickhouse-events_enriched_expanded");
        advance("2026-04-01");
        streams.commit();
        assertThat(awaitInvoices(1).text("invoices.0.total_amount_cents")).isEqualTo("3200");
        // Behind the last event lies the marker of its transaction, which no consumer ever commits past.
        assertThat(progress.awaitCompleteness().offsets()).containsKey("events_enriched_expanded");
    }

    @Test
    void anInvoiceIsToldToWhoListens() throws Exception {
        record Heard(String signature, String unique, byte[] body) {}
        var heard = new LinkedBlockingQueue<Heard>();
        var attempts = new AtomicInteger();
        var receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            var headers = exchange.getRequestHeaders();
            heard.add(new Heard(
                    headers.getFirst("X-Lago-Signature"),
                    headers.getFirst("X-Lago-Unique-Key"),
                    exchange.getRequestBody().readAllBytes()));
            // The first attempt finds the receiver out of order.
            exchange.sendResponseHeaders(attempts.incrementAndGet() == 1 ? 500 : 200, -1);
            exchange.close();
        });
        receiver.start();
        try {
            api.create("/webhook_endpoints", """
                    {"webhook_endpoint": {"webhook_url": "http://localhost:%d/hook", "signature_algo": "hmac"}}""".formatted(receiver.getAddress().getPort()));
            advance("2026-04-01");
            var first = heard.poll(60, TimeUnit.SECONDS);
            var again = heard.poll(60, TimeUnit.SECONDS);
            assertThat(first).isNotNull();
            assertThat(again).as("tried again").isNotNull();
            assertThat(again.unique()).isEqualTo(first.unique());
            assertThat(again.signature()).isEqualTo(hmac(again.body()));
            var told = new ApiClient.Answer(200, new String(again.body(), StandardCharsets.UTF_8));
            assertThat(told.text("webhook_type")).isEqualTo("invoice.created");
            assertThat(told.text("object_type")).isEqualTo("invoice");
            assertThat(told.text("organization_id"))
                    .isEqualTo(invoicer.organization().toString());
            assertThat(told.text("invoice.fees.0.amount_cents")).isEqualTo("3100");
        } finally {
            receiver.stop(0);
        }
    }

    private String hmac(byte[] body) throws GeneralSecurityException {
        var key = invoicer.get(Organizations.class).get(invoicer.organization()).hmacKey();
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return Base64.getEncoder().encodeToString(mac.doFinal(body));
    }

    private String metric(String code, String aggregation) {
        return api.create("/billable_metrics", """
                {"billable_metric": {"name": "%s", "code": "%s", "aggregation_type": "%s", "field_name": "value",
                 "filters": [{"key": "model", "values": ["small", "large"]}]}}""".formatted(code, code, aggregation))
                .text("billable_metric.lago_id");
    }

    private static String subscription(String externalId) {
        return """
                {"subscription": {"external_customer_id": "acme", "plan_code": "pro", "external_id": "%s", "subscription_at": "2026-03-01"}}""".formatted(externalId);
    }

    private Counted counted(String code, boolean large) {
        int position = List.of("tokens", "calls", "users").indexOf(code);
        var plan = api.get("/plans/pro");
        var charge = "plan.charges." + position;
        return new Counted(
                "sub_1",
                api.get("/subscriptions/sub_1").text("subscription.lago_id"),
                plan.text(charge + ".lago_id"),
                large ? plan.text(charge + ".filters.0.lago_id") : null,
                List.of("sum_agg", "count_agg", "unique_count_agg").get(position));
    }

    private void advance(String now) {
        api.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"%s\"}}".formatted(now));
    }

    private ApiClient.Answer awaitInvoices(int count) {
        await().atMost(PATIENCE)
                .until(() -> api.get("/invoices?external_customer_id=acme")
                        .text("meta.total_count")
                        .equals(Integer.toString(count)));
        return api.get("/invoices?external_customer_id=acme");
    }

    private static List<String> fees(ApiClient.Answer invoice) {
        return ((List<?>) invoice.at("invoice.fees"))
                .stream()
                        .map(Map.class::cast)
                        .map(fee -> "%s %s %s %s"
                                .formatted(
                                        ((Map<?, ?>) fee.get("item")).get("type"),
                                        ((Map<?, ?>) fee.get("item")).get("code"),
                                        fee.get("units"),
                                        fee.get("amount_cents")))
                        .toList();
    }

    private void moveCursor(String billedUntil, String nextBillingAt) throws SQLException {
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var statement = connection.createStatement()) {
            statement.execute(
                    "update subscriptions set billed_until = '%s', next_billing_at = '%s' where organization_id = '%s'"
                            .formatted(billedUntil, nextBillingAt, invoicer.organization()));
        }
    }
}
