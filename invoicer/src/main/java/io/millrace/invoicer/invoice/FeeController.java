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
import io.millrace.invoicer.contract.Selection;
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
    private final Lists lists;

    FeeController(FeeRepository fees, InvoiceRepository invoices, InvoiceObjects objects, Lists lists) {
        this.fees = fees;
        this.invoices = invoices;
        this.objects = objects;
        this.lists = lists;
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var selection = Selection.of("fees", caller.organizationId());
        var externalCustomerId = Fields.ofParameters(request).text("external_customer_id");
        if (externalCustomerId != null) selection.ofCustomer(externalCustomerId);
        var listed = lists.list(Fee.class, selection, request);
        return listed.answer("fees", shown(listed.rows()));
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
