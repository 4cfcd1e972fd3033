package io.millrace.invoicer.subscription;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.catalog.Plans;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.organization.Caller;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/subscriptions")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class SubscriptionController {
    private final Subscriptions subscriptions;
    private final Customers customers;
    private final Plans plans;

    SubscriptionController(Subscriptions subscriptions, Customers customers, Plans plans) {
        this.subscriptions = subscriptions;
        this.customers = customers;
        this.plans = plans;
    }

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(subscriptions.create(caller.organizationId(), Fields.of(body, Subscriptions.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        return list(caller, request.getParameters().get("external_customer_id"), request);
    }

    /// @param externalCustomerId null for all customers'
    Map<String, Object> list(Caller caller, @Nullable String externalCustomerId, HttpRequest<?> request) {
        var statuses = new ArrayList<>(request.getParameters().getAll("status[]"));
        statuses.addAll(request.getParameters().getAll("status"));
        statuses.retainAll(Subscriptions.STATUSES);
        if (statuses.isEmpty()) statuses.add(Subscription.ACTIVE);
        var listed = subscriptions.list(caller.organizationId(), externalCustomerId, Set.copyOf(statuses), request);
        return listed.answer("subscriptions", objects(listed.rows()));
    }

    @Get("/{externalId}")
    Map<String, Object> get(Caller caller, String externalId, HttpRequest<?> request) {
        return shown(subscriptions.find(
                caller.organizationId(),
                externalId,
                parameter(request, "status", Subscription.ACTIVE, Subscriptions.STATUSES)));
    }

    @Delete("/{externalId}")
    Map<String, Object> terminate(Caller caller, String externalId, HttpRequest<?> request) {
        return shown(subscriptions.terminate(
                caller.organizationId(),
                externalId,
                parameter(request, "status", Subscription.ACTIVE, List.of(Subscription.ACTIVE, Subscription.PENDING)),
                parameter(request, "on_termination_invoice", "generate", List.of("generate", "skip"))));
    }

    private static String parameter(HttpRequest<?> request, String name, String otherwise, Collection<String> allowed) {
        var value = request.getParameters().get(name, String.class, otherwise);
        if (!allowed.contains(value)) throw new Refusal.Invalid(name, "invalid_value");
        return value;
    }

    private Map<String, Object> shown(Subscription subscription) {
        return Map.of(Subscriptions.RESOURCE, objects(List.of(subscription)).getFirst());
    }

    private List<SubscriptionObject> objects(List<Subscription> found) {
        var histories = plans.histories(
                found.stream().map(Subscription::planId).distinct().toList());
        var owners = customers.byId(
                found.stream().map(Subscription::customerId).distinct().toList());
        var objects = new ArrayList<SubscriptionObject>();
        for (var subscription : found) {
            var plan = histories.get(subscription.planId());
            var customer = owners.get(subscription.customerId());
            if (plan == null || customer == null) throw new IllegalStateException("a subscription has both");
            objects.add(SubscriptionObject.of(subscription, plan, customer, customers.now(customer)));
        }
        return objects;
    }
}
