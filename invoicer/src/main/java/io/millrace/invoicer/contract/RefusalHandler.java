package io.millrace.invoicer.contract;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;

/// Turns a refusal into its answer.
@Singleton
final class RefusalHandler implements ExceptionHandler<Refusal, HttpResponse<?>> {
    // Not annotated with @Produces: bodies are JSON whatever the request accepts.
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<?> handle(HttpRequest request, Refusal refusal) {
        var response = HttpResponse.status(refusal.status()).contentType(MediaType.APPLICATION_JSON_TYPE);
        refusal.headers().forEach(response::header);
        return response.body(refusal.body());
    }
}
