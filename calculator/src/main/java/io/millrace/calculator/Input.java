package io.millrace.calculator;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ValueRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An object of a case, read field by field; what does not fit is a [Refusal] that names the field by its
/// path, such as `events[2].value`.
///
/// @param fields a plain value tree
/// @param path of this object, ending in a point; empty for the case itself
record Input(Map<String, @Nullable Object> fields, String path) {

    private static final ValueRange FOUR_DIGITS = ValueRange.of(0, 9999);

    static Input of(@Nullable Object value) {
        return of(value, "");
    }

    private static Input of(@Nullable Object value, String path) {
        if (!(value instanceof Map<?, ?> map)) {
            throw Refusal.invalid(path.isEmpty() ? "case" : path, "is not an object");
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        map.forEach((key, field) -> fields.put(String.valueOf(key), field));
        return new Input(fields, path.isEmpty() ? "" : path + ".");
    }

    /// True where the field is there and not null.
    boolean has(String field) {
        return fields.get(field) != null;
    }

    /// The first of these names that is there, for a field with more than one name; the first where none is.
    String either(String... names) {
        for (String name : names) {
            if (has(name)) {
                return name;
            }
        }
        return names[0];
    }

    /// The field as it is; null where it is missing.
    @Nullable
    Object optional(String field) {
        return fields.get(field);
    }

    String text(String field) {
        return switch (required(field)) {
            case String text -> text;
            default -> throw invalid(field, "is not a text");
        };
    }

    @Nullable
    String optionalText(String field) {
        return has(field) ? text(field) : null;
    }

    /// A word of a closed list, in lower case.
    <E extends Enum<E>> E word(String field, Class<E> list) {
        return word(field, text(field), list);
    }

    /// The words of a list, each of a closed list; none where the field is missing.
    <E extends Enum<E>> List<E> words(String field, Class<E> list) {
        return texts(field).stream().map(word -> word(field, word, list)).toList();
    }

    private <E extends Enum<E>> E word(String field, String word, Class<E> list) {
        List<String> words = new ArrayList<>();
        for (E each : list.getEnumConstants()) {
            String name = each.name().toLowerCase(Locale.ROOT);
            if (name.equals(word)) {
                return each;
            }
            words.add(name);
        }
        throw invalid(field, "is none of " + String.join(", ", words));
    }

    boolean flag(String field) {
        return switch (fields.get(field)) {
            case null -> false;
            case Boolean flag -> flag;
            default -> throw invalid(field, "is neither true nor false");
        };
    }

    /// A decimal, as number or as text.
    BigDecimal decimal(String field) {
        Quantity quantity = switch (required(field)) {
            case String text -> Quantity.parse(text);
            case BigDecimal number -> Quantity.of(number);
            case BigInteger number -> Quantity.of(new BigDecimal(number));
            case Integer number -> Quantity.of(BigDecimal.valueOf(number));
            case Long number -> Quantity.of(BigDecimal.valueOf(number));
            default -> Quantity.Refusal.NOT_A_NUMBER;
        };
        return switch (quantity) {
            case Quantity.Exact(BigDecimal value) -> value;
            case Quantity.Refusal refusal -> throw invalid(field, refusal.sentence());
        };
    }

    @Nullable
    BigDecimal optionalDecimal(String field) {
        return has(field) ? decimal(field) : null;
    }

    BigDecimal decimal(String field, BigDecimal otherwise) {
        return has(field) ? decimal(field) : otherwise;
    }

    /// A whole number.
    long whole(String field) {
        try {
            return decimal(field).longValueExact();
        } catch (ArithmeticException e) {
            throw invalid(field, "is not a whole number that fits 64 bits");
        }
    }

    long whole(String field, long otherwise) {
        return has(field) ? whole(field) : otherwise;
    }

    /// RFC 3339: a year has four digits.
    Instant instant(String field) {
        try {
            OffsetDateTime time = OffsetDateTime.parse(text(field));
            if (FOUR_DIGITS.isValidIntValue(time.getYear())) {
                return time.toInstant();
            }
        } catch (DateTimeException e) {
            // Refused below.
        }
        throw invalid(field, "is not an RFC 3339 time");
    }

    @Nullable
    Instant optionalInstant(String field) {
        return has(field) ? instant(field) : null;
    }

    LocalDate day(String field) {
        try {
            LocalDate day = LocalDate.parse(text(field));
            if (FOUR_DIGITS.isValidIntValue(day.getYear())) {
                return day;
            }
        } catch (DateTimeException e) {
            // Refused below.
        }
        throw invalid(field, "is not a date");
    }

    /// An IANA name; UTC where there is none.
    ZoneId zone(String field) {
        try {
            return has(field) ? ZoneId.of(text(field)) : ZoneId.of("UTC");
        } catch (DateTimeException e) {
            throw invalid(field, "is not a time zone");
        }
    }

    Input object(String field) {
        return of(required(field), path + field);
    }

    /// The objects of a list; none where the field is missing.
    List<Input> objects(String field) {
        List<Input> objects = new ArrayList<>();
        for (Object element : list(field)) {
            objects.add(of(element, "%s%s[%d]".formatted(path, field, objects.size())));
        }
        return objects;
    }

    /// The texts of a list; none where the field is missing.
    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        for (Object element : list(field)) {
            if (!(element instanceof String text)) {
                throw invalid("%s[%d]".formatted(field, texts.size()), "is not a text");
            }
            texts.add(text);
        }
        return texts;
    }

    private List<?> list(String field) {
        return switch (fields.get(field)) {
            case null -> List.of();
            case List<?> list -> list;
            default -> throw invalid(field, "is not a list");
        };
    }

    Refusal invalid(String field, String reason) {
        return Refusal.invalid(path + field, reason);
    }

    private Object required(String field) {
        Object value = fields.get(field);
        if (value == null) {
            throw Refusal.missing(path + field);
        }
        return value;
    }
}
