package io.millrace.invoicer.audit;

import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A body as a log keeps it: without secrets, and no more than fits.
final class LoggedBody {
    /// Bytes beyond which only the size is told.
    static final int LARGEST = 64 << 10;
    /// Characters of one field; what goes beyond is cut off.
    private static final int LONGEST = 16 << 10;

    private LoggedBody() {}

    /// Field to value, a value that is no text as its JSON; empty where there is no body, or none that is an object.
    static Map<String, String> of(byte @Nullable [] body) {
        if (body == null || body.length == 0) return Map.of();
        if (body.length > LARGEST) return Map.of("…", "(%d bytes)".formatted(body.length));
        try {
            if (!(Secrets.removedFrom(Json.parse(body)) instanceof Map<?, ?> fields)) return Map.of();
            var kept = new LinkedHashMap<String, String>();
            Activity.texts(fields)
                    .forEach((name, text) ->
                            kept.put(name, text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text));
            return kept;
        } catch (Refusal.BadRequest e) {
            // No JSON: secrets could not be told from the rest.
            return Map.of("…", "(%d bytes, no JSON)".formatted(body.length));
        }
    }
}
