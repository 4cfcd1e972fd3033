package io.millrace.invoicer.contract;

import io.micronaut.http.HttpRequest;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A JSON object of a request, read field by field. What breaks a rule is noted and read as absent, so that
/// [#refuseViolations] can answer with all of it at once. Fields that nobody reads are ignored.
public final class Fields {
    /// Longest text that names something; longer keys would not fit PostgreSQL's indexes.
    public static final int NAME_LENGTH = 255;

    private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2300-01-01T00:00:00Z");

    private final Map<?, ?> values;
    private final String path;
    private final Map<String, List<String>> violations;

    private Fields(Map<?, ?> values, String path, Map<String, List<String>> violations) {
        this.values = values;
        this.path = path;
        this.violations = violations;
    }

    /// Reads a request's body.
    ///
    /// @param resource name of the object in it, such as `plan`
    /// @throws Refusal.BadRequest if the body is not JSON or holds no such object
    public static Fields of(byte @Nullable [] body, String resource) {
        if (body != null
                && body.length > 0
                && Json.parse(body) instanceof Map<?, ?> map
                && map.get(resource) instanceof Map<?, ?> values) {
            return new Fields(values, "", new LinkedHashMap<>());
        }
        throw new Refusal.BadRequest("param is missing or the value is empty: " + resource);
    }

    /// Reads the parameters of a request's address; of one that is given twice, the first.
    public static Fields ofParameters(HttpRequest<?> request) {
        var values = new LinkedHashMap<String, String>();
        request.getParameters().forEach((name, given) -> values.put(name, given.isEmpty() ? "" : given.getFirst()));
        return new Fields(values, "", new LinkedHashMap<>());
    }

    /// True if the field is there, even if null.
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /// True if no field is there.
    public boolean isEmpty() {
        return values.isEmpty();
    }

    public boolean isPresent(String name) {
        return values.get(name) != null;
    }

    public @Nullable String text(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case String text -> text;
            default -> violated(name, "invalid_format");
        };
    }

    /// A text that names something: not blank, and at most [#NAME_LENGTH] characters. Empty if violated.
    public String requiredName(String name) {
        var text = text(name);
        if (text == null || text.isBlank()) {
            if (!isPresent(name) || text != null) violated(name, "value_is_mandatory");
            return "";
        }
        if (text.length() > NAME_LENGTH) violated(name, "value_is_too_long");
        return text.strip();
    }

    public @Nullable String name(String name) {
        var text = text(name);
        if (text != null && text.length() > NAME_LENGTH) violated(name, "value_is_too_long");
        return text;
    }

    public @Nullable Boolean flag(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case Boolean flag -> flag;
            default -> this.<Boolean>violated(name, "invalid_format");
        };
    }

    public boolean flag(String name, boolean otherwise) {
        var flag = flag(name);
        return flag == null ? otherwise : flag;
    }

    /// @param least inclusive
    /// @param most inclusive
    public @Nullable Long wholeNumber(String name, long least, long most) {
        var number = switch (values.get(name)) {
            case null -> null;
            case Integer small -> BigInteger.valueOf(small);
            case Long large -> BigInteger.valueOf(large);
            case BigInteger huge -> huge;
            default -> this.<BigInteger>violated(name, "invalid_format");
        };
        if (number == null) return null;
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            return violated(name, "value_is_out_of_range");
        }
        return number.longValueExact();
    }

    /// An exact decimal, written as a number or as a text.
    ///
    /// @param least inclusive
    /// @param most inclusive
    public @Nullable BigDecimal decimal(String name, BigDecimal least, BigDecimal most) {
        var text = switch (values.get(name)) {
            case null -> null;
            case String given -> given;
            case Number number -> number.toString();
            default -> this.<String>violated(name, "invalid_format");
        };
        if (text == null) return null;
        return switch (Quantity.parse(text)) {
            case Quantity.Exact(var value) when value.compareTo(least) >= 0 && value.compareTo(most) <= 0 -> value;
            case Quantity.Exact _ -> violated(name, "value_is_out_of_range");
            case Quantity.Refusal refusal ->
                violated(
                        name,
                        switch (refusal) {
                            case TOO_LARGE, TOO_PRECISE -> "value_is_out_of_range";
                            case EMPTY, TOO_LONG, NOT_A_NUMBER -> "invalid_format";
                        });
        };
    }

    /// True if the field is a number other than zero, or anything else that is not a number.
    public boolean isNotZero(String name) {
        return switch (values.get(name)) {
            case null -> false;
            case BigDecimal decimal -> decimal.signum() != 0;
            case BigInteger huge -> huge.signum() != 0;
            case Number number -> number.longValue() != 0;
            default -> true;
        };
    }

    public @Nullable String oneOf(String name, Collection<String> allowed) {
        var text = text(name);
        if (text == null || allowed.contains(text)) return text;
        return violated(name, "value_is_invalid");
    }

    /// One of the words; the first of them if violated.
    public String requiredOneOf(String name, List<String> allowed) {
        if (!isPresent(name)) violated(name, "value_is_mandatory");
        var word = oneOf(name, allowed);
        return word == null ? allowed.getFirst() : word;
    }

    /// A time such as `2026-08-01T00:00:00Z`, or a day, which is its midnight in UTC.
    public @Nullable Instant instant(String name) {
        var text = text(name);
        if (text == null || text.isEmpty()) return null;
        try {
            var instant = text.length() <= 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text.replace(' ', 'T')).toInstant();
            if (instant.isBefore(EARLIEST) || !instant.isBefore(LATEST)) return violated(name, "invalid_date");
            return instant.truncatedTo(ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            return violated(name, "invalid_date");
        }
    }

    public @Nullable UUID id(String name) {
        var text = text(name);
        if (text == null) return null;
        var id = Ids.parse(text);
        return id.isPresent() ? id.get() : this.<UUID>violated(name, "value_is_invalid");
    }

    /// An object, read field by field like this one; null if absent.
    public @Nullable Fields object(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case Map<?, ?> map -> new Fields(map, path + name + ".", violations);
            default -> this.<Fields>violated(name, "invalid_format");
        };
    }

    /// The same with values of some fields put in the place of what was given.
    public Fields with(Map<String, ?> others) {
        var all = new LinkedHashMap<Object, Object>(values);
        all.putAll(others);
        return new Fields(all, path, violations);
    }

    /// An object taken as it is; empty if absent.
    public Map<String, Object> tree(String name) {
        return switch (values.get(name)) {
            case null -> Map.of();
            case Map<?, ?> map -> texted(map);
            default -> {
                violated(name, "invalid_format");
                yield Map.of();
            }
        };
    }

    public @Nullable List<String> texts(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case List<?> list
            when list.stream().allMatch(String.class::isInstance) ->
                list.stream().map(String.class::cast).toList();
            default -> this.<List<String>>violated(name, "invalid_format");
        };
    }

    /// The objects of a list; null if absent.
    public @Nullable List<Fields> objects(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case List<?> list
            when list.stream().allMatch(Map.class::isInstance) -> {
                var objects = new ArrayList<Fields>();
                for (var each : list) {
                    objects.add(new Fields(
                            (Map<?, ?>) each, "%s%s[%d].".formatted(path, name, objects.size()), violations));
                }
                yield objects;
            }
            default -> this.<List<Fields>>violated(name, "invalid_format");
        };
    }

    /// Notes a broken rule; returns null, for which the field is then read.
    public <T> @Nullable T violated(String name, String code) {
        var codes = violations.computeIfAbsent(path + name, ignored -> new ArrayList<>());
        if (!codes.contains(code)) codes.add(code);
        return null;
    }

    public boolean isValid() {
        return violations.isEmpty();
    }

    /// @throws Refusal.Invalid with all violations, if there are any
    public void refuseViolations() {
        if (!violations.isEmpty()) throw new Refusal.Invalid(violations);
    }

    private static Map<String, Object> texted(Map<?, ?> map) {
        var texted = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> {
            if (value != null) texted.put(String.valueOf(key), value);
        });
        return texted;
    }
}
