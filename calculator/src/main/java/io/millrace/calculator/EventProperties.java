package io.millrace.calculator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/// An event's properties as events carry them, all texts: a number by its digits, true and false as those
/// words, a nested value as its JSON; what is null is left out.
final class EventProperties {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private EventProperties() {}

    /// @param field of the object that holds them; without it there are none
    static Map<String, String> of(Input input, String field) {
        if (!input.has(field)) {
            return Map.of();
        }
        Map<String, String> properties = new LinkedHashMap<>();
        input.object(field).fields().forEach((name, value) -> {
            if (value != null) {
                properties.put(name, text(value));
            }
        });
        return properties;
    }

    private static String text(Object value) {
        return switch (value) {
            case String text -> text;
            // Plain unless it would take long to write: 1e3 is 1000, 2.0 stays 2.0, 1e20000000 stays as it is.
            case BigDecimal number when Quantity.of(number) instanceof Quantity.Exact -> number.toPlainString();
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            default -> nested(value);
        };
    }

    private static String nested(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("What was read as JSON cannot be written", e);
        }
    }
}
