package io.millrace.invoicer.audit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What no log may hold: values of fields that are named like a secret.
final class Secrets {
    static final String REMOVED = "[removed]";

    private static final Pattern NAME = Pattern.compile(
            "(.*_)?(password|secret|token|authorization|credentials|(api|secret|private|access|hmac)_?key)");
    private static final Pattern PARAMETER = Pattern.compile("([?&])([^=&]+)=([^&]*)");

    private Secrets() {}

    static @Nullable Object removedFrom(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> fields -> {
                var shown = new LinkedHashMap<String, @Nullable Object>();
                fields.forEach((name, field) -> {
                    // An object of that name, such as the API's api_key, is no secret; its fields may be.
                    boolean isSecret = isSecret(String.valueOf(name)) && !(field instanceof Map) && field != null;
                    shown.put(String.valueOf(name), isSecret ? REMOVED : removedFrom(field));
                });
                yield shown;
            }
            case List<?> list -> list.stream().map(Secrets::removedFrom).toList();
            case null, default -> value;
        };
    }

    /// @param address path with query
    static String removedFromAddress(String address) {
        return PARAMETER
                .matcher(address)
                .replaceAll(found -> java.util.regex.Matcher.quoteReplacement(
                        isSecret(found.group(2)) ? found.group(1) + found.group(2) + "=" + REMOVED : found.group()));
    }

    private static boolean isSecret(String name) {
        return NAME.matcher(name.toLowerCase(Locale.ROOT)).matches();
    }
}
