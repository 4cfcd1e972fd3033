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
import io.millrace.invoicer.catalog.ChargeObject.FilterObject;
import io.millrace.invoicer.catalog.PlanCharges.Filtered;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.tax.Taxes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A plan's charges and their filters, by the plan's code, the charge's code and the filter's id.
@Controller("/api/v1/plans/{plan}/charges")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class PlanChargeController {
    private final PlanCharges charges;
    private final Taxes taxes;

    PlanChargeController(PlanCharges charges, Taxes taxes) {
        this.charges = charges;
        this.taxes = taxes;
    }

    @Post
    Map<String, Object> create(Caller caller, String plan, @Body byte @Nullable [] body) {
        var fields = Fields.of(body, PlanCharges.RESOURCE);
        return shown(caller, charges.create(caller.organizationId(), plan, fields));
    }

    @Get
    Map<String, Object> list(Caller caller, String plan, HttpRequest<?> request) {
        var known = taxes.of(caller.organizationId());
        var page = Paging.of(request, charges.list(caller.organizationId(), plan));
        return Paging.answer("charges", page, charge -> ChargeObject.of(charge, known));
    }

    @Get("/{code}")
    Map<String, Object> get(Caller caller, String plan, String code) {
        return shown(caller, charges.find(caller.organizationId(), plan, code));
    }

    @Put("/{code}")
    Map<String, Object> update(Caller caller, String plan, String code, @Body byte @Nullable [] body) {
        var fields = Fields.of(body, PlanCharges.RESOURCE);
        return shown(caller, charges.update(caller.organizationId(), plan, code, fields));
    }

    @Delete("/{code}")
    Map<String, Object> delete(Caller caller, String plan, String code) {
        return shown(caller, charges.delete(caller.organizationId(), plan, code));
    }

    @Post("/{code}/filters")
    Map<String, Object> createFilter(Caller caller, String plan, String code, @Body byte @Nullable [] body) {
        var fields = Fields.of(body, PlanCharges.FILTER);
        return shown(charges.createFilter(caller.organizationId(), plan, code, fields));
    }

    @Get("/{code}/filters")
    Map<String, Object> listFilters(Caller caller, String plan, String code, HttpRequest<?> request) {
        var charge = charges.find(caller.organizationId(), plan, code);
        var page = Paging.of(request, charge.filters());
        return Paging.answer("filters", page, filter -> FilterObject.of(charge, filter));
    }

    @Get("/{code}/filters/{id}")
    Map<String, Object> getFilter(Caller caller, String plan, String code, String id) {
        return shown(charges.findFilter(caller.organizationId(), plan, code, id));
    }

    @Put("/{code}/filters/{id}")
    Map<String, Object> updateFilter(Caller caller, String plan, String code, String id, @Body byte @Nullable [] body) {
        var fields = Fields.of(body, PlanCharges.FILTER);
        return shown(charges.updateFilter(caller.organizationId(), plan, code, id, fields));
    }

    @Delete("/{code}/filters/{id}")
    Map<String, Object> deleteFilter(Caller caller, String plan, String code, String id) {
        return shown(charges.deleteFilter(caller.organizationId(), plan, code, id));
    }

    private Map<String, Object> shown(Caller caller, Charge charge) {
        return Map.of(PlanCharges.RESOURCE, ChargeObject.of(charge, taxes.of(caller.organizationId())));
    }

    private static Map<String, Object> shown(Filtered filtered) {
        return Map.of(PlanCharges.FILTER, FilterObject.of(filtered.charge(), filtered.filter()));
    }
}
