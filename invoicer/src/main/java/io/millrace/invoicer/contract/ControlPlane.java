package io.millrace.invoicer.contract;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.web.router.MethodBasedRouteMatch;
import io.micronaut.web.router.RouteAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which requests are the control plane's, on a server that other services may share.
public final class ControlPlane {
    private static final String PACKAGE = "io.millrace.invoicer";

    private ControlPlane() {}

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

    /// True for what it serves, but for routes that are [Open]: these have no caller.
    public static boolean needsKey(HttpRequest<?> request) {
        return serves(request)
                && RouteAttributes.getRouteMatch(request)
                        .filter(match -> match.getAnnotationMetadata().hasAnnotation(Open.class))
                        .isEmpty();
    }

    /// The body of an answer; in the contract's form where the server itself refuses or fails.
    public static @Nullable Object answered(HttpResponse<?> response) {
        var given = response.body();
        // As bytes, it was ours when it was first given.
        boolean isOurs = given instanceof Map || given instanceof byte[];
        return response.code() < 400 || isOurs ? given : refused(response.status());
    }

    /// The body where the server itself refuses or fails.
    static Map<String, Object> refused(HttpStatus status) {
        var body = new LinkedHashMap<String, Object>();
        body.put("status", status.getCode());
        body.put("error", status == HttpStatus.BAD_REQUEST ? "BadRequest: request cannot be read" : status.getReason());
        if (status == HttpStatus.NOT_FOUND) body.put("code", "object_not_found");
        if (status == HttpStatus.METHOD_NOT_ALLOWED) body.put("code", "method_not_allowed");
        return body;
    }
}
