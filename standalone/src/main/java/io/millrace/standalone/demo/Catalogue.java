package io.millrace.standalone.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.standalone.Api;
import io.millrace.standalone.demo.PriceList.Charge;
import io.millrace.standalone.demo.PriceList.Customer;
import io.millrace.standalone.demo.PriceList.Metric;
import io.millrace.standalone.demo.PriceList.Plan;
import io.millrace.standalone.demo.PriceList.Price;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A price list entered through the API, as a vendor's back office would.
final class Catalogue {
    private final Api api;
    private final Map<String, String> metricIds = new HashMap<>();

    Catalogue(Api api) {
        this.api = api;
    }

    /// Metrics and plans.
    void sell(PriceList prices) throws IOException, InterruptedException {
        for (var metric : prices.metrics()) {
            var answer = api.post("/billable_metrics", Api.object().set("billable_metric", json(metric)));
            metricIds.put(
                    metric.code(),
                    answer.path("billable_metric").path("lago_id").asText());
        }
        for (var plan : prices.plans()) api.post("/plans", Api.object().set("plan", json(plan)));
    }

    /// @param testClockId the clock that the customers' billing goes by
    void add(List<Customer> customers, String testClockId) throws IOException, InterruptedException {
        Api.together(customers.stream()
                .<Api.Request<JsonNode>>map(customer -> () -> {
                    var zone = customer.zone().getId();
                    var json = Api.object()
                            .put("external_id", customer.externalId())
                            .put("name", customer.name())
                            .put("timezone", zone.equals("Z") ? "UTC" : zone)
                            .put("test_clock_id", testClockId);
                    return api.post("/customers", Api.object().set("customer", json));
                })
                .toList());
    }

    /// Subscribes customers whose subscriptions start late, or the others.
    void subscribe(PriceList prices, boolean startsLate) throws IOException, InterruptedException {
        Api.together(prices.agreements().values().stream()
                .filter(agreement -> agreement.subscription().startsLate() == startsLate)
                .<Api.Request<JsonNode>>map(agreement -> () -> {
                    var subscription = agreement.subscription();
                    var json = Api.object()
                            .put("external_customer_id", agreement.customer().externalId())
                            .put("external_id", subscription.externalId())
                            .put("plan_code", subscription.plan())
                            .put("billing_time", "calendar")
                            .put("subscription_at", subscription.startedAt().toString());
                    return api.post("/subscriptions", Api.object().set("subscription", json));
                })
                .toList());
    }

    private static JsonNode json(Metric metric) {
        var json = Api.object()
                .put("name", metric.name())
                .put("code", metric.code())
                .put("aggregation_type", metric.aggregation());
        if (metric.field() != null) json.put("field_name", metric.field());
        if (!metric.models().isEmpty()) {
            var filter = json.putArray("filters").addObject().put("key", "model");
            metric.models().forEach(filter.putArray("values")::add);
        }
        return json;
    }

    private JsonNode json(Plan plan) {
        var json = Api.object()
                .put("name", plan.code().replace('_', ' '))
                .put("code", plan.code())
                .put("interval", "monthly")
                .put("amount_cents", plan.amountCents())
                .put("amount_currency", plan.currency())
                .put("pay_in_advance", false);
        var charges = json.putArray("charges");
        for (var charge : plan.charges()) charges.add(json(charge));
        return json;
    }

    private JsonNode json(Charge charge) {
        // One model for the whole charge; the price of a filter has its properties.
        boolean standard = charge.otherwise().isStandard()
                && charge.byModel().values().stream().allMatch(Price::isStandard);
        var json = Api.object()
                .put("billable_metric_id", metricIds.get(charge.metric()))
                .put("charge_model", standard ? "standard" : "graduated");
        json.set("properties", properties(charge.otherwise(), standard));
        var filters = json.putArray("filters");
        charge.byModel().forEach((model, price) -> {
            var filter = filters.addObject();
            filter.putObject("values").putArray("model").add(model);
            filter.set("properties", properties(price, standard));
        });
        return json;
    }

    private static ObjectNode properties(Price price, boolean standard) {
        if (standard) {
            return Api.object().put("amount", price.tiers().getFirst().perUnit().toPlainString());
        }
        var json = Api.object();
        var ranges = json.putArray("graduated_ranges");
        long from = 0;
        for (var tier : price.tiers()) {
            ranges.addObject()
                    .put("from_value", from)
                    .put("to_value", tier.upTo())
                    .put("per_unit_amount", tier.perUnit().toPlainString())
                    .put("flat_amount", tier.flat().toPlainString());
            from = tier.upTo() == null ? 0 : tier.upTo();
        }
        return json;
    }
}
