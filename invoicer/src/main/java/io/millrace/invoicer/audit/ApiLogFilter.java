package io.millrace.invoicer.audit;

import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ConditionalFilter;
import io.micronaut.http.filter.FilterContinuation;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.ControlPlane;
import io.millrace.invoicer.contract.ShownOnce;
import io.millrace.invoicer.organization.BearerKeyFilter;
import io.millrace.invoicer.organization.Caller;
import org.jspecify.annotations.Nullable;

/// Hands every request of a known key to the log, with its answer, refusals included. What a read answers is not
/// kept: it changes nothing, and would be written twice.
@ServerFilter("/api/v1/**")
@Order(BearerKeyFilter.ORDER + 4)
class ApiLogFilter implements ConditionalFilter {
    private final ApiLogWriter log;
    private final Clocks clocks;

    ApiLogFilter(ApiLogWriter log, Clocks clocks) {
        this.log = log;
        this.clocks = clocks;
    }

    @Override
    public boolean isEnabled(HttpRequest<?> request) {
        return ControlPlane.needsKey(request);
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<?> log(
            HttpRequest<?> request,
            Caller caller,
            @Body @io.micronaut.core.annotation.Nullable byte @Nullable [] body,
            FilterContinuation<HttpResponse<?>> route) {
        var response = route.request(request).proceed();
        boolean isRead = request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD;
        var answer = isRead && response.code() < 400
                ? null
                : ShownOnce.insteadOf(request).<Object>map(kept -> kept).orElse(ControlPlane.answered(response));
        log.take(new ApiLogWriter.Answered(
                caller,
                request.getMethodName(),
                request.getUri().toString(),
                request.getHeaders().get("Host", String.class, ""),
                request.getHeaders().get("User-Agent", String.class, ""),
                body,
                answer,
                response.code(),
                clocks.system()));
        return response;
    }
}
