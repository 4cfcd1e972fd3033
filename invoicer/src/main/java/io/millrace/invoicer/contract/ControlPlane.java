package io.millrace.invoicer.contract;

import io.micronaut.http.HttpRequest;
import io.micronaut.web.router.MethodBasedRouteMatch;
import io.micronaut.web.router.RouteAttributes;

/// Which requests are the control plane's, on a server that other services may share.
public final class ControlPlane {
    private static final String PACKAGE = "io.millrace.invoicer";

    private ControlPlane() {}

    /// True for a route of the invoicer that is [Open].
    public static boolean isOpen(HttpRequest<?> request) {
        return RouteAttributes.getRouteMatch(request)
                .filter(match -> match.getAnnotationMetadata().hasAnnotation(Open.class))
                .isPresent();
    }

    /// True for the invoicer's own routes and for what no route serves; false for another service's.
    public static boolean serves(HttpRequest<?> request) {
        return RouteAttributes.getRouteMatch(request)
                .filter(MethodBasedRouteMatch.class::isInstance)
                .map(match -> ((MethodBasedRouteMatch<?, ?>) match)
                        .getDeclaringType()
                        .getPackageName()
                        .startsWith(PACKAGE))
                .orElse(true);
    }
}
