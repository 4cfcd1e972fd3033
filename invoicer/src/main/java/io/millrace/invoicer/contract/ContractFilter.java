package io.millrace.invoicer.contract;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.util.LinkedHashMap;
import java.util.Map;
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
        var status = HttpStatus.valueOf(response.code());
        // As bytes, it was ours when it was first given.
        var given = response.getBody().orElse(null);
        boolean isOurs = given instanceof Map || given instanceof byte[];
        if (status.getCode() < 400 || isOurs || !ControlPlane.serves(request)) return null;
        var body = new LinkedHashMap<String, Object>();
        body.put("status", status.getCode());
        body.put("error", status == HttpStatus.BAD_REQUEST ? "BadRequest: request cannot be read" : status.getReason());
        if (status == HttpStatus.NOT_FOUND) body.put("code", "object_not_found");
        if (status == HttpStatus.METHOD_NOT_ALLOWED) body.put("code", "method_not_allowed");
        return HttpResponse.status(status)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .body(body);
    }
}
