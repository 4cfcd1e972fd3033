package io.millrace.calculator;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How values are printed: decimals as plain decimal texts without exponent, instants as RFC 3339, whole
/// numbers (cents, counts, days) as numbers.
final class Output {

    private Output() {}

    static @Nullable Object plain(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case BigDecimal decimal -> Quantity.print(decimal);
            case Instant instant -> instant.toString();
            case List<?> list -> list.stream().map(Output::plain).toList();
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> plain = new LinkedHashMap<>();
                map.forEach((key, field) -> plain.put(String.valueOf(key), plain(field)));
                yield plain;
            }
            case String text -> text;
            case Boolean flag -> flag;
            case Long number -> number;
            case Integer number -> number;
            default -> throw new IllegalStateException("No way to print a " + value.getClass());
        };
    }
}
