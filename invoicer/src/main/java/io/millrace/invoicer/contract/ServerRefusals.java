package io.millrace.invoicer.contract;

import io.micronaut.context.annotation.Primary;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.JsonErrorResponseBodyProvider;
import jakarta.inject.Singleton;
import java.util.Map;

/// Says in the contract's form what the server refuses before any filter sees it, such as an address that is too long.
@Singleton
@Primary
final class ServerRefusals implements JsonErrorResponseBodyProvider<Map<String, Object>> {
    @Override
    public Map<String, Object> body(ErrorContext context, HttpResponse<?> response) {
        return ControlPlane.refused(response.status());
    }

    @Override
    public String contentType() {
        return MediaType.APPLICATION_JSON;
    }
}
