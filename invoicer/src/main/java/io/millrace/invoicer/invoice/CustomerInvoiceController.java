package io.millrace.invoicer.invoice;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.organization.Caller;
import java.util.Map;

/// A customer's invoices.
@Controller("/api/v1/customers/{externalCustomerId}/invoices")
@ExecuteOn(TaskExecutors.BLOCKING)
class CustomerInvoiceController {
    private final InvoiceController all;
    private final Customers customers;

    CustomerInvoiceController(InvoiceController all, Customers customers) {
        this.all = all;
        this.customers = customers;
    }

    @Get
    Map<String, Object> list(Caller caller, String externalCustomerId, HttpRequest<?> request) {
        if (customers.find(caller.organizationId(), externalCustomerId).isEmpty()) {
            throw new Refusal.NotFound("customer");
        }
        return all.list(caller, externalCustomerId, request);
    }
}
