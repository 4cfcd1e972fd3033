package io.millrace.invoicer.tax;

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
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/taxes")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class TaxController {
    private final Taxes taxes;

    TaxController(Taxes taxes) {
        this.taxes = taxes;
    }

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(taxes.create(caller.organizationId(), Fields.of(body, Taxes.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        return Paging.answer("taxes", taxes.list(caller.organizationId(), Paging.of(request)), TaxObject::of);
    }

    @Get("/{code}")
    Map<String, Object> get(Caller caller, String code) {
        return shown(taxes.find(caller.organizationId(), code));
    }

    @Put("/{code}")
    Map<String, Object> update(Caller caller, String code, @Body byte @Nullable [] body) {
        return shown(taxes.update(caller.organizationId(), code, Fields.of(body, Taxes.RESOURCE)));
    }

    @Delete("/{code}")
    Map<String, Object> delete(Caller caller, String code) {
        return shown(taxes.delete(caller.organizationId(), code));
    }

    private static Map<String, Object> shown(Tax tax) {
        return Map.of(Taxes.RESOURCE, TaxObject.of(tax));
    }
}
