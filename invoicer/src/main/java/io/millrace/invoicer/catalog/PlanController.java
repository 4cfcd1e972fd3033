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
import io.millrace.invoicer.organization.Caller;
import io.millrace.invoicer.tax.Taxes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/plans")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class PlanController {
    private final Plans plans;
    private final Taxes taxes;

    PlanController(Plans plans, Taxes taxes) {
        this.plans = plans;
        this.taxes = taxes;
    }

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(plans.create(caller.organizationId(), Fields.of(body, Plans.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var known = taxes.of(caller.organizationId());
        var page = plans.list(caller.organizationId(), Paging.of(request));
        return Paging.answer("plans", page, history -> PlanObject.of(history, known));
    }

    @Get("/{code}")
    Map<String, Object> get(Caller caller, String code) {
        return shown(plans.find(caller.organizationId(), code));
    }

    @Put("/{code}")
    Map<String, Object> update(Caller caller, String code, @Body byte @Nullable [] body) {
        return shown(plans.update(caller.organizationId(), code, Fields.of(body, Plans.RESOURCE)));
    }

    @Delete("/{code}")
    Map<String, Object> delete(Caller caller, String code) {
        return shown(plans.delete(caller.organizationId(), code));
    }

    private Map<String, Object> shown(PlanHistory history) {
        return Map.of(Plans.RESOURCE, plans.shown(history));
    }
}
