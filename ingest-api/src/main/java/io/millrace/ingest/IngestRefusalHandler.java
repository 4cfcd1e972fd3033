package io.millrace.ingest;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;

/// Turns a refusal into its answer.
@Singleton
final class IngestRefusalHandler implements ExceptionHandler<IngestRefusal, HttpResponse<?>> {
    // Not annotated with @Produces: bodies are JSON whatever the request accepts.
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<?> handle(HttpRequest request, IngestRefusal refusal) {
        return HttpResponse.status(refusal.status())
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .body(Answers.refusal(refusal));
    }
}
