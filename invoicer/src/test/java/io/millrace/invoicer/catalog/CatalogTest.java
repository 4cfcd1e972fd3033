package io.millrace.invoicer.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.RunningInvoicer;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(MillraceStack.class)
class CatalogTest {
    private static EmbeddedStack stack;
    private static RunningInvoicer invoicer;
    private static RunningInvoicer other;
    private static ApiClient api;
    private static String tokens;

    @BeforeAll
    static void start(EmbeddedStack started) {
        stack = started;
        invoicer = RunningInvoicer.start(stack);
        other = RunningInvoicer.start(stack);
        api = invoicer.api();
        tokens = api.create("/billable_metrics", """
                {"billable_metric": {"name": "Tokens", "code": "tokens", "aggregation_type": "sum_agg", "field_name": "count",
                 "filters": [{"key": "model", "values": ["small", "large"]}]}}""").text("billable_metric.lago_id");
        api.create(
                "/taxes",
                "{\"tax\": {\"code\": \"vat\", \"name\": \"VAT\", \"rate\": \"20.0\", \"description\": \"d\"}}");
        api.create("/taxes", "{\"tax\": {\"code\": \"city\", \"name\": \"City\", \"rate\": 0.0000001}}");
        api.create("/add_ons", """
                {"add_on": {"code": "setup", "name": "Setup", "amount_cents": 50000, "amount_currency": "EUR", "tax_codes": ["city", "vat", "city"]}}""");
        api.create("/plans", plan("taken", ""));
    }

    @AfterAll
    static void stop() {
        other.close();
        invoicer.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        taxes   | tax    | "name": "T", "rate": "7.50"                                   | rate: 7.5       | "rate": "8"       | rate: 8
        add_ons | add_on | "name": "A", "amount_cents": 5, "amount_currency": "JPY"      | amount_cents: 5 | "amount_cents": 6 | amount_cents: 6
        """)
    void whatIsAddedCanBeReadChangedAndTakenAway(
            String plural, String name, String fields, String shown, String change, String changedTo) {
        var path = "/" + plural;
        var created = api.create(path, "{\"%s\": {\"code\": \"x y\", %s}}".formatted(name, fields));
        assertThat(created.body()).contains("\"" + shown.replace(": ", "\":"));
        assertThat(api.get(path + "/x%20y").body()).isEqualTo(created.body());
        var changed = api.put(path + "/x%20y", "{\"%s\": {\"code\": \"z\", %s}}".formatted(name, change));
        assertThat(changed.body()).contains("\"" + changedTo.replace(": ", "\":"));
        assertThat(changed.at(name + ".lago_id")).isEqualTo(created.at(name + ".lago_id"));
        assertThat(changed.at(name + ".name")).isEqualTo(created.at(name + ".name"));
        assertThat(api.get(path + "/x%20y").text("code")).isEqualTo(name + "_not_found");
        var list = api.get(path + "?per_page=1");
        assertThat(list.text(plural + ".0.code")).isEqualTo("z");
        assertThat(list.text("meta.next_page")).isEqualTo("2");

        var stranger = other.api();
        assertThat(stranger.get(path + "/z").status()).isEqualTo(404);
        assertThat(stranger.put(path + "/z", "{\"%s\": {\"name\": \"mine\"}}".formatted(name))
                        .status())
                .isEqualTo(404);
        assertThat(stranger.delete(path + "/z").status()).isEqualTo(404);
        assertThat(stranger.get(path).text("meta.total_count")).isEqualTo("0");

        assertThat(api.delete(path + "/z").body()).isEqualTo(changed.body());
        assertThat(api.delete(path + "/z").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        POST | /taxes        | {"tax": {}}                                                                | {code=[value_is_mandatory], name=[value_is_mandatory], rate=[value_is_mandatory]}
        POST | /taxes        | {"tax": {"code": "vat", "name": 1, "rate": "much", "applied_to_organization": "no"}} | {name=[invalid_format], rate=[invalid_format], applied_to_organization=[invalid_format], code=[value_already_exist]}
        POST | /taxes        | {"tax": {"code": "t", "name": "T", "rate": -1}}                            | {rate=[value_is_out_of_range]}
        POST | /taxes        | {"tax": {"code": "t", "name": "T", "rate": "1e99"}}                        | {rate=[value_is_out_of_range]}
        PUT  | /taxes/vat    | {"tax": {"code": "city", "rate": null}}                                    | {rate=[value_is_mandatory], code=[value_already_exist]}
        POST | /add_ons      | {"add_on": {"code": "setup"}}                                              | {name=[value_is_mandatory], amount_cents=[value_is_mandatory], amount_currency=[value_is_mandatory], code=[value_already_exist]}
        PUT  | /add_ons/setup | {"add_on": {"amount_cents": -1, "amount_currency": "EUX"}}                | {amount_cents=[value_is_out_of_range], amount_currency=[value_is_invalid]}
        POST | /billable_metrics | {"billable_metric": {"code": "m", "name": "M", "aggregation_type": "sum_agg", "field_name": "v", "expression": "1 +"}} | {expression=[invalid_expression]}
        POST | /billable_metrics | {"billable_metric": {"code": "m", "name": "M", "aggregation_type": "count_agg", "expression": "1 + 1"}} | {expression=[not_compatible_with_aggregation_type]}
        PUT  | /billable_metrics/tokens | {"billable_metric": {"aggregation_type": "max_agg", "recurring": true}} | {recurring=[not_compatible_with_aggregation_type, feature_unavailable], aggregation_type=[feature_unavailable]}
        PUT  | /plans/taken  | {"plan": {"minimum_commitment": {"amount_cents": 0}}}                      | {minimum_commitment.amount_cents=[value_is_out_of_range]}
        PUT  | /plans/taken  | {"plan": {"minimum_commitment": {"invoice_display_name": 3}, "pay_in_advance": true}} | {pay_in_advance=[value_is_invalid], minimum_commitment.amount_cents=[value_is_mandatory], minimum_commitment.invoice_display_name=[invalid_format], minimum_commitment=[feature_unavailable]}
        POST | /plans/taken/charges | {"charge": {"code": "tokens", "charge_model": "standard", "properties": {}}} | {billable_metric_id=[value_is_mandatory], properties.amount=[invalid_amount]}
        PUT  | /plans/taken/charges/tokens | {"charge": {"code": "other", "min_amount_cents": 1, "pay_in_advance": true}} | {code=[value_is_invalid], min_amount_cents=[not_compatible_with_pay_in_advance]}
        PUT  | /plans/taken/charges/tokens | {"charge": {"charge_model": "package"}}                     | {properties.package_size=[invalid_package_size], properties.free_units=[invalid_free_units]}
        PUT  | /plans/taken/charges/tokens | {"charge": {"pay_in_advance": true, "invoiceable": false, "regroup_paid_fees": "invoice"}} | {regroup_paid_fees=[feature_unavailable]}
        POST | /plans/taken/charges/tokens/filters | {"filter": {"values": {"model": ["huge"]}, "properties": {"amount": "-1"}}} | {properties.amount=[invalid_amount], values=[value_is_invalid]}
        """)
    void everyViolationIsAnsweredAtOnce(String method, String path, String body, String details) {
        var answer = api.send(method, path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(answer.text("error_details")).isEqualTo(details);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        POST | /plans                         | {"plan": {"code": "p", "name": "P", "tax_codes": ["vat", "nope"]}} | tax
        PUT  | /plans/taken                   | {"plan": {"minimum_commitment": {"tax_codes": ["nope"]}}}         | tax
        POST | /customers                     | {"customer": {"external_id": "c", "tax_codes": ["nope"]}}         | tax
        POST | /add_ons                       | {"add_on": {"tax_codes": ["nope"]}}                               | tax
        PUT  | /plans/taken/charges/tokens    | {"charge": {"tax_codes": ["nope"]}}                               | tax
        PUT  | /plans/taken/charges/nope      | {"charge": {}}                                                    | charge
        GET  | /plans/taken/charges/nope      |                                                                   | charge
        GET  | /plans/nope/charges            |                                                                   | plan
        POST | /plans/taken/charges           | {"charge": {"billable_metric_id": "1a901a90-1a90-1a90-1a90-1a901a901a90"}} | billable_metrics
        GET  | /plans/taken/charges/tokens/filters/nope |                                                         | charge_filter
        """)
    void whatIsNotThereIsNotFound(String method, String path, String body, String what) {
        var answer = api.send(method, path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(404);
        assertThat(answer.text("code")).isEqualTo(what + "_not_found");
    }

    @Test
    void taxesAreShownWhereTheyAreNamed() {
        assertThat(taxes(api.get("/add_ons/setup"), "add_on")).containsExactly("city 1E-7", "vat 20");
        var customer =
                api.create("/customers", "{\"customer\": {\"external_id\": \"taxed\", \"tax_codes\": [\"vat\"]}}");
        assertThat(taxes(customer, "customer")).containsExactly("vat 20");
        api.create("/customers", "{\"customer\": {\"external_id\": \"taxed\", \"name\": \"T\"}}");
        assertThat(taxes(api.get("/customers/taxed"), "customer")).containsExactly("vat 20");
        api.create("/customers", "{\"customer\": {\"external_id\": \"taxed\", \"tax_codes\": []}}");
        assertThat(taxes(api.get("/customers/taxed"), "customer")).isEmpty();

        var plan = api.create("/plans", plan("taxed", """
                , "tax_codes": ["vat"], "minimum_commitment": {"amount_cents": 1000, "tax_codes": ["city"], "invoice_display_name": "Least"}"""));
        assertThat(taxes(plan, "plan")).containsExactly("vat 20");
        assertThat(taxes(plan, "plan.minimum_commitment")).containsExactly("city 1E-7");
        assertThat(taxes(plan, "plan.charges.0")).isEmpty();
        assertThat(api.get("/plans/taxed").body()).isEqualTo(plan.body());
        // A commitment stays until it is taken away, and is the same one again.
        var changed = api.put("/plans/taxed", "{\"plan\": {\"name\": \"N\", \"tax_codes\": [\"city\"]}}");
        assertThat(taxes(changed, "plan")).containsExactly("city 1E-7");
        assertThat(changed.at("plan.minimum_commitment")).isEqualTo(plan.at("plan.minimum_commitment"));
        assertThat(api.put("/plans/taxed", "{\"plan\": {\"minimum_commitment\": null}}")
                        .at("plan.minimum_commitment"))
                .isNull();
        assertThat(api.put("/plans/taxed", "{\"plan\": {\"minimum_commitment\": {\"amount_cents\": 7}}}")
                        .at("plan.minimum_commitment.lago_id"))
                .isEqualTo(plan.at("plan.minimum_commitment.lago_id"));
        // What is charged in advance is on no invoice that could be trued up.
        assertThat(api.post("/plans/taxed/charges", charge("\"pay_in_advance\": true"))
                        .text("error_details"))
                .isEqualTo("{minimum_commitment=[feature_unavailable]}");
    }

    @Test
    void aChargeIsAddedChangedAndRemovedByItself() throws SQLException {
        var plan = api.create("/plans", plan("single", "")).text("plan.lago_id");
        var added = api.create("/plans/single/charges", charge("\"invoice_display_name\": \"Second\""));
        assertThat(added.text("charge.code")).isEqualTo("tokens_2");
        var path = "/plans/single/charges/tokens_2";
        var changed = api.put(path, """
                {"charge": {"min_amount_cents": 500, "tax_codes": ["vat"], "properties": {"amount": "3"}, "cascade_updates": true}}""");
        assertThat(changed.text("charge.lago_id")).as(changed.body()).isEqualTo(added.text("charge.lago_id"));
        assertThat(changed.text("charge.min_amount_cents")).isEqualTo("500");
        assertThat(changed.text("charge.properties.amount")).isEqualTo("3");
        assertThat(changed.text("charge.invoice_display_name")).isEqualTo("Second");
        assertThat(taxes(changed, "charge")).containsExactly("vat 20");
        assertThat(api.get(path).body()).isEqualTo(changed.body());
        assertThat(api.get("/plans/single").at("plan.charges.1")).isEqualTo(changed.at("charge"));
        var list = api.get("/plans/single/charges?per_page=1&page=2");
        assertThat(list.text("charges.0.code")).isEqualTo("tokens_2");
        assertThat(list.text("meta.total_pages")).isEqualTo("2");
        assertThat(api.get("/plans/single/charges?page=3").at("charges")).isEqualTo(List.of());

        int revisions = revisions(plan);
        api.put(path, "{\"charge\": {\"properties\": {\"amount\": \"3\"}}}");
        assertThat(revisions(plan)).as("nothing has changed").isEqualTo(revisions);
        assertThat(api.delete(path).body()).isEqualTo(changed.body());
        assertThat(api.get("/plans/single").at("plan.charges.1")).isNull();
        assertThat(revisions(plan)).isEqualTo(revisions + 1);
        // The same code and metric, the same charge.
        assertThat(api.create("/plans/single/charges", charge("\"code\": \"tokens_2\""))
                        .text("charge.lago_id"))
                .isEqualTo(added.text("charge.lago_id"));
    }

    @Test
    void aFilterIsAddedChangedAndRemovedByItself() {
        api.create("/plans", plan("filtered", ""));
        var path = "/plans/filtered/charges/tokens/filters";
        var body =
                "{\"filter\": {\"values\": {\"model\": [\"small\", \"large\"]}, \"properties\": {\"amount\": \"2\"}}}";
        var added = api.create(path, body);
        assertThat(added.text("filter.charge_code")).isEqualTo("tokens");
        assertThat(api.post(path, body).text("error_details")).isEqualTo("{values=[value_already_exist]}");
        var one = path + "/" + added.text("filter.lago_id");
        var changed = api.put(one, """
                {"filter": {"invoice_display_name": "All", "properties": {"amount": "4"}, "values": {"model": ["large", "small"]}}}""");
        assertThat(changed.text("filter.lago_id")).as(changed.body()).isEqualTo(added.text("filter.lago_id"));
        assertThat(changed.text("filter.properties.amount")).isEqualTo("4");
        assertThat(changed.text("filter.invoice_display_name")).isEqualTo("All");
        assertThat(api.get(one).body()).isEqualTo(changed.body());
        assertThat(api.put(one, "{\"filter\": {\"values\": {\"model\": [\"small\"]}}}")
                        .text("error_details"))
                .as("another filter")
                .isEqualTo("{values=[feature_unavailable]}");
        assertThat(api.get(path).text("filters.1.lago_id")).isEqualTo(added.text("filter.lago_id"));
        assertThat(api.get(path).text("meta.total_count")).isEqualTo("2");
        assertThat(api.delete(one).body()).isEqualTo(changed.body());
        assertThat(api.get(one).status()).isEqualTo(404);
        assertThat(api.create(path, body).text("filter.lago_id")).isEqualTo(added.text("filter.lago_id"));
        // Its price has to be one of the charge's model.
        assertThat(api.put("/plans/filtered/charges/tokens", """
                {"charge": {"charge_model": "package", "properties": {"amount": "1", "package_size": 2, "free_units": 0}}}""").text("error_details"))
                .contains("properties.package_size");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        {"expression": "round((event.properties.ended - event.properties.started) * units, 2)", "event": {"code": "m"}} | {expression=[invalid_expression]}
        {"event": {}}                                                                                     | {expression=[value_is_mandatory]}
        {"expression": "1 + 1"}                                                                           | {event=[value_is_mandatory]}
        {"expression": "event.properties.a / event.properties.b", "event": {"properties": {"a": 1, "b": 0}}} | {event=[invalid_event]}
        {"expression": "event.properties.a", "event": {"properties": {}, "timestamp": "soon"}}             | {event.timestamp=[invalid_format]}
        {"expression": "event.properties.a * 2", "event": {"properties": {"a": 0.10}}}                     | 0.2
        {"expression": "concat(event.code, '-', event.properties.id)", "event": {"code": "m", "properties": {"id": "007"}}} | m-007
        {"expression": "event.timestamp + 1", "event": {"timestamp": "1651240791"}}                        | 1651240792
        {"expression": "ceil(1 / 3)", "event": {}}                                                         | 1
        """)
    void anExpressionCanBeTried(String body, String result) {
        var answer = api.post("/billable_metrics/evaluate_expression", body);
        assertThat(answer.status() == 200 ? answer.text("expression_result.value") : answer.text("error_details"))
                .as(answer.body())
                .isEqualTo(result);
    }

    @Test
    void whoListensHearsOfChangesOfTheCatalogue() throws SQLException {
        api.create("/webhook_endpoints", """
                {"webhook_endpoint": {"webhook_url": "http://localhost:1/", "signature_algo": "hmac", "event_types": [
                 "plan.created", "plan.updated", "plan.deleted", "billable_metric.created", "billable_metric.updated", "billable_metric.deleted"]}}""");
        api.create("/billable_metrics", """
                {"billable_metric": {"name": "S", "code": "seats", "aggregation_type": "sum_agg", "field_name": "v",
                 "expression": "event.properties.a * 2", "rounding_function": "ceil", "rounding_precision": 0}}""");
        api.put("/billable_metrics/seats", "{\"billable_metric\": {\"expression\": null}}");
        api.delete("/billable_metrics/seats");
        api.create("/plans", plan("heard", ""));
        api.put("/plans/heard", "{\"plan\": {\"amount_cents\": 5}}");
        api.put("/plans/heard/charges/tokens", "{\"charge\": {\"min_amount_cents\": 9}}");
        api.delete("/plans/heard");
        assertThat(heard())
                .containsExactly(
                        "billable_metric.created seats event.properties.a * 2",
                        "billable_metric.updated seats null",
                        "billable_metric.deleted seats null",
                        "plan.created heard 0 0",
                        "plan.updated heard 5 0",
                        "plan.updated heard 5 9",
                        "plan.deleted heard 5 9");
    }

    private static List<String> heard() throws SQLException {
        var heard = new ArrayList<String>();
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var rows = connection
                        .createStatement()
                        .executeQuery("select payload from webhooks where organization_id = '%s' order by created_at"
                                .formatted(invoicer.organization()))) {
            while (rows.next()) {
                var told = new Answer(200, rows.getString(1));
                var type = told.text("webhook_type");
                heard.add(
                        told.text("object_type").equals("plan")
                                ? "%s %s %s %s"
                                        .formatted(
                                                type,
                                                told.text("plan.code"),
                                                told.text("plan.amount_cents"),
                                                told.text("plan.charges.0.min_amount_cents"))
                                : "%s %s %s"
                                        .formatted(
                                                type,
                                                told.text("billable_metric.code"),
                                                told.text("billable_metric.expression")));
            }
        }
        return heard;
    }

    private static int revisions(String plan) throws SQLException {
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var statement = connection.prepareStatement("select count(*) from plan_revisions where plan_id = ?")) {
            statement.setObject(1, UUID.fromString(plan));
            var row = statement.executeQuery();
            row.next();
            return row.getInt(1);
        }
    }

    private static List<String> taxes(Answer answer, String path) {
        var taxes = new ArrayList<String>();
        for (int i = 0; answer.at("%s.taxes.%d".formatted(path, i)) != null; i++) {
            taxes.add("%s %s"
                    .formatted(
                            answer.text("%s.taxes.%d.code".formatted(path, i)),
                            answer.text("%s.taxes.%d.rate".formatted(path, i))));
        }
        return taxes;
    }

    private static String charge(String more) {
        return """
                {"charge": {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "1"}, %s}}""".formatted(tokens, more);
    }

    private static String plan(String code, String more) {
        return """
                {"plan": {"name": "Plan", "code": "%s", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"%s,
                 "charges": [{"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "0.002"},
                   "filters": [{"values": {"model": ["large"]}, "properties": {"amount": "0.01"}}]}]}}""".formatted(code, more, tokens);
    }
}
