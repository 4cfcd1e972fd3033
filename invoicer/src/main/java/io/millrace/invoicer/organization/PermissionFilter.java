package io.millrace.invoicer.organization;

import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;
import io.millrace.invoicer.contract.ControlPlane;

/// Lets no key to what it has no permission for.
@ServerFilter("/api/v1/**")
@Order(BearerKeyFilter.ORDER + 6)
final class PermissionFilter {
    @RequestFilter
    void check(HttpRequest<?> request) {
        if (!ControlPlane.serves(request)
                || RouteAttributes.getRouteMatch(request).isEmpty()) return;
        request.getAttribute(BearerKeyFilter.CALLER, Caller.class)
                .ifPresent(caller -> caller.permissions().check(request));
    }
}
