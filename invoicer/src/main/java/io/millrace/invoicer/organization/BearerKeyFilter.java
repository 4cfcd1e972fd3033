package io.millrace.invoicer.organization;

import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.ControlPlane;
import io.millrace.invoicer.contract.Refusal;

/// Lets nobody in without an organization's key, `Authorization: Bearer <key>`.
@ServerFilter("/api/v1/**")
@Order(BearerKeyFilter.ORDER)
public final class BearerKeyFilter {
    /// Filters that want to know the caller come after it.
    public static final int ORDER = 0;

    static final String CALLER = "millrace.caller";
    private static final String SCHEME = "Bearer ";

    private final ApiKeys keys;

    BearerKeyFilter(ApiKeys keys) {
        this.keys = keys;
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    void authenticate(HttpRequest<?> request) {
        if (!ControlPlane.needsKey(request)) return;
        var caller = request.getHeaders()
                .getAuthorization()
                .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .flatMap(header ->
                        keys.callerOf(header.substring(SCHEME.length()).strip()))
                .orElseThrow(Refusal.Unauthorized::new);
        request.setAttribute(CALLER, caller);
    }
}
