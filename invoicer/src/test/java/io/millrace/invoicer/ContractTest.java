package io.millrace.invoicer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(MillraceStack.class)
class ContractTest {
    private static RunningInvoicer invoicer;
    private static ApiClient api;
    private static String tokens;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(stack);
        api = invoicer.api();
        tokens = api.create("/billable_metrics", """
                {"billable_metric": {"name": "Tokens", "code": "tokens", "aggregation_type": "sum_agg", "field_name": "count",
                 "filters": [{"key": "model", "values": ["small", "large"]}]}}""").text("billable_metric.lago_id");
        api.create("/plans", plan("startup", ""));
        api.create("/customers", """
                {"customer": {"external_id": "acme", "name": "Acme", "currency": "EUR", "timezone": "Europe/Paris", "unknown": 1}}""");
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "startup", "external_id": "sub_acme"}}""");
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void whatIsCreatedCanBeReadAgain() {
        assertThat(api.get("/billable_metrics/tokens").text("billable_metric.filters.0.values.1"))
                .isEqualTo("large");
        var plan = api.get("/plans/startup");
        assertThat(plan.text("plan.charges.0.code")).isEqualTo("tokens");
        assertThat(plan.text("plan.charges.0.properties.amount")).isEqualTo("0.002");
        assertThat(plan.text("plan.charges.0.filters.0.values.model.0")).isEqualTo("large");
        assertThat(plan.text("plan.charges.0.filters.0.properties.graduated_ranges"))
                .isEqualTo("null");
        assertThat(api.get("/customers/acme").text("customer.timezone")).isEqualTo("Europe/Paris");
        assertThat(api.get("/customers/acme").at("customer.email")).isNull();
        assertThat(api.get("/customers/acme").body()).contains("\"email\":null", "\"metadata\":[]");
        var subscription = api.get("/subscriptions/sub_acme");
        assertThat(subscription.text("subscription.status")).isEqualTo("active");
        assertThat(subscription.text("subscription.plan_code")).isEqualTo("startup");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        /billable_metrics | {"billable_metric": {}}                                      | code=[value_is_mandatory], name=[value_is_mandatory], aggregation_type=[value_is_mandatory]
        /billable_metrics | {"billable_metric": {"code": "tokens", "name": "T", "aggregation_type": "count_agg"}} | code=[value_already_exist]
        /billable_metrics | {"billable_metric": {"code": "x", "name": "T", "aggregation_type": "avg_agg"}} | aggregation_type=[value_is_invalid]
        /billable_metrics | {"billable_metric": {"code": "x", "name": "T", "aggregation_type": "weighted_sum_agg", "field_name": "v"}} | weighted_interval=[value_is_mandatory]
        /billable_metrics | {"billable_metric": {"code": "x", "name": "T", "aggregation_type": "max_agg", "field_name": "v", "recurring": true}} | recurring=[not_compatible_with_aggregation_type]
        /billable_metrics | {"billable_metric": {"code": "x", "name": 7, "aggregation_type": "max_agg"}} | name=[invalid_format], field_name=[value_is_mandatory]
        /plans            | {"plan": {"code": "startup", "name": "S", "interval": "daily", "amount_cents": "1"}} | interval=[value_is_invalid], amount_currency=[value_is_mandatory], amount_cents=[invalid_format], code=[value_already_exist]
        /plans            | {"plan": {"code": "p", "name": "P", "interval": "monthly", "amount_cents": -1, "amount_currency": "EUX"}} | amount_currency=[value_is_invalid], amount_cents=[value_is_out_of_range]
        /customers        | {"customer": {"external_id": " ", "currency": "euro", "timezone": "Mars/Base", "net_payment_term": 1.5}} | external_id=[value_is_mandatory], currency=[value_is_invalid], timezone=[invalid_timezone], net_payment_term=[invalid_format]
        /subscriptions    | {"subscription": {"external_customer_id": "acme", "plan_code": "startup", "external_id": "s", "billing_time": "lunar", "subscription_at": "soon"}} | billing_time=[value_is_invalid], subscription_at=[invalid_date]
        /subscriptions    | {"subscription": {"external_customer_id": "other", "plan_code": "startup", "external_id": "sub_acme"}} | external_id=[value_already_exist]
        /webhook_endpoints | {"webhook_endpoint": {"webhook_url": "ftp://x", "signature_algo": "md5"}} | webhook_url=[url_invalid], signature_algo=[value_is_invalid]
        """)
    void everyViolationIsAnsweredAtOnce(String path, String body, String details) {
        var answer = api.post(path, body);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.text("code")).isEqualTo("validation_errors");
        assertThat(answer.text("error")).isEqualTo("Unprocessable Entity");
        assertThat(answer.text("error_details")).isEqualTo("{" + details + "}");
    }

    @Test
    void aChargeIsCheckedWhereverItIsWrong() {
        var answer = api.post("/plans", plan("bad", """
                , {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "-1"}, "pay_in_advance": "yes",
                   "filters": [{"values": {"model": ["huge"]}, "properties": {}}]}""".formatted(tokens)));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.text("error_details"))
                .isEqualTo(
                        "{charges[1].pay_in_advance=[invalid_format], charges[1].properties.amount=[invalid_amount],"
                                + " charges[1].filters[0].properties.amount=[invalid_amount], charges[1].filters[0].values=[value_is_invalid]}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sum_agg | true  | "charge_model": "standard", "prorated": true, "properties": {"amount": "1"}                            |
        sum_agg | true  | "charge_model": "package", "prorated": true, "properties": {"amount": "1", "package_size": 1, "free_units": 0}           | charges[0].prorated=[invalid_billable_metric_or_charge_model]
        sum_agg | false | "charge_model": "standard", "prorated": true, "properties": {"amount": "1"}                            | charges[0].prorated=[invalid_billable_metric_or_charge_model]
        sum_agg | true  | "charge_model": "standard", "prorated": true, "pay_in_advance": true, "properties": {"amount": "1"}     | charges[0].pay_in_advance=[feature_unavailable]
        sum_agg | true  | "charge_model": "standard", "pay_in_advance": true, "properties": {"amount": "1"}                      | charges[0].pay_in_advance=[feature_unavailable]
        max_agg | false | "charge_model": "standard", "pay_in_advance": true, "properties": {"amount": "1"}                      | charges[0].pay_in_advance=[invalid_aggregation_type_or_charge_model]
        sum_agg | false | "charge_model": "percentage", "properties": {"rate": "1", "free_units_per_events": 1}                  |
        sum_agg | false | "charge_model": "percentage", "pay_in_advance": true, "properties": {"rate": "1", "free_units_per_events": 1} | charges[0].pay_in_advance=[feature_unavailable]
        max_agg | false | "charge_model": "percentage", "properties": {"rate": "1", "free_units_per_events": 1}                  | charges[0].properties=[feature_unavailable]
        max_agg | false | "charge_model": "percentage", "properties": {"rate": "1"}                                             |
        latest_agg | false | "charge_model": "percentage", "properties": {"rate": "1"}                                          | charges[0].properties=[invalid_value]
        sum_agg | false | "charge_model": "dynamic", "pay_in_advance": true                                                     | charges[0].pay_in_advance=[feature_unavailable]
        count_agg | false | "charge_model": "dynamic"                                                                           | charges[0].charge_model=[invalid_aggregation_type_or_charge_model]
        weighted_sum_agg | true | "charge_model": "standard", "pay_in_advance": true, "properties": {"amount": "1"}              | charges[0].pay_in_advance=[invalid_aggregation_type_or_charge_model]
        weighted_sum_agg | true | "charge_model": "standard", "invoiceable": false, "properties": {"amount": "1"}                | charges[0].invoiceable=[must_be_true_unless_pay_in_advance]
        """)
    void aChargeMustSuitItsMetric(String aggregation, boolean recurring, String charge, String details) {
        var code = "m" + UUID.randomUUID();
        var metric = api.create("/billable_metrics", """
                {"billable_metric": {"name": "M", "code": "%s", "aggregation_type": "%s", "recurring": %s, "field_name": "v",
                 "weighted_interval": "seconds"}}""".formatted(code, aggregation, recurring))
                .text("billable_metric.lago_id");
        var answer = api.post("/plans", """
                {"plan": {"name": "P", "code": "%s", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
                 "charges": [{"billable_metric_id": "%s", %s}]}}""".formatted(code, metric, charge));
        assertThat(answer.text("error_details"))
                .as(answer.body())
                .isEqualTo(details == null ? "null" : "{" + details + "}");
        if (details == null) {
            assertThat(api.put("/billable_metrics/" + code, """
                    {"billable_metric": {"recurring": %s}}""".formatted(!recurring))
                            .text("error_details"))
                    .contains("recurring=");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        POST | /plans             |                  | 400 | BadRequest: request cannot be read
        POST | /plans             | []               | 400 | BadRequest: param is missing or the value is empty: plan
        POST | /plans             | {"plan": 1}      | 400 | BadRequest: param is missing or the value is empty: plan
        POST | /plans             | {"plan           | 400 | BadRequest: body is not valid JSON
        POST | /customers         | {"customer": {"external_id": "a\\u0000b"}} | 400 | BadRequest: text with a NUL character
        POST | /customers         | {"customer": {"external_id": "a\\ud800b"}} | 400 | BadRequest: text with half of a surrogate pair
        POST | /plans             | {"plan": {"charges": [{"properties": {"a": 1e999999}}]}} | 400 | BadRequest: number of more than 100 digits
        GET  | /plans/%00         |                  | 400 | BadRequest: address with a NUL character
        GET  | /plans/nope        |                  | 404 | Not Found
        GET  | /nothing/here      |                  | 404 | Not Found
        PUT  | /plans             | {}               | 405 | Method Not Allowed
        """)
    void whatCannotBeAnsweredIsRefusedInTheContractsForm(
            String method, String path, String body, int status, String error) {
        var answer = api.send(method, path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.text("status")).isEqualTo(Integer.toString(status));
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.body()).doesNotContain("Exception", "_links");
    }

    @Test
    void nobodyEntersWithoutAKey() {
        for (var client : new ApiClient[] {invoicer.withoutKey(), invoicer.api("wrong")}) {
            var answer = client.get("/plans");
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.body()).isEqualTo("{\"status\":401,\"error\":\"Unauthorized\"}");
        }
    }

    @Test
    void aSubscriptionToAnUnknownPlanIsNotFound() {
        var answer = api.post("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "nope", "external_id": "s"}}""");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text("code")).isEqualTo("plan_not_found");
    }

    @Test
    void aChargeOnAnUnknownMetricIsNotFound() {
        var answer = api.post("/plans", plan("p", """
                , {"billable_metric_id": "00000000-0000-4000-8000-000000000000", "charge_model": "standard", "properties": {"amount": "1"}}"""));
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text("code")).isEqualTo("billable_metrics_not_found");
    }

    @Test
    void theSameSubscriptionTwiceIsOneSubscription() {
        var again = api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "startup", "external_id": "sub_acme"}}""");
        assertThat(again.text("subscription.lago_id"))
                .isEqualTo(api.get("/subscriptions/sub_acme").text("subscription.lago_id"));
        assertThat(api.get("/subscriptions?external_customer_id=acme&status[]=active")
                        .text("meta.total_count"))
                .isEqualTo("1");
    }

    @Test
    void aCustomerIsChangedByItsExternalId() {
        api.create("/customers", """
                {"customer": {"external_id": "beta", "name": "Beta", "city": "Lyon"}}""");
        var changed = api.create("/customers", """
                {"customer": {"external_id": "beta", "name": "Beta Ltd"}}""");
        assertThat(changed.text("customer.name")).isEqualTo("Beta Ltd");
        assertThat(changed.text("customer.city")).isEqualTo("Lyon");
    }

    @Test
    void listsComeInPages() {
        for (int i = 0; i < 3; i++) {
            api.create("/customers", """
                    {"customer": {"external_id": "page_%d"}}""".formatted(i));
        }
        var page = api.get("/customers?page=1&per_page=2");
        assertThat(page.text("meta.current_page")).isEqualTo("1");
        assertThat(page.text("meta.next_page")).isEqualTo("2");
        assertThat(page.body()).contains("\"prev_page\":null");
        assertThat(page.text("customers.2")).isEqualTo("null");
    }

    @Test
    void chargesAndFiltersKeepTheirIdsThroughEdits() {
        var before = api.create("/plans", plan("edited", ""));
        var edit = api.put("/plans/edited", plan("edited", "").replace("0.002", "0.003"));
        assertThat(edit.status()).isEqualTo(200);
        assertThat(edit.text("plan.charges.0.properties.amount")).isEqualTo("0.003");
        for (var id : new String[] {"plan.charges.0.lago_id", "plan.charges.0.filters.0.lago_id"}) {
            assertThat(edit.text(id)).isEqualTo(before.text(id));
        }
    }

    @Test
    void nothingIsSeenWithAnotherOrganizationsKey(EmbeddedStack stack) {
        try (var other = RunningInvoicer.start(stack)) {
            for (var path : new String[] {
                "/plans/startup", "/billable_metrics/tokens", "/customers/acme", "/subscriptions/sub_acme"
            }) {
                assertThat(other.api().get(path).status()).as(path).isEqualTo(404);
            }
            assertThat(other.api().get("/customers").text("meta.total_count")).isEqualTo("0");
        }
    }

    @Test
    void aTestClockOnlyGoesForward() {
        var clock = api.create("/test_clocks", """
                {"test_clock": {"name": "march", "now": "2026-03-01T00:00:00Z"}}""");
        var path = "/test_clocks/" + clock.text("test_clock.lago_id");
        assertThat(clock.text("test_clock.status")).isEqualTo("ready");
        assertThat(api.create(path + "/advance", "{\"test_clock\": {\"now\": \"2026-04-01\"}}")
                        .text("test_clock.now"))
                .isEqualTo("2026-04-01T00:00:00Z");
        assertThat(api.post(path + "/advance", "{\"test_clock\": {\"now\": \"2026-03-01\"}}")
                        .text("error_details"))
                .isEqualTo("{now=[value_is_out_of_range]}");
    }

    private static String plan(String code, String moreCharges) {
        return """
                {"plan": {"name": "Plan", "code": "%s", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR", "pay_in_advance": false,
                 "charges": [{"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "0.002"},
                   "filters": [{"values": {"model": ["large"]}, "properties": {"amount": "0.01"}}]}%s]}}""".formatted(code, tokens, moreCharges);
    }
}
