package io.millrace.invoicer.reference;

import io.millrace.invoicer.contract.Json;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Answers and requests that were seen, without what is another in each run: ids, times, places in topics.
final class Examples {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern TIME = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z");
    private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern SECRET = Pattern.compile("mr_[0-9a-f]{64}");
    private static final Pattern PLACE =
            Pattern.compile(".*(offset|lag|partition|seconds|sequential_id|published_count)|[0-9]+");
    private static final Pattern TROUBLE = Pattern.compile("missing_records|stuck_consumers");

    private Examples() {}

    static @Nullable Object plain(@Nullable Object example) {
        return plain("", example);
    }

    /// The status, error and code are the example; which fields they are about is not.
    static Object refusal(Map<?, ?> refusal) {
        var shown = new LinkedHashMap<Object, Object>(refusal);
        shown.remove("error_details");
        if (refusal.get("error_details") instanceof Map<?, ?> details) {
            details.entrySet().stream()
                    .findFirst()
                    .ifPresent(one -> shown.put("error_details", Map.of(one.getKey(), one.getValue())));
        }
        return shown;
    }

    private static @Nullable Object plain(String name, @Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map when name.equals("meta") -> meta(map.containsKey("next_cursor"));
            case Map<?, ?> map -> {
                var plain = new LinkedHashMap<Object, @Nullable Object>();
                map.forEach((key, each) -> plain.put(plain(String.valueOf(key)), plain(String.valueOf(key), each)));
                // In no order otherwise: the list, then its page.
                if (plain.containsKey("meta")) plain.put("meta", plain.remove("meta"));
                yield plain;
            }
            // What other tests of the JVM have left.
            case List<?> ignored when TROUBLE.matcher(name).matches() -> List.of();
            case String text when name.equals("re_driven_as") -> "3-1234";
            case String text when name.equals("last_characters") -> "cret";
            case String text when name.equals("public_key") -> "-----BEGIN PUBLIC KEY-----…";
            // One of a kind says it all.
            case List<?> list when !list.isEmpty() -> List.of(plain("", one(name, list)));
            case String text when ID.matcher(text).matches() -> "1a901a90-1a90-4a90-8a90-1a901a901a90";
            case String text when TIME.matcher(text).matches() -> "2026-08-01T00:00:00Z";
            case String text when DAY.matcher(text).matches() -> "2026-08-01";
            case String text when SECRET.matcher(text).matches() -> "mr_5ecret";
            case Number number when PLACE.matcher(name).matches() -> 1;
            case null, default -> value;
        };
    }

    /// The first; fees are made at once, and in no order but that of their random ids.
    static Object one(String name, List<?> list) {
        return name.equals("fees")
                ? Collections.min(list, Comparator.comparing(fee -> Json.write(plain(fee))))
                : list.getFirst();
    }

    private static Map<String, @Nullable Object> meta(boolean hasCursor) {
        var meta = new LinkedHashMap<String, @Nullable Object>();
        meta.put("current_page", 1);
        meta.put("next_page", 2);
        meta.put("prev_page", null);
        meta.put("total_pages", 4);
        meta.put("total_count", 70);
        if (hasCursor) meta.put("next_cursor", "MiA3MCAx");
        return meta;
    }
}
