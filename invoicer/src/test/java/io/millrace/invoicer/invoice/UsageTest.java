package io.millrace.invoicer.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ClickHouse;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Usage of every kind, as it is shown while it accrues, as it is billed, and as it is shown afterwards.
@ExtendWith(MillraceStack.class)
class UsageTest {
    private static final String CURRENT = "/customers/acme/current_usage?external_subscription_id=sub_1";
    private static final String PAST = "/customers/acme/past_usage?external_subscription_id=sub_1";

    private static RunningInvoicer service;

    private final List<String> rows = new ArrayList<>();
    private RunningInvoicer invoicer;
    private ApiClient api;
    private String clock;
    private long offset;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        service = RunningInvoicer.start(stack, Map.of("MILLRACE_BILLING_INTERVAL_MS", "100"));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @BeforeEach
    void sell() {
        invoicer = service.withNewOrganization();
        api = invoicer.api();
        clock = api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-01\"}}")
                .text("test_clock.lago_id");
        var seats = metric("seats", "\"unique_count_agg\", \"recurring\": true");
        var storage =
                metric("storage", "\"weighted_sum_agg\", \"recurring\": true, \"weighted_interval\": \"seconds\"");
        var disk = metric("disk", "\"sum_agg\", \"recurring\": true");
        var payments = metric("payments", "\"sum_agg\"");
        var calls = metric("calls", "\"count_agg\"");
        api.create("/plans", """
                {"plan": {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR", "charges": [
                  {"code": "seats", "billable_metric_id": "%1$s", "charge_model": "standard", "prorated": true, "properties": {"amount": "30"}},
                  {"code": "seat_tiers", "billable_metric_id": "%1$s", "charge_model": "graduated", "prorated": true, "properties": {"graduated_ranges": [
                    {"from_value": 0, "to_value": 2, "per_unit_amount": "30", "flat_amount": "0"},
                    {"from_value": 2, "to_value": null, "per_unit_amount": "10", "flat_amount": "5"}]}},
                  {"code": "seats_now", "billable_metric_id": "%1$s", "charge_model": "standard", "properties": {"amount": "1"}},
                  {"code": "storage", "billable_metric_id": "%2$s", "charge_model": "standard", "properties": {"amount": "3.1"}},
                  {"code": "disk", "billable_metric_id": "%3$s", "charge_model": "volume", "prorated": true, "properties": {"volume_ranges": [
                    {"from_value": 0, "to_value": 10, "per_unit_amount": "2", "flat_amount": "0"},
                    {"from_value": 10, "to_value": null, "per_unit_amount": "1", "flat_amount": "0"}]}},
                  {"code": "free_events", "billable_metric_id": "%4$s", "charge_model": "percentage",
                   "properties": {"rate": "1", "fixed_amount": "0.1", "free_units_per_events": 2}},
                  {"code": "bounds", "billable_metric_id": "%4$s", "charge_model": "percentage",
                   "properties": {"rate": "1", "per_transaction_min_amount": "1.75", "per_transaction_max_amount": "2.5"}},
                  {"code": "per_call", "billable_metric_id": "%5$s", "charge_model": "percentage",
                   "properties": {"rate": "100", "free_units_per_total_aggregation": "3"},
                   "filters": [{"values": {"model": ["small"]}, "properties": {"rate": "50"}}]},
                  {"code": "by_region", "billable_metric_id": "%4$s", "charge_model": "standard",
                   "properties": {"amount": "1", "pricing_group_keys": ["region"]}}]}}""".formatted(seats, storage, disk, payments, calls));
    }

    private void subscribe(String zone) {
        subscribe(zone, "2026-03-01");
    }

    private void subscribe(String zone, String at) {
        api.create("/customers", """
                {"customer": {"external_id": "acme", "test_clock_id": "%s", "timezone": "%s"}}""".formatted(clock, zone));
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "pro", "external_id": "sub_1", "subscription_at": "%s"}}""".formatted(at));
    }

    @Test
    void whatIsHeldIsBilledMonthAfterMonth() throws SQLException {
        subscribe("UTC");
        for (var charge : List.of("seats", "seat_tiers", "seats_now")) {
            use(charge, "2026-03-01T00:00:00Z", "a", "'add'");
            use(charge, "2026-03-17T12:00:00Z", "b", "'add'");
            use(charge, "2026-04-10T12:00:00Z", "a", "'remove'");
        }
        use("storage", "2026-03-01T00:00:00Z", "10", "null");
        use("storage", "2026-03-16T12:00:00Z", "-5", "null");
        use("disk", "2026-03-16T12:00:00Z", "20", "null");
        for (var charge : List.of("free_events", "bounds")) {
            use(charge, "2026-03-02T00:00:00Z", "100", "null");
            use(charge, "2026-03-03T00:00:00Z", "200", "null");
            use(charge, "2026-03-04T00:00:00Z", "300", "null");
        }
        for (int day = 1; day <= 5; day++) use("per_call", "2026-03-0" + day + "T00:00:00Z", "1", "null");
        store();

        advance("2026-04-01");
        assertThat(fees(invoice(1)))
                .containsExactly(
                        "seats 1.48388 2 4452", // (31 + 15) / 31
                        "seats 1.48388 2 4452",
                        "seats 2.0 2 200",
                        "storage 7.5 2 2325",
                        "disk 10.32259 1 1032", // 20 × 16 / 31, by the tier of 20
                        "payments 600.0 3 310",
                        "payments 600.0 3 625", // 1.75 + 2 + 2.5
                        "calls 5.0 5 200");
        advance("2026-05-01");
        assertThat(fees(invoice(2)))
                .containsExactly(
                        "seats 1.33334 3 4000", // (10 + 30) / 30
                        "seats 1.33334 3 4000",
                        "seats 1.0 3 100",
                        "storage 5.0 0 1550",
                        "disk 20.0 1 2000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTC", "America/New_York"})
    void currentUsageAtThePeriodsEndIsWhatTheInvoiceBills(String zone) throws SQLException {
        advance("2026-03-01T05:00:00Z");
        subscribe(zone, "2026-03-01T05:00:00Z");
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var charges = List.of(
                "seats",
                "seat_tiers",
                "seats_now",
                "storage",
                "disk",
                "free_events",
                "bounds",
                "per_call",
                "by_region");
        for (int i = 0; i < 600; i++) {
            var charge = charges.get(random.nextInt(charges.size()));
            boolean isSeat = charge.startsWith("seat");
            use(
                    charge,
                    Instant.parse("2026-03-01T06:00:00Z")
                            .plusSeconds(random.nextInt(60 * 86_400))
                            .toString(),
                    isSeat ? "user" + random.nextInt(6) : Integer.toString(random.nextInt(400) - 50),
                    isSeat && random.nextBoolean() ? "'remove'" : "'add'");
        }
        store();

        for (int month = 1; month <= 2; month++) {
            var from = api.get(CURRENT);
            var end = Instant.parse(from.text("customer_usage.to_datetime")).plusSeconds(1);
            advance(end.minus(1, ChronoUnit.MICROS).toString());
            var shown = used(api.get(CURRENT), "customer_usage");
            advance(end.toString());
            var invoice = invoice(month);
            assertThat(shown).as("seed %d", seed).isEqualTo(billed(invoice));
            assertThat(shown).hasSizeGreaterThanOrEqualTo(8);
            assertThat(used(api.get(PAST), "usage_periods.0")).isEqualTo(shown);
        }
    }

    @Test
    void usageIsShownAsTheContractDoes() throws SQLException {
        subscribe("UTC");
        use("by_region", "2026-03-05T00:00:00Z", "7", "null", "map('region','eu')", "");
        use("by_region", "2026-03-06T00:00:00Z", "2", "null", "map('region','us')", "");
        use("by_region", "2026-03-20T00:00:00Z", "100", "null", "map('region','us')", "");
        use("per_call", "2026-03-06T00:00:00Z", "1", "null", "map()", filter());
        store();
        advance("2026-03-10");

        var usage = api.get(CURRENT);
        assertThat(usage.status()).as(usage.body()).isEqualTo(200);
        assertThat(usage.text("customer_usage.from_datetime")).isEqualTo("2026-03-01T00:00:00Z");
        assertThat(usage.text("customer_usage.to_datetime")).isEqualTo("2026-03-31T23:59:59Z");
        assertThat(usage.text("customer_usage.issuing_date")).isEqualTo("2026-04-01");
        assertThat(usage.body()).contains("\"lago_invoice_id\":null", "\"pricing_unit_details\":null");
        assertThat(usage.text("customer_usage.currency")).isEqualTo("EUR");
        assertThat(usage.text("customer_usage.amount_cents")).isEqualTo("950");
        assertThat(usage.text("customer_usage.total_amount_cents")).isEqualTo("950");
        assertThat(usage.text("customer_usage.taxes_amount_cents")).isEqualTo("0");
        assertThat((List<?>) usage.at("customer_usage.charges_usage")).hasSize(9);

        var region = "customer_usage.charges_usage.8.";
        assertThat(usage.text(region + "units")).isEqualTo("9.0");
        assertThat(usage.text(region + "total_aggregated_units")).isEqualTo("9.0");
        assertThat(usage.text(region + "events_count")).isEqualTo("2");
        assertThat(usage.text(region + "amount_currency")).isEqualTo("EUR");
        assertThat(usage.text(region + "charge.charge_model")).isEqualTo("standard");
        assertThat(usage.text(region + "charge.lago_id"))
                .isEqualTo(api.get("/plans/pro").text("plan.charges.8.lago_id"));
        assertThat(usage.text(region + "billable_metric.aggregation_type")).isEqualTo("sum_agg");
        assertThat(usage.text(region + "billable_metric.code")).isEqualTo("payments");
        assertThat(usage.text(region + "filters")).isEqualTo("[]");
        assertThat(usage.text(region + "grouped_usage.0.grouped_by")).isIn("{region=eu}", "{region=us}");
        assertThat((List<?>) usage.at(region + "grouped_usage")).hasSize(2);

        var calls = "customer_usage.charges_usage.7.filters.";
        assertThat(usage.text(calls + "0.values")).isEqualTo("{model=[small]}");
        assertThat(usage.text(calls + "0.amount_cents")).isEqualTo("50");
        assertThat(usage.text(calls + "1.values")).isEqualTo("null");
        assertThat(usage.text(calls + "1.units")).isEqualTo("0.0");
    }

    @Test
    void currentUsageIsShownInPart() throws SQLException {
        subscribe("UTC");
        use("by_region", "2026-03-05T00:00:00Z", "7", "null", "map('region','eu')", "");
        use("by_region", "2026-03-06T00:00:00Z", "2", "null", "map('region','us')", "");
        store();
        advance("2026-03-10");

        assertThat(part("&billable_metric_code=payments")).isEqualTo("3 charges, 9.0");
        assertThat(part("&charge_code=by_region")).isEqualTo("1 charges, 9.0");
        assertThat(part("&filter_by_charge_code=by_region")).isEqualTo("1 charges, 9.0");
        assertThat(part("&charge_id=" + api.get("/plans/pro").text("plan.charges.8.lago_id")))
                .isEqualTo("1 charges, 9.0");
        assertThat(part("&charge_code=by_region&group%5Bregion%5D=us")).isEqualTo("1 charges, 2.0");
        assertThat(part("&filter_by_group%5Bregion%5D=eu")).isEqualTo("1 charges, 7.0");
        assertThat(part("&charge_code=nope")).isEqualTo("0 charges, null");
        assertThat(part("&apply_taxes=false")).isEqualTo("9 charges, 9.0");
    }

    /// How many charges are shown, and the units of the last.
    private String part(String asked) {
        var usage = api.get(CURRENT + asked);
        int charges = ((List<?>) usage.at("customer_usage.charges_usage")).size();
        return "%d charges, %s"
                .formatted(charges, usage.text("customer_usage.charges_usage." + Math.max(0, charges - 1) + ".units"));
    }

    @Test
    void whatIsPaidInAdvanceIsShownAsItWasCharged() throws SQLException {
        subscribe("UTC");
        var plan = api.create(
                "/plans", """
                {"plan": {"code": "advance", "name": "Advance", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR", "charges": [
                  {"billable_metric_id": "%s", "charge_model": "standard", "pay_in_advance": true, "properties": {"amount": "0.004"},
                   "filters": [{"values": {"model": ["small"]}, "properties": {"amount": "1"}}]}]}}""".formatted(api.get("/billable_metrics/calls").text("billable_metric.lago_id")));
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "advance", "external_id": "sub_3", "subscription_at": "2026-03-01"}}""");
        advance("2026-03-10");
        var subscription = api.get("/subscriptions/sub_3").text("subscription.lago_id");
        var charged = new ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            charged.add("('%s', 'sub_3', 't%d', '2026-03-0%d 00:00:00', '%s', '%s', '1', %d, 1)"
                    .formatted(
                            invoicer.organization(),
                            i,
                            i + 1,
                            subscription,
                            plan.text("plan.charges.0.lago_id"),
                            i % 2));
        }
        execute(
                "insert into events_charged_in_advance_intake (organization_id, external_subscription_id, transaction_id, timestamp, subscription_id,"
                        + " charge_id, units, amount_cents, enrichment_version) values " + String.join(", ", charged));

        var usage = api.get("/customers/acme/current_usage?external_subscription_id=sub_3");
        var charge = "customer_usage.charges_usage.0.";
        assertThat(usage.text(charge + "units")).as(usage.body()).isEqualTo("3.0");
        assertThat(usage.text(charge + "events_count")).isEqualTo("3");
        assertThat(usage.text(charge + "amount_cents")).isEqualTo("1");
        assertThat(usage.text(charge + "filters.0.units")).isEqualTo("0.0");
        assertThat(usage.text(charge + "filters.1.units")).isEqualTo("3.0");
    }

    @Test
    void billedPeriodsAreShownTheLatestFirst() throws SQLException {
        subscribe("UTC");
        use("by_region", "2026-03-05T00:00:00Z", "7", "null", "map('region','eu')", "");
        use("bounds", "2026-03-05T00:00:00Z", "200", "null");
        store();
        advance("2026-06-01");
        var last = invoice(3);

        var past = api.get(PAST);
        assertThat(past.text("meta.total_count")).isEqualTo("3");
        assertThat(past.text("usage_periods.0.from_datetime")).isEqualTo("2026-05-01T00:00:00Z");
        assertThat(past.text("usage_periods.0.issuing_date")).isEqualTo("2026-06-01");
        assertThat(past.text("usage_periods.0.lago_invoice_id")).isEqualTo(last.text("invoice.lago_id"));
        assertThat(past.text("usage_periods.2.to_datetime")).isEqualTo("2026-03-31T23:59:59Z");
        assertThat(past.text("usage_periods.2.amount_cents")).isEqualTo("900");
        assertThat(past.text("usage_periods.2.charges_usage.1.grouped_usage.0.grouped_by"))
                .isEqualTo("{region=eu}");

        var one = api.get(PAST + "&periods_count=2&per_page=1&page=2&billable_metric_code=payments");
        assertThat(one.text("meta.total_count")).isEqualTo("2");
        assertThat(one.text("meta.total_pages")).isEqualTo("2");
        assertThat(one.text("usage_periods.0.from_datetime")).isEqualTo("2026-04-01T00:00:00Z");
        assertThat((List<?>) one.at("usage_periods")).hasSize(1);
        assertThat(api.get(PAST + "&periods_count=2&per_page=1&page=3").text("usage_periods"))
                .isEqualTo("[]");
    }

    @Test
    void whatCannotBeShownIsRefused() {
        subscribe("UTC");
        refused("/customers/nobody/current_usage?external_subscription_id=sub_1", 404, "customer_not_found");
        refused("/customers/acme/current_usage?external_subscription_id=nope", 405, "no_active_subscription");
        refused("/customers/acme/current_usage", 405, "no_active_subscription");
        refused(CURRENT + "&charge_id=x", 422, "validation_errors");
        refused(CURRENT + "&full_usage=true", 422, "validation_errors");
        refused("/customers/nobody/past_usage?external_subscription_id=sub_1", 404, "customer_not_found");
        refused("/customers/acme/past_usage", 422, "validation_errors");
        refused(PAST + "&periods_count=0", 422, "validation_errors");
        refused(PAST + "&billable_metric_code=x", 404, "billable_metric_not_found");
    }

    private void refused(String path, int status, String code) {
        var answer = api.get(path);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.text("code")).as(path).isEqualTo(code);
    }

    /// Lago asks once per filter: 27 s for 1,550 empty ones.
    @Test
    void twoThousandFiltersAreNoTwoThousandQuestions() throws SQLException {
        subscribe("UTC");
        var values = IntStream.range(0, 2_000).mapToObj(i -> "\"v" + i + "\"").toList();
        var metric = api.create("/billable_metrics", """
                {"billable_metric": {"name": "Many", "code": "many", "aggregation_type": "sum_agg", "field_name": "value",
                 "filters": [{"key": "value", "values": [%s]}]}}""".formatted(String.join(",", values)))
                .text("billable_metric.lago_id");
        var filters = values.stream()
                .map("{\"values\": {\"value\": [%s]}, \"properties\": {\"amount\": \"2\"}}"::formatted)
                .collect(Collectors.joining(","));
        var plan = api.create("/plans", """
                {"plan": {"code": "many", "name": "Many", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR", "charges": [
                  {"code": "many", "billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "1"}, "filters": [%s]}]}}""".formatted(metric, filters));
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "many", "external_id": "sub_2", "subscription_at": "2026-03-01"}}""");
        var subscription = api.get("/subscriptions/sub_2").text("subscription.lago_id");
        for (int i = 0; i < 5; i++) {
            var filter = plan.text("plan.charges.0.filters." + i * 100 + ".lago_id");
            use(
                    "sub_2",
                    subscription,
                    plan.text("plan.charges.0.lago_id"),
                    "2026-03-01T00:00:00Z",
                    "3",
                    "null",
                    "map()",
                    filter);
        }
        store();
        advance("2026-03-10");

        var path = "/customers/acme/current_usage?external_subscription_id=sub_2";
        var usage = api.get(path);
        assertThat(usage.text("customer_usage.amount_cents")).isEqualTo("3000");
        assertThat((List<?>) usage.at("customer_usage.charges_usage.0.filters")).hasSize(2_001);
        long before = questions();
        assertThat(api.get(path).status()).isEqualTo(200);
        assertThat(questions() - before)
                .as("asked meanwhile, also by those who watch the pipeline")
                .isBetween(1L, 100L);
    }

    /// Asked of ClickHouse since it started.
    private long questions() throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement();
                var answer = statement.executeQuery("SELECT value FROM system.events WHERE event = 'SelectQuery'")) {
            assertThat(answer.next()).isTrue();
            return answer.getLong(1);
        }
    }

    private String metric(String code, String aggregation) {
        return api.create("/billable_metrics", """
                {"billable_metric": {"name": "%1$s", "code": "%1$s", "aggregation_type": %2$s, "field_name": "value",
                 "filters": [{"key": "model", "values": ["small", "large"]}]}}""".formatted(code, aggregation)).text("billable_metric.lago_id");
    }

    private String filter() {
        return api.get("/plans/pro").text("plan.charges.7.filters.0.lago_id");
    }

    private void use(String charge, String time, String value, String operation) {
        use(charge, time, value, operation, "map()", "");
    }

    private void use(String charge, String time, String value, String operation, String grouped, String filter) {
        var charges = List.of(
                "seats",
                "seat_tiers",
                "seats_now",
                "storage",
                "disk",
                "free_events",
                "bounds",
                "per_call",
                "by_region");
        use("sub_1", "SUB", "CHARGE" + charges.indexOf(charge), time, value, operation, grouped, filter);
    }

    private void use(
            String externalId,
            String subscription,
            String charge,
            String time,
            String value,
            String operation,
            String grouped,
            String filter) {
        rows.add("('%s', '%s', 't%d', '%s', '%s', '%s', '%s', %s, '%s', %s, %d, 1)"
                .formatted(
                        invoicer.organization(),
                        externalId,
                        offset,
                        time.replace('T', ' ').replace("Z", ""),
                        subscription,
                        charge,
                        filter,
                        grouped,
                        value,
                        operation,
                        offset++));
    }

    private void store() throws SQLException {
        var plan = api.get("/plans/pro");
        var sql =
                "insert into events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp,"
                        + " subscription_id, charge_id, charge_filter_id, grouped_by, value, operation, raw_offset, enrichment_version) values "
                        + String.join(", ", rows);
        sql = sql.replace("'SUB'", "'" + api.get("/subscriptions/sub_1").text("subscription.lago_id") + "'");
        for (int i = 0; i < 9; i++) {
            sql = sql.replace("'CHARGE" + i + "'", "'" + plan.text("plan.charges." + i + ".lago_id") + "'");
        }
        execute(sql);
    }

    private void execute(String sql) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void advance(String now) {
        api.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"%s\"}}".formatted(now));
    }

    private ApiClient.Answer invoice(int count) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> api.get("/invoices?external_customer_id=acme")
                        .text("meta.total_count")
                        .equals(Integer.toString(count)));
        return api.get(
                "/invoices/" + api.get("/invoices?external_customer_id=acme").text("invoices.0.lago_id"));
    }

    private static List<String> fees(ApiClient.Answer invoice) {
        return charged(invoice)
                .map(fee -> "%s %s %s %s"
                        .formatted(
                                ((Map<?, ?>) fee.get("item")).get("code"),
                                fee.get("units"),
                                fee.get("events_count"),
                                fee.get("amount_cents")))
                .toList();
    }

    private static Stream<Map<?, ?>> charged(ApiClient.Answer invoice) {
        return ((List<?>) invoice.at("invoice.fees"))
                .stream()
                        .<Map<?, ?>>map(Map.class::cast)
                        .filter(fee -> "charge".equals(((Map<?, ?>) fee.get("item")).get("type")));
    }

    /// Units, events and amount of each charge, those of its groups and filters together.
    private static Map<String, String> billed(ApiClient.Answer invoice) {
        var totals = new TreeMap<String, BigDecimal[]>();
        charged(invoice).forEach(fee -> add(totals, String.valueOf(fee.get("lago_charge_id")), fee));
        return shown(totals);
    }

    private static Map<String, String> used(ApiClient.Answer answer, String at) {
        var totals = new TreeMap<String, BigDecimal[]>();
        for (var each : (List<?>) answer.at(at + ".charges_usage")) {
            var used = (Map<?, ?>) each;
            add(totals, String.valueOf(((Map<?, ?>) used.get("charge")).get("lago_id")), used);
        }
        return shown(totals);
    }

    private static void add(Map<String, BigDecimal[]> totals, String charge, Map<?, ?> what) {
        var total = totals.computeIfAbsent(
                charge, ignored -> new BigDecimal[] {BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO});
        var names = List.of("units", "events_count", "amount_cents");
        for (int i = 0; i < 3; i++) {
            total[i] = total[i].add(new BigDecimal(String.valueOf(what.get(names.get(i)))));
        }
    }

    /// Without charges of which there was nothing.
    private static Map<String, String> shown(Map<String, BigDecimal[]> totals) {
        var shown = new TreeMap<String, String>();
        totals.forEach((charge, total) -> {
            if (total[1].signum() + total[2].signum() + total[0].signum() != 0) {
                shown.put(
                        charge,
                        "%s units of %s events for %s"
                                .formatted(total[0].stripTrailingZeros().toPlainString(), total[1], total[2]));
            }
        });
        return shown;
    }
}
