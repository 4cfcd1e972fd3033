package io.millrace.invoicer.contract;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import org.jspecify.annotations.Nullable;

/// Puts what the server itself refuses under `/api/v1`, or fails at, in the contract's form, without saying
/// more than it must: no such route, a method that the route has not, a body too large, an exception.
///
/// Routes of other services that share the server keep their own way: this filter sees only the control
/// plane's, and what no route serves.
@ServerFilter("/api/v1/**")
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ContractFilter {
    /// PostgreSQL stores no NUL, so nothing is named by one.
    @RequestFilter
    void refuseNul(HttpRequest<?> request) {
        if (ControlPlane.serves(request)
                && request.getUri().getRawSchemeSpecificPart().contains("%00")) {
            throw new Refusal.BadRequest("address with a NUL character");
        }
    }

    @ResponseFilter
    @Nullable
    MutableHttpResponse<?> answer(HttpRequest<?> request, MutableHttpResponse<?> response) {
        if (!ControlPlane.serves(request)) return null;
        var given = response.body();
        var body = ControlPlane.answered(response);
        return body == given
                ? null
                : HttpResponse.status(response.status())
                        .contentType(MediaType.APPLICATION_JSON_TYPE)
                        .body(body);
    }
}
