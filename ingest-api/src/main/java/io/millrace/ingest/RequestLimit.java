package io.millrace.ingest;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.millrace.limit.TokenBuckets;
import io.millrace.limit.TokenBuckets.Taken;
import java.util.Optional;

/// How often each key may send, where the installation says so; and the headers that tell a client what is left.
@ServerFilter("/api/v1/events/**")
final class RequestLimit {
    private static final String TAKEN = "millrace.ingest.rate_limit";

    private final Optional<TokenBuckets> buckets;

    RequestLimit(IngestSettings settings) {
        this.buckets = settings.requestsPerSecond() == 0
                ? Optional.empty()
                : Optional.of(new TokenBuckets(settings.requestsPerSecond(), System::nanoTime));
    }

    /// @param key one that is known
    void count(HttpRequest<?> request, String key) {
        if (buckets.isEmpty()) return;
        var taken = buckets.get().take(ApiKeys.hash(key));
        request.setAttribute(TAKEN, taken);
        if (!taken.isAllowed()) throw new IngestRefusal.TooOften();
    }

    @ResponseFilter
    void tell(HttpRequest<?> request, MutableHttpResponse<?> response) {
        request.getAttribute(TAKEN, Taken.class)
                .ifPresent(taken -> taken.headers().forEach(response::header));
    }
}
