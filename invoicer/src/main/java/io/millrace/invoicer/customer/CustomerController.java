package io.millrace.invoicer.customer;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.tax.Taxes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/customers")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class CustomerController {
    private final Customers customers;
    private final Taxes taxes;

    CustomerController(Customers customers, Taxes taxes) {
        this.customers = customers;
        this.taxes = taxes;
    }

    @Post
    Map<String, Object> upsert(Caller caller, @Body byte @Nullable [] body) {
        return shown(customers.upsert(caller.organizationId(), Fields.of(body, Customers.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var known = taxes.of(caller.organizationId());
        var listed = customers.list(caller.organizationId(), request);
        return listed.answer(
                "customers",
                listed.rows().stream()
                        .map(customer -> CustomerObject.of(customer, known))
                        .toList());
    }

    @Get("/{externalId}")
    Map<String, Object> get(Caller caller, String externalId) {
        return shown(customers
                .find(caller.organizationId(), externalId)
                .orElseThrow(() -> new Refusal.NotFound(Customers.RESOURCE)));
    }

    private Map<String, Object> shown(Customer customer) {
        return Map.of(Customers.RESOURCE, customers.shown(customer));
    }
}
