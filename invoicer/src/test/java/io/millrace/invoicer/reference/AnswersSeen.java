package io.millrace.invoicer.reference;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/// Remembers the last answer of the JVM as the route gave it, records and all.
@ServerFilter("/api/v1/**")
class AnswersSeen {
    private static final AtomicReference<Map<?, ?>> LAST = new AtomicReference<>(Map.of());

    @ResponseFilter
    void see(HttpResponse<?> response) {
        if (response.body() instanceof Map<?, ?> body) LAST.set(body);
    }

    static Map<?, ?> last() {
        return LAST.get();
    }
}
