package io.millrace.invoicer.invoice;

import io.micronaut.data.model.Page;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.organization.Caller;
import java.util.List;
import java.util.Map;

@Controller("/api/v1/invoices")
@ExecuteOn(TaskExecutors.BLOCKING)
class InvoiceController {
    private static final String RESOURCE = "invoice";

    private final InvoiceRepository invoices;
    private final InvoiceObjects objects;
    private final Customers customers;

    InvoiceController(InvoiceRepository invoices, InvoiceObjects objects, Customers customers) {
        this.invoices = invoices;
        this.objects = objects;
        this.customers = customers;
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var asked = Paging.of(request);
        var organization = caller.organizationId();
        var externalCustomerId = request.getParameters().get("external_customer_id");
        var page = externalCustomerId == null
                ? invoices.findByOrganizationIdOrderByCreatedAtDesc(organization, asked)
                : customers
                        .find(organization, externalCustomerId)
                        .map(customer -> invoices.findByOrganizationIdAndCustomerIdOrderByCreatedAtDesc(
                                organization, customer.id(), asked))
                        .orElseGet(() -> Page.of(List.of(), asked, 0L));
        return Paging.answer("invoices", objects.brief(page.getContent()), asked, page.getTotalSize());
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        var invoice = Ids.parse(id)
                .flatMap(known -> invoices.findByOrganizationIdAndId(caller.organizationId(), known))
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
        return Map.of(RESOURCE, objects.whole(invoice));
    }
}
