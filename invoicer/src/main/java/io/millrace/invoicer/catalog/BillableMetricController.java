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
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.organization.Caller;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/billable_metrics")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class BillableMetricController {
    private final BillableMetrics metrics;
    private final Clocks clocks;

    BillableMetricController(BillableMetrics metrics, Clocks clocks) {
        this.metrics = metrics;
        this.clocks = clocks;
    }

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(metrics.create(caller.organizationId(), Fields.of(body, BillableMetrics.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var page = metrics.list(caller.organizationId(), Paging.of(request));
        return Paging.answer("billable_metrics", page, BillableMetricObject::of);
    }

    @Get("/{code}")
    Map<String, Object> get(Caller caller, String code) {
        return shown(metrics.find(caller.organizationId(), code));
    }

    @Put("/{code}")
    Map<String, Object> update(Caller caller, String code, @Body byte @Nullable [] body) {
        return shown(metrics.update(caller.organizationId(), code, Fields.of(body, BillableMetrics.RESOURCE)));
    }

    @Delete("/{code}")
    Map<String, Object> delete(Caller caller, String code) {
        return shown(metrics.delete(caller.organizationId(), code));
    }

    @Post("/evaluate_expression")
    Map<String, Object> evaluate(@Body byte @Nullable [] body) {
        var value = ExpressionTrial.evaluate(Fields.of(body), clocks.system());
        return Map.of("expression_result", Map.of("value", value));
    }

    private static Map<String, Object> shown(BillableMetrics.Current current) {
        return Map.of(BillableMetrics.RESOURCE, BillableMetricObject.of(current));
    }
}
