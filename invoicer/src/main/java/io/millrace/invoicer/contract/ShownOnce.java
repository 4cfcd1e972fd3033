package io.millrace.invoicer.contract;

import io.micronaut.http.HttpRequest;
import java.util.Map;
import java.util.Optional;

/// An answer with a secret: whoever keeps answers keeps another in its place.
public final class ShownOnce {
    private static final String KEPT = "millrace.kept_answer";

    private ShownOnce() {}

    /// @param body the answer without its secret
    public static void keepInstead(HttpRequest<?> request, Map<String, Object> body) {
        request.setAttribute(KEPT, body);
    }

    public static Optional<Map<?, ?>> insteadOf(HttpRequest<?> request) {
        return request.getAttribute(KEPT, Map.class).map(body -> (Map<?, ?>) body);
    }
}
