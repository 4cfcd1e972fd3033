package io.millrace.invoicer.invoice;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Lists;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.organization.Caller;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/invoices")
@ExecuteOn(TaskExecutors.BLOCKING)
class InvoiceController {
    private static final String RESOURCE = "invoice";

    private final InvoiceRepository invoices;
    private final InvoiceObjects objects;
    private final Lists lists;

    InvoiceController(InvoiceRepository invoices, InvoiceObjects objects, Lists lists) {
        this.invoices = invoices;
        this.objects = objects;
        this.lists = lists;
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        return list(caller, Fields.ofParameters(request).text("external_customer_id"), request);
    }

    /// @param externalCustomerId null for all customers'
    Map<String, Object> list(Caller caller, @Nullable String externalCustomerId, HttpRequest<?> request) {
        var selection = InvoiceFilters.selection(caller.organizationId(), request);
        if (externalCustomerId != null) selection.ofCustomer(externalCustomerId);
        var listed = lists.list(Invoice.class, selection, request);
        return listed.answer("invoices", objects.brief(caller.organizationId(), listed.rows()));
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        var invoice = Ids.parse(id)
                .flatMap(known -> invoices.findByOrganizationIdAndId(caller.organizationId(), known))
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
        return Map.of(RESOURCE, objects.whole(invoice));
    }
}
