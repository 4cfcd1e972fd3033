package io.millrace.invoicer.invoice;

import io.micronaut.data.model.Pageable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.catalog.BillableMetrics;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.organization.Caller;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a customer has used, in the period that goes on and in those that are billed.
@Controller("/api/v1/customers/{externalId}")
@ExecuteOn(TaskExecutors.BLOCKING)
class UsageController {
    private final CurrentUsage currentUsage;
    private final PastUsage pastUsage;
    private final Customers customers;
    private final BillableMetrics metrics;

    UsageController(CurrentUsage currentUsage, PastUsage pastUsage, Customers customers, BillableMetrics metrics) {
        this.currentUsage = currentUsage;
        this.pastUsage = pastUsage;
        this.customers = customers;
        this.metrics = metrics;
    }

    @Get("/current_usage")
    Map<String, Object> current(Caller caller, String externalId, HttpRequest<?> request) {
        var customer = customer(caller, externalId);
        var asked = Fields.ofParameters(request);
        if ("true".equals(asked.text("full_usage"))) asked.violated("full_usage", "feature_unavailable");
        var part = new CurrentUsage.Part(
                chargeId(asked), either(asked, "charge_code"), asked.text("billable_metric_code"), group(asked));
        asked.refuseViolations();
        var subscription = asked.text("external_subscription_id");
        if (subscription == null) throw new Refusal.NotAllowed("no_active_subscription");
        boolean taxed = !"false".equals(asked.text("apply_taxes"));
        return Map.of("customer_usage", currentUsage.of(caller.organizationId(), customer, subscription, part, taxed));
    }

    @Get("/past_usage")
    Map<String, Object> past(Caller caller, String externalId, HttpRequest<?> request) {
        var customer = customer(caller, externalId);
        var asked = Fields.ofParameters(request);
        var subscription = asked.requiredName("external_subscription_id");
        var metric = asked.text("billable_metric_code");
        long most = most(asked);
        asked.refuseViolations();
        if (metric != null) metrics.requireKnown(caller.organizationId(), metric);

        var page = Paging.of(request);
        long total = Math.min(most, pastUsage.count(customer, subscription));
        int onPage = (int) Math.clamp(total - page.getOffset(), 0, page.getSize());
        var shown = onPage == 0 ? List.of() : pastUsage.of(customer, subscription, metric, page.getOffset(), onPage);
        return Paging.answer("usage_periods", shown, Pageable.from(page.getNumber(), page.getSize()), total);
    }

    private Customer customer(Caller caller, String externalId) {
        return customers.find(caller.organizationId(), externalId).orElseThrow(() -> new Refusal.NotFound("customer"));
    }

    /// How many periods are asked for at most.
    private static long most(Fields asked) {
        var text = asked.text("periods_count");
        if (text == null) return Long.MAX_VALUE;
        if (text.matches("[0-9]{1,9}") && Integer.parseInt(text) > 0) return Integer.parseInt(text);
        asked.violated("periods_count", "value_is_invalid");
        return 0;
    }

    private static @Nullable UUID chargeId(Fields asked) {
        return asked.has("charge_id") ? asked.id("charge_id") : asked.id("filter_by_charge_id");
    }

    /// The parameter by its name of today, or by its older one.
    private static @Nullable String either(Fields asked, String name) {
        return asked.has(name) ? asked.text(name) : asked.text("filter_by_" + name);
    }

    /// Such as `group[cloud]=aws`, or by its older name.
    private static Map<String, String> group(Fields asked) {
        var group = new HashMap<>(asked.keyed("filter_by_group"));
        group.putAll(asked.keyed("group"));
        return group;
    }
}
