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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Controller("/api/v1/billable_metrics")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
class BillableMetricController {
    private final BillableMetrics metrics;

    BillableMetricController(BillableMetrics metrics) {
        this.metrics = metrics;
    }

    @Wire
    record BillableMetricObject(
            String lagoId,
            String name,
            String code,
            @Nullable String description,
            String aggregationType,
            @Nullable String weightedInterval,
            boolean recurring,
            @Nullable String roundingFunction,
            @Nullable Integer roundingPrecision,
            String createdAt,
            @Nullable String fieldName,
            @Nullable String expression,
            List<MetricFilter> filters) {}

    @Post
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        return shown(metrics.create(caller.organizationId(), Fields.of(body, BillableMetrics.RESOURCE)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var page = metrics.list(caller.organizationId(), Paging.of(request));
        return Paging.answer("billable_metrics", page, BillableMetricController::object);
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

    private static Map<String, Object> shown(BillableMetrics.Current current) {
        return Map.of(BillableMetrics.RESOURCE, object(current));
    }

    private static BillableMetricObject object(BillableMetrics.Current current) {
        var metric = current.metric();
        var revision = current.revision();
        return new BillableMetricObject(
                metric.id().toString(),
                metric.name(),
                metric.code(),
                metric.description(),
                revision.aggregationType(),
                revision.weightedInterval(),
                revision.recurring(),
                revision.roundingFunction(),
                revision.roundingPrecision(),
                Shown.time(metric.createdAt()),
                revision.fieldName(),
                revision.expression(),
                revision.filterList());
    }
}
