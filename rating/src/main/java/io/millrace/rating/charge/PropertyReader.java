package io.millrace.rating.charge;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads a plain value tree and gathers violations instead of stopping at the first. A value that is refused
/// reads as zero, so that reading can go on; [#orElseThrow] lets nothing of that out.
final class PropertyReader {

    /// Not a bound of any tier: tiers start at 0.
    static final BigDecimal INVALID_BOUND = BigDecimal.ONE.negate();

    private final Map<String, ?> properties;
    private final Map<String, List<String>> violations;

    PropertyReader(Map<String, ?> properties) {
        this(properties, new LinkedHashMap<>());
    }

    private PropertyReader(Map<String, ?> properties, Map<String, List<String>> violations) {
        this.properties = properties;
        this.violations = violations;
    }

    /// A decimal that must be there and not be negative.
    BigDecimal amount(String field, String code) {
        BigDecimal value = decimal(properties.get(field));
        if (value == null || value.signum() < 0) {
            refuse(field, code);
            return BigDecimal.ZERO;
        }
        return value;
    }

    /// A decimal that must be there, be whole and not be less than `atLeast`.
    BigDecimal whole(String field, long atLeast, String code) {
        BigDecimal value = decimal(properties.get(field));
        if (value == null || value.scale() > 0 || value.compareTo(BigDecimal.valueOf(atLeast)) < 0) {
            refuse(field, code);
            return BigDecimal.ONE;
        }
        return value;
    }

    /// A decimal that may be missing and must not be negative; null where it is missing. Blank text is missing.
    @Nullable
    BigDecimal optionalAmount(String field, String code) {
        return isMissing(field) ? null : amount(field, code);
    }

    /// A whole decimal that may be missing and must not be negative; null where it is missing. Blank text is
    /// missing.
    @Nullable
    BigDecimal optionalWhole(String field, String code) {
        return isMissing(field) ? null : whole(field, 0, code);
    }

    private boolean isMissing(String field) {
        Object value = properties.get(field);
        return value == null || (value instanceof String text && text.isBlank());
    }

    /// Bounds are exact decimals; null, and only null, is an open end. What is no decimal is [#INVALID_BOUND].
    @Nullable
    BigDecimal bound(String field) {
        Object value = properties.get(field);
        if (value == null) {
            return null;
        }
        BigDecimal bound = decimal(value);
        return bound == null ? INVALID_BOUND : bound;
    }

    /// The objects of a list, each read with violations gathered here; empty where it is no list of objects.
    List<PropertyReader> objects(String field) {
        List<PropertyReader> readers = new ArrayList<>();
        if (properties.get(field) instanceof List<?> list) {
            for (Object element : list) {
                if (!(element instanceof Map<?, ?> map)) {
                    return List.of();
                }
                Map<String, Object> object = new LinkedHashMap<>();
                map.forEach((key, value) -> object.put(String.valueOf(key), value));
                readers.add(new PropertyReader(object, violations));
            }
        }
        return readers;
    }

    void refuse(String field, String code) {
        List<String> codes = violations.computeIfAbsent(field, f -> new ArrayList<>());
        if (!codes.contains(code)) {
            codes.add(code);
        }
    }

    @Nullable
    ChargeModel refuseModel() {
        refuse("charge_model", "value_is_invalid");
        return null;
    }

    ChargeModel orElseThrow(@Nullable ChargeModel model) {
        throwIfInvalid();
        if (model == null) {
            throw new IllegalStateException("a model that is not read was not refused");
        }
        return model;
    }

    void throwIfInvalid() {
        if (!violations.isEmpty()) {
            throw new InvalidCharge(violations);
        }
    }

    /// Null for what is not a decimal within the bounds of a quantity.
    private static @Nullable BigDecimal decimal(@Nullable Object value) {
        Quantity quantity = switch (value) {
            case String text -> Quantity.parse(text);
            case BigDecimal number -> Quantity.of(number);
            case BigInteger number -> Quantity.of(new BigDecimal(number));
            case Long number -> Quantity.of(BigDecimal.valueOf(number));
            case Integer number -> Quantity.of(BigDecimal.valueOf(number));
            case null, default -> Quantity.Refusal.NOT_A_NUMBER;
        };
        return quantity instanceof Quantity.Exact(BigDecimal exact) ? exact : null;
    }
}
