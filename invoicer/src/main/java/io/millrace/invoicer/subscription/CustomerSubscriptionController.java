package io.millrace.invoicer.subscription;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.organization.Caller;
import java.util.Map;

/// A customer's subscriptions, and its deletion, which ends them.
@Controller("/api/v1/customers/{externalCustomerId}")
@ExecuteOn(TaskExecutors.BLOCKING)
class CustomerSubscriptionController {
    private static final String CUSTOMER = "customer";

    private final Subscriptions subscriptions;
    private final SubscriptionController all;
    private final Customers customers;

    CustomerSubscriptionController(Subscriptions subscriptions, SubscriptionController all, Customers customers) {
        this.subscriptions = subscriptions;
        this.all = all;
        this.customers = customers;
    }

    @Get("/subscriptions")
    Map<String, Object> list(Caller caller, String externalCustomerId, HttpRequest<?> request) {
        if (customers.find(caller.organizationId(), externalCustomerId).isEmpty()) throw new Refusal.NotFound(CUSTOMER);
        return all.list(caller, externalCustomerId, request);
    }

    @Delete
    Map<String, Object> delete(Caller caller, String externalCustomerId) {
        var deleted = subscriptions.deleteCustomer(caller.organizationId(), externalCustomerId);
        return Map.of(CUSTOMER, customers.shown(deleted));
    }
}
