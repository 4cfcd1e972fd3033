package io.millrace.invoicer;

import static org.awaitility.Awaitility.await;

import io.millrace.invoicer.usage.ClickHouse;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/// An organization with one real object of each resource, all of which bear its name in what they are named by.
///
/// @param ids how an object is addressed, by its word, such as `plan` or `invoice`
record Seller(ApiClient api, String name, Map<String, String> ids) {
    static Seller open(RunningInvoicer invoicer, UUID organization, ApiClient api, String name) throws SQLException {
        var seller = new Seller(api, name, new HashMap<>());
        seller.ids.put("organization", organization.toString());
        seller.sell();
        seller.bill();
        seller.ids.put("event", name + "_event");
        seller.ids.put("dead_letter", "7-" + Math.abs(name.hashCode()));
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(seller.filled("""
                    insert into events_raw_intake (organization_id, external_subscription_id, transaction_id, code, timestamp, source, kafka_partition, kafka_offset, kafka_timestamp)
                    values ('%s', '$subscription', '$event', '$billable_metric', '2026-03-15 12:00:00', 'http', 0, 1, '2026-03-15 12:00:00')""".formatted(organization)));
            statement.execute(seller.filled("""
                    insert into events_dead_letter (organization_id, external_subscription_id, transaction_id, code, timestamp, stage, reason, message, origin_topic, raw_partition, raw_offset, ingested_at, dead_lettered_at)
                    values ('%s', '$subscription', '$event', '$billable_metric', '2026-03-15 12:00:00', 'enricher', 'metric_not_found', 'a sentence', 'events_raw', 7, %d, '2026-03-15 12:00:00', '2026-03-15 12:00:00')""".formatted(organization, Math.abs(name.hashCode()))));
        }
        return seller;
    }

    /// The text with the seller's objects in place of words such as `$plan`; `$_` is its name.
    String filled(String text) {
        // Longer words first: one may begin with another.
        var words = new TreeMap<String, String>(
                (one, other) -> one.length() == other.length() ? one.compareTo(other) : other.length() - one.length());
        words.putAll(ids);
        words.put("_", name);
        for (var word : words.entrySet()) text = text.replace("$" + word.getKey(), word.getValue());
        return text;
    }

    private void sell() {
        make("test_clock", "/test_clocks", "{'test_clock': {'name': '$_', 'now': '2026-03-10'}}", "lago_id");
        make("billable_metric", "/billable_metrics", """
                {'billable_metric': {'name': '$_', 'code': '$__metric', 'aggregation_type': 'sum_agg', 'field_name': 'n',
                 'filters': [{'key': 'model', 'values': ['$_']}]}}""", "code");
        ids.put(
                "metric_id",
                api.get(filled("/billable_metrics/$billable_metric")).text("billable_metric.lago_id"));
        make("plan", "/plans", """
                {'plan': {'name': '$_', 'code': '$__plan', 'interval': 'monthly', 'amount_cents': 100, 'amount_currency': 'EUR', 'charges': [
                  {'billable_metric_id': '$metric_id', 'charge_model': 'standard', 'properties': {'amount': '1'},
                   'filters': [{'values': {'model': ['$_']}, 'properties': {'amount': '2'}}]}]}}""", "code");
        var plan = api.get(filled("/plans/$plan"));
        ids.put("charge_id", plan.text("plan.charges.0.lago_id"));
        ids.put("charge_code", plan.text("plan.charges.0.code"));
        ids.put("filter", plan.text("plan.charges.0.filters.0.lago_id"));
        make("tax", "/taxes", "{'tax': {'name': '$_', 'code': '$__tax', 'rate': '20'}}", "code");
        make(
                "add_on",
                "/add_ons",
                "{'add_on': {'name': '$_', 'code': '$__add_on', 'amount_cents': 1, 'amount_currency': 'EUR'}}",
                "code");
        make(
                "customer",
                "/customers",
                "{'customer': {'external_id': '$__customer', 'name': '$_', 'test_clock_id': '$test_clock'}}",
                "external_id");
        make("subscription", "/subscriptions", """
                {'subscription': {'external_customer_id': '$customer', 'external_id': '$__subscription', 'name': '$_',
                 'plan_code': '$plan', 'subscription_at': '2026-03-01T00:00:00Z'}}""", "external_id");
    }

    private void bill() {
        api.create(
                filled("/test_clocks/$test_clock/advance"),
                filled("{\"test_clock\": {\"now\": \"2026-04-01T00:00:00Z\"}}"));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> api.get("/invoices").text("meta.total_count").equals("1")
                        && api.get(filled("/test_clocks/$test_clock"))
                                .text("test_clock.status")
                                .equals("ready"));
        ids.put("invoice", api.get("/invoices").text("invoices.0.lago_id"));
        ids.put("fee", api.get("/fees").text("fees.0.lago_id"));
        make("api_key", "/api_keys", "{'api_key': {'name': '$_'}}", "lago_id");
        // After the invoice: nobody is to be told of it while others look at what changes.
        make("webhook_endpoint", "/webhook_endpoints", """
                {'webhook_endpoint': {'webhook_url': 'http://localhost:9/$_', 'signature_algo': 'hmac'}}""", "lago_id");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> api.get("/activity_logs?activity_types[]=webhook_endpoint.created")
                        .text("meta.total_count")
                        .equals("1"));
        ids.put("activity_log", api.get("/activity_logs").text("activity_logs.0.activity_id"));
        ids.put("api_log", api.get("/api_logs").text("api_logs.0.request_id"));
    }

    private void make(String word, String path, String body, String address) {
        var made = api.create(path, filled(body).replace('\'', '"'));
        ids.put(word, made.text(word + "." + address));
    }
}
