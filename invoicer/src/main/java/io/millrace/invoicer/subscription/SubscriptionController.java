package io.millrace.invoicer.subscription;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.organization.Caller;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/subscriptions")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class SubscriptionController {
    private static final List<String> IN_FORCE = List.of(Subscription.ACTIVE, Subscription.PENDING);
    private static final List<String> CREDIT_NOTES = List.of("credit", "refund", "offset", Subscription.SKIP);

    private final Subscriptions subscriptions;
    private final SubscriptionObjects objects;

    SubscriptionController(Subscriptions subscriptions, SubscriptionObjects objects) {
        this.subscriptions = subscriptions;
        this.objects = objects;
    }

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(subscriptions.create(caller.organizationId(), Fields.of(body, Subscriptions.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        return list(caller, Fields.ofParameters(request).text("external_customer_id"), request);
    }

    /// @param externalCustomerId null for all customers'
    Map<String, Object> list(Caller caller, @Nullable String externalCustomerId, HttpRequest<?> request) {
        var statuses = new HashSet<>(Fields.ofParameters(request).listed("status"));
        statuses.retainAll(Subscriptions.STATUSES);
        if (statuses.isEmpty()) statuses.add(Subscription.ACTIVE);
        var listed = subscriptions.list(caller.organizationId(), externalCustomerId, statuses, request);
        return listed.answer("subscriptions", objects.of(listed.rows()));
    }

    @Get("/{externalId}")
    Map<String, Object> get(Caller caller, String externalId, HttpRequest<?> request) {
        return shown(subscriptions.find(
                caller.organizationId(),
                externalId,
                parameter(request, "status", Subscription.ACTIVE, Subscriptions.STATUSES)));
    }

    @Put("/{externalId}")
    Map<String, Object> update(Caller caller, String externalId, HttpRequest<?> request, @Body byte @Nullable [] body) {
        var fields = Fields.of(body, Subscriptions.RESOURCE);
        // The contract has it beside the subscription, and in the address.
        var beside = Objects.requireNonNullElse(Fields.of(body).text("status"), Subscription.ACTIVE);
        var status = parameter(request, "status", beside, IN_FORCE);
        return shown(subscriptions.update(caller.organizationId(), externalId, status, fields));
    }

    @Delete("/{externalId}")
    Map<String, Object> terminate(Caller caller, String externalId, HttpRequest<?> request) {
        return shown(subscriptions.terminate(
                caller.organizationId(),
                externalId,
                parameter(request, "status", Subscription.ACTIVE, IN_FORCE),
                parameter(
                        request,
                        "on_termination_invoice",
                        Subscription.GENERATE,
                        List.of(Subscription.GENERATE, Subscription.SKIP)),
                parameter(request, "on_termination_credit_note", "credit", CREDIT_NOTES)));
    }

    private static String parameter(HttpRequest<?> request, String name, String otherwise, Collection<String> allowed) {
        var value = Objects.requireNonNullElse(Fields.ofParameters(request).text(name), otherwise);
        if (!allowed.contains(value)) throw new Refusal.Invalid(name, "invalid_value");
        return value;
    }

    private Map<String, Object> shown(Subscription subscription) {
        return Map.of(Subscriptions.RESOURCE, objects.of(subscription));
    }
}
