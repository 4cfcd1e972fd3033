package io.millrace.ingest;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.MethodBasedRouteMatch;
import io.micronaut.web.router.RouteAttributes;
import org.jspecify.annotations.Nullable;

/// Puts what the server itself refuses or fails at in the contract's form, without saying more than it must: no
/// such route, a method that the route has not, a body too large, an exception.
///
/// Routes of other services that share the server keep their own way: this filter sees only ours, and what no
/// route serves.
@ServerFilter("/**")
final class IngestErrors {
    private static final String PACKAGE = IngestErrors.class.getPackageName();

    @ResponseFilter
    @Nullable
    MutableHttpResponse<?> answer(HttpRequest<?> request, MutableHttpResponse<?> response) {
        boolean isWritten = response.getBody().orElse(null) instanceof byte[];
        if (response.code() < 400 || isWritten || !isOurs(request)) return null;
        var status = HttpStatus.valueOf(response.code());
        return HttpResponse.status(status)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .body(Answers.error(status));
    }

    private static boolean isOurs(HttpRequest<?> request) {
        return RouteAttributes.getRouteMatch(request)
                .filter(MethodBasedRouteMatch.class::isInstance)
                .map(match -> ((MethodBasedRouteMatch<?, ?>) match)
                        .getDeclaringType()
                        .getPackageName()
                        .equals(PACKAGE))
                .orElse(true);
    }
}
