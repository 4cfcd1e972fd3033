package io.millrace.invoicer.catalog;

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
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.tax.OrganizationTaxes;
import io.millrace.invoicer.tax.TaxObject;
import io.millrace.invoicer.tax.Taxes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/add_ons")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class AddOnController {
    private final AddOns addOns;
    private final Taxes taxes;

    AddOnController(AddOns addOns, Taxes taxes) {
        this.addOns = addOns;
        this.taxes = taxes;
    }

    @Wire
    record AddOnObject(
            String lagoId,
            String name,
            @Nullable String invoiceDisplayName,
            String code,
            @Nullable String description,
            long amountCents,
            String amountCurrency,
            String createdAt,
            List<TaxObject> taxes) {}

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(addOns.create(caller.organizationId(), Fields.of(body, AddOns.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var known = taxes.of(caller.organizationId());
        var page = addOns.list(caller.organizationId(), Paging.of(request));
        return Paging.answer("add_ons", page, addOn -> object(addOn, known));
    }

    @Get("/{code}")
    Map<String, Object> get(Caller caller, String code) {
        return shown(addOns.find(caller.organizationId(), code));
    }

    @Put("/{code}")
    Map<String, Object> update(Caller caller, String code, @Body byte @Nullable [] body) {
        return shown(addOns.update(caller.organizationId(), code, Fields.of(body, AddOns.RESOURCE)));
    }

    @Delete("/{code}")
    Map<String, Object> delete(Caller caller, String code) {
        return shown(addOns.delete(caller.organizationId(), code));
    }

    private Map<String, Object> shown(AddOn addOn) {
        return Map.of(AddOns.RESOURCE, object(addOn, taxes.of(addOn.organizationId())));
    }

    private static AddOnObject object(AddOn addOn, OrganizationTaxes known) {
        return new AddOnObject(
                addOn.id().toString(),
                addOn.name(),
                addOn.invoiceDisplayName(),
                addOn.code(),
                addOn.description(),
                addOn.amountCents(),
                addOn.amountCurrency(),
                Shown.time(addOn.createdAt()),
                known.shown(addOn.taxIdList()));
    }
}
