package io.millrace.invoicer.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.invoice.Streams.Counted;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One month of eight customers, each billed once; the amounts are computed by hand.
///
/// ```
/// vat 20 (organization)   city 1.5   green 5.5   ten 10   reduced 7
///
/// plan taxed     31.00, city          charges a 0.55 each, ten and green; b 0.55 each
/// plan bare       0.00                charges a 0.55 each; b 0.55 each
/// plan least     31.00                charge tokens 1.00 each, ten, at least 10.00; commitment 100.00, reduced
/// plan filtered   0.00                charge tokens 1.00 each, large 2.00 each, at least 10.00
/// ```
@ExtendWith(MillraceStack.class)
class TaxesAndMinimumsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static RunningInvoicer invoicer;
    private static ApiClient api;

    @BeforeAll
    static void bill(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(
                stack, Map.of("MILLRACE_WATERMARK_TIMEOUT_MS", "5000", "MILLRACE_BILLING_INTERVAL_MS", "100"));
        api = invoicer.api();
        Map.of("city", "1.5", "green", "5.5", "ten", "10", "reduced", "7.0").forEach(TaxesAndMinimumsTest::tax);
        api.create("/taxes", """
                {"tax": {"code": "vat", "name": "VAT", "rate": "20", "applied_to_organization": true}}""");
        var calls = metric("calls", "count_agg");
        var tokens = metric("tokens", "sum_agg");
        plan("taxed", 3100, "\"tax_codes\": [\"city\"]", """
                {"code": "a", "tax_codes": ["ten", "green"], "billable_metric_id": "%1$s", "charge_model": "standard", "properties": {"amount": "0.55"}},
                {"code": "b", "billable_metric_id": "%1$s", "charge_model": "standard", "properties": {"amount": "0.55"}}""".formatted(calls));
        plan("bare", 0, "\"tax_codes\": []", """
                {"code": "a", "billable_metric_id": "%1$s", "charge_model": "standard", "properties": {"amount": "0.55"}},
                {"code": "b", "billable_metric_id": "%1$s", "charge_model": "standard", "properties": {"amount": "0.55"}}""".formatted(calls));
        plan("least", 3100, """
                "minimum_commitment": {"amount_cents": 10000, "invoice_display_name": "At least", "tax_codes": ["reduced"]}""", """
                {"tax_codes": ["ten"], "min_amount_cents": 1000, "billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "1"}}""".formatted(tokens));
        plan("filtered", 0, "\"tax_codes\": []", """
                {"min_amount_cents": 1000, "billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "1"},
                 "filters": [{"values": {"model": ["large"]}, "properties": {"amount": "2"}}]}""".formatted(tokens));
        var clock = api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-20\"}}")
                .text("test_clock.lago_id");
        subscribe(clock, "named", "taxed", "\"reduced\"", "2026-03-01");
        subscribe(clock, "own", "bare", "\"ten\"", "2026-03-01");
        subscribe(clock, "none", "bare", "", "2026-03-01");
        subscribe(clock, "month", "least", "", "2026-03-01");
        subscribe(clock, "half", "least", "", "2026-03-17");
        subscribe(clock, "ended", "least", "", "2026-03-01");
        subscribe(clock, "large", "filtered", "", "2026-03-01");
        // Taxes of a deleted code are no taxes: the plan's fees fall back to the organization's.
        tax("gone", "50");
        plan("forgotten", 1000, "\"tax_codes\": [\"gone\"]", "");
        subscribe(clock, "fallen", "forgotten", "", "2026-03-01");
        api.delete("/taxes/gone");

        try (var streams = new Streams(stack, invoicer.organization())) {
            streams.begin();
            for (var customer : List.of("named", "own", "none")) {
                streams.send(counted(customer, 0, false, "count_agg"), "a", "2026-03-18T00:00:00Z", "1");
                streams.send(counted(customer, 1, false, "count_agg"), "b", "2026-03-18T00:00:00Z", "1");
            }
            streams.send(counted("month", 0, false, "sum_agg"), "t", "2026-03-18T00:00:00Z", "7");
            streams.send(counted("half", 0, false, "sum_agg"), "t", "2026-03-18T00:00:00Z", "2");
            streams.send(counted("large", 0, true, "sum_agg"), "t", "2026-03-18T00:00:00Z", "3");
            streams.commit();
        }
        await().atMost(PATIENCE)
                .until(() ->
                        usage("own", "").startsWith("110") && usage("month", "").startsWith("700"));
        current = usage("own", "");
        currentUntaxed = usage("own", "&apply_taxes=false");
        currentBelowMinimum = usage("month", "");
        api.delete("/subscriptions/ended");
        api.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"2026-04-01\"}}");
        await().atMost(PATIENCE)
                .until(() -> api.get("/invoices").text("meta.total_count").equals("8"));
        // What is issued stays as it was.
        api.put("/taxes/vat", "{\"tax\": {\"rate\": \"99\", \"name\": \"Other\"}}");
    }

    private static String current;
    private static String currentUntaxed;
    private static String currentBelowMinimum;

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    /// Each fee: type, code, units, amount, rate of its taxes, taxes.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        named  | subscription taxed 1.0 3100 1.5 47, charge calls 1.0 55 15.5 9, charge calls 1.0 55 1.5 1                  | 3210 + 56 = 3266
        own    | charge calls 1.0 55 10 6, charge calls 1.0 55 10 6                                                      | 110 + 11 = 121
        none   | charge calls 1.0 55 20 11, charge calls 1.0 55 20 11                                                    | 110 + 22 = 132
        month  | subscription least 1.0 3100 20 620, charge tokens 7.0 700 10 70, charge tokens 1.0 300 10 30, commitment least 1.0 5900 7 413 | 10000 + 1133 = 11133
        half   | subscription least 1.0 1500 20 300, charge tokens 2.0 200 10 20, charge tokens 1.0 284 10 28, commitment least 1.0 2855 7 200 | 4839 + 548 = 5387
        ended  | subscription least 1.0 2000 20 400, charge tokens 0.0 0 10 0, charge tokens 1.0 645 10 65, commitment least 1.0 3807 7 266 | 6452 + 731 = 7183
        large  | charge tokens 3.0 600 20 120, charge tokens 0.0 0 20 0, charge tokens 1.0 400 20 80                        | 1000 + 200 = 1200
        fallen | subscription forgotten 1.0 1000 20 200                                                                  | 1000 + 200 = 1200
        """)
    void anInvoiceAddsUp(String customer, String fees, String totals) {
        var invoice = invoice(customer);
        assertThat(((List<?>) invoice.at("invoice.fees"))
                        .stream().map(fee -> shown((Map<?, ?>) fee)).toList())
                .containsExactly(fees.split(", "));
        assertThat("%s + %s = %s"
                        .formatted(
                                invoice.text("invoice.fees_amount_cents"),
                                invoice.text("invoice.taxes_amount_cents"),
                                invoice.text("invoice.total_amount_cents")))
                .isEqualTo(totals);
        assertThat(invoice.at("invoice.sub_total_including_taxes_amount_cents"))
                .isEqualTo(invoice.at("invoice.total_due_amount_cents"));
    }

    @Test
    void eachTaxIsShownOnItsFeesAndOnce() {
        var invoice = invoice("named");
        assertThat(taxes(invoice, "invoice.fees.1.applied_taxes")).containsExactly("ten 10 6", "green 5.5 3");
        assertThat(invoice.text("invoice.fees.1.applied_taxes.0.lago_fee_id"))
                .isEqualTo(invoice.text("invoice.fees.1.lago_id"));
        assertThat(invoice.text("invoice.fees.1.taxes_precise_amount")).isEqualTo("0.08525");
        assertThat(invoice.text("invoice.fees.1.precise_total_amount")).isEqualTo("0.63525");
        // 47.325 of 3155, 5.5 and 3.025 of 55
        assertThat(taxes(invoice, "invoice.applied_taxes")).containsExactly("city 1.5 47", "ten 10 6", "green 5.5 3");
        assertThat(invoice.text("invoice.applied_taxes.0.fees_amount_cents")).isEqualTo("3155");
        assertThat(invoice("fallen").text("invoice.applied_taxes.0.tax_name")).isEqualTo("VAT");
    }

    @Test
    void whatIsAddedUpToAMinimumBelongsToTheChargesDefaultFee() {
        for (var customer : List.of("month", "large")) {
            var fees = (List<?>) invoice(customer).at("invoice.fees");
            var parent = (Map<?, ?>) fees.get(1);
            var trueUp = (Map<?, ?>) fees.get(2);
            assertThat(trueUp.get("lago_true_up_parent_fee_id")).isEqualTo(parent.get("lago_id"));
            assertThat(parent.get("lago_true_up_fee_id")).isEqualTo(trueUp.get("lago_id"));
            assertThat(trueUp.get("lago_charge_id")).isEqualTo(parent.get("lago_charge_id"));
            assertThat(api.get("/fees/" + parent.get("lago_id")).at("fee.lago_true_up_fee_id"))
                    .isEqualTo(trueUp.get("lago_id"));
        }
        // 1000 × 15/31 − 200, and 10000 × 15/31 − 1984
        var half = invoice("half");
        assertThat(half.text("invoice.fees.2.precise_amount")).startsWith("2.8387096774");
        assertThat(half.text("invoice.fees.3.precise_amount")).startsWith("28.5470967741");
        assertThat(half.text("invoice.fees.3.item.invoice_display_name")).isEqualTo("At least");
        assertThat(half.text("invoice.fees.3.from_date")).isEqualTo("2026-03-17T00:00:00Z");
    }

    @Test
    void usageShowsItsTaxesAndNoMinimum() {
        assertThat(current).isEqualTo("110 + 11 = 121");
        assertThat(currentUntaxed).isEqualTo("110 + 0 = 110");
        assertThat(currentBelowMinimum).isEqualTo("700 + 70 = 770");
        var past = api.get("/customers/month/past_usage?external_subscription_id=month");
        assertThat(totals(past, "usage_periods.0")).isEqualTo("700 + 70 = 770");
        assertThat(past.text("usage_periods.0.charges_usage.0.units")).isEqualTo("7.0");
    }

    private static String usage(String customer, String more) {
        return totals(
                api.get("/customers/%1$s/current_usage?external_subscription_id=%1$s%2$s".formatted(customer, more)),
                "customer_usage");
    }

    private static String totals(ApiClient.Answer answer, String path) {
        return "%s + %s = %s"
                .formatted(
                        answer.text(path + ".amount_cents"),
                        answer.text(path + ".taxes_amount_cents"),
                        answer.text(path + ".total_amount_cents"));
    }

    private static List<String> taxes(ApiClient.Answer answer, String path) {
        return ((List<?>) answer.at(path))
                .stream()
                        .map(Map.class::cast)
                        .map(tax ->
                                "%s %s %s".formatted(tax.get("tax_code"), tax.get("tax_rate"), tax.get("amount_cents")))
                        .toList();
    }

    private static String shown(Map<?, ?> fee) {
        var item = (Map<?, ?>) fee.get("item");
        return "%s %s %s %s %s %s"
                .formatted(
                        item.get("type"),
                        item.get("code"),
                        fee.get("units"),
                        fee.get("amount_cents"),
                        fee.get("taxes_rate"),
                        fee.get("taxes_amount_cents"));
    }

    private static ApiClient.Answer invoice(String customer) {
        var invoices = api.get("/invoices?external_customer_id=" + customer);
        return api.get("/invoices/" + invoices.text("invoices.0.lago_id"));
    }

    private static void tax(String code, String rate) {
        api.create(
                "/taxes",
                "{\"tax\": {\"code\": \"%1$s\", \"name\": \"%1$s\", \"rate\": \"%2$s\"}}".formatted(code, rate));
    }

    private static String metric(String code, String aggregation) {
        return api.create("/billable_metrics", """
                {"billable_metric": {"name": "M", "code": "%s", "aggregation_type": "%s", "field_name": "value",
                 "filters": [{"key": "model", "values": ["large"]}]}}""".formatted(code, aggregation)).text("billable_metric.lago_id");
    }

    private static void plan(String code, int amount, String more, String charges) {
        api.create("/plans", """
                {"plan": {"code": "%1$s", "name": "%1$s", "interval": "monthly", "amount_cents": %2$d, "amount_currency": "EUR",
                 %3$s, "charges": [%4$s]}}""".formatted(code, amount, more, charges));
    }

    private static void subscribe(String clock, String customer, String plan, String taxCodes, String since) {
        api.create("/customers", """
                {"customer": {"external_id": "%s", "test_clock_id": "%s", "tax_codes": [%s]}}""".formatted(customer, clock, taxCodes));
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "%1$s", "external_id": "%1$s", "plan_code": "%2$s", "subscription_at": "%3$s"}}""".formatted(customer, plan, since));
    }

    private static Counted counted(String customer, int charge, boolean large, String aggregation) {
        var subscription = api.get("/subscriptions/" + customer);
        var plan = api.get("/plans/" + subscription.text("subscription.plan_code"));
        var path = "plan.charges." + charge;
        return new Counted(
                customer,
                subscription.text("subscription.lago_id"),
                plan.text(path + ".lago_id"),
                large ? plan.text(path + ".filters.0.lago_id") : null,
                aggregation);
    }
}
