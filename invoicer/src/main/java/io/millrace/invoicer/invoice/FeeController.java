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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

@Controller("/api/v1/fees")
@ExecuteOn(TaskExecutors.BLOCKING)
class FeeController {
    private static final String RESOURCE = "fee";

    private final FeeRepository fees;
    private final InvoiceRepository invoices;
    private final InvoiceObjects objects;
    private final Customers customers;

    FeeController(FeeRepository fees, InvoiceRepository invoices, InvoiceObjects objects, Customers customers) {
        this.fees = fees;
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
                ? fees.findByOrganizationIdOrderByCreatedAtDesc(organization, asked)
                : customers
                        .find(organization, externalCustomerId)
                        .map(customer -> fees.findByOrganizationIdAndCustomerIdOrderByCreatedAtDesc(
                                organization, customer.id(), asked))
                        .orElseGet(() -> Page.of(List.of(), asked, 0L));
        return Paging.answer("fees", shown(page.getContent()), asked, page.getTotalSize());
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        var fee = Ids.parse(id)
                .flatMap(known -> fees.findByOrganizationIdAndId(caller.organizationId(), known))
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
        return Map.of(RESOURCE, shown(List.of(fee)).getFirst());
    }

    private List<InvoiceObjects.FeeObject> shown(List<Fee> found) {
        var statuses = new HashMap<UUID, String>();
        for (var fee : found) {
            statuses.computeIfAbsent(
                    fee.invoiceId(), id -> invoices.findById(id).orElseThrow().paymentStatus());
        }
        return objects.feeObjects(found, statuses);
    }
}
