package io.millrace.ingest;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import jakarta.annotation.PreDestroy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.Builder;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads of events, which the control plane answers; here they are passed on to it, so that clients need one
/// address.
@Controller("/api/v1/events")
@Requires(property = "ingest.invoicer-url")
final class ForwardedEvents {
    private static final Logger log = LoggerFactory.getLogger(ForwardedEvents.class);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final List<String> PASSED_ON = List.of(HttpHeaders.AUTHORIZATION, HttpHeaders.ACCEPT);

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final URI invoicer;

    ForwardedEvents(IngestSettings settings) {
        this.invoicer = settings.invoicerUrl().orElseThrow();
    }

    @Get(uris = {"/", "/{path:.+}"})
    CompletableFuture<HttpResponse<byte[]>> forward(HttpRequest<?> request) {
        var forwarded = java.net.http.HttpRequest.newBuilder(
                        URI.create(invoicer + request.getUri().toString()))
                .timeout(ANSWER);
        for (var name : PASSED_ON) passOn(name, request, forwarded);
        return client.sendAsync(forwarded.build(), BodyHandlers.ofByteArray())
                .<HttpResponse<byte[]>>thenApply(ForwardedEvents::answer)
                .exceptionallyCompose(failure -> {
                    log.warn("the invoicer does not answer: {}", failure.toString());
                    return CompletableFuture.failedFuture(new IngestRefusal.Unavailable());
                });
    }

    private static void passOn(String name, HttpRequest<?> from, Builder to) {
        from.getHeaders().findFirst(name).ifPresent(value -> to.header(name, value));
    }

    private static MutableHttpResponse<byte[]> answer(java.net.http.HttpResponse<byte[]> answer) {
        MutableHttpResponse<byte[]> passed = HttpResponse.status(answer.statusCode(), null);
        answer.headers().firstValue(HttpHeaders.CONTENT_TYPE).ifPresent(passed::contentType);
        return passed.body(answer.body());
    }

    @PreDestroy
    void close() {
        client.shutdownNow();
    }
}
