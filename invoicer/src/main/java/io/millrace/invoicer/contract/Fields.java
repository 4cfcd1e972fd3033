package io.millrace.invoicer.contract;

import io.micronaut.http.HttpRequest;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A JSON object of a request, read field by field. What breaks a rule is noted and read as absent, so that
/// [#refuseViolations] can answer with all of it at once. Fields that nobody reads are ignored.
public final class Fields {
    /// Longest text that names something; longer keys would not fit PostgreSQL's indexes.
    public static final int NAME_LENGTH = 255;

    private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2300-01-01T00:00:00Z");
    private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());
    private static final Set<String> LANGUAGES = Set.of(Locale.getISOLanguages());
    private static final Pattern EMAIL = Pattern.compile("[^\\s@]+@([\\p{L}0-9-]+\\.)+[\\p{L}0-9-]{2,}");
    private static final Pattern LOCALE = Pattern.compile("([a-z]{2})(-[A-Z]{2})?");

    /// Ends the name of a parameter that may be given many times.
    private static final String LIST = "[]";

    private static volatile @Nullable Consumer<Read> told;

    private final Map<?, ?> values;
    private final @Nullable String resource;
    private final String path;
    private final Map<String, List<String>> violations;

    private Fields(Map<?, ?> values, @Nullable String resource, String path, Map<String, List<String>> violations) {
        this.values = values;
        this.resource = resource;
        this.path = path;
        this.violations = violations;
    }

    /// That a field was looked for.
    ///
    /// @param resource name of the object in the body; empty where the body is the object; null in the address
    /// @param path such as `charges[].filters[].values`
    /// @param schema what is taken for it, in the words of JSON Schema; empty where its presence was asked alone
    public record Read(@Nullable String resource, String path, Map<String, Object> schema) {}

    /// Tells of every field that is looked for from now on: a test writes the API's document from it, and nothing else
    /// needs to know.
    ///
    /// @param told called by the threads that read; null for nobody
    public static void tell(@Nullable Consumer<Read> told) {
        Fields.told = told;
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
            return new Fields(values, resource, "", new LinkedHashMap<>());
        }
        throw new Refusal.BadRequest("param is missing or the value is empty: " + resource);
    }

    /// Reads a request whose body is the object itself.
    ///
    /// @throws Refusal.BadRequest if the body is no JSON object
    public static Fields of(byte @Nullable [] body) {
        if (body != null && body.length > 0 && Json.parse(body) instanceof Map<?, ?> values) {
            return new Fields(values, "", "", new LinkedHashMap<>());
        }
        throw new Refusal.BadRequest("body is not a JSON object");
    }

    /// A request that names no fields.
    public static Fields none() {
        return new Fields(Map.of(), "", "", new LinkedHashMap<>());
    }

    /// Reads the parameters of a request's address; of one that is given twice, the first, unless it is read as a
    /// list ([#listed]).
    public static Fields ofParameters(HttpRequest<?> request) {
        var values = new LinkedHashMap<String, Object>();
        request.getParameters().forEach((name, given) -> {
            if (!name.endsWith(LIST)) values.put(name, given.isEmpty() ? "" : given.getFirst());
            values.merge(name.endsWith(LIST) ? name : name + LIST, given, Fields::joined);
        });
        return new Fields(values, null, "", new LinkedHashMap<>());
    }

    /// True if the field is there, even if null.
    public boolean has(String name) {
        tell(name, Map.of());
        return values.containsKey(name);
    }

    /// True if no field is there.
    public boolean isEmpty() {
        return values.isEmpty();
    }

    public boolean isPresent(String name) {
        tell(name, Map.of());
        return values.get(name) != null;
    }

    public @Nullable String text(String name) {
        tell(name, Map.of("type", "string"));
        return switch (values.get(name)) {
            case null -> null;
            case String text -> text;
            default -> violated(name, "invalid_format");
        };
    }

    /// A text that names something: not blank, and at most [#NAME_LENGTH] characters. Empty if violated.
    public String requiredName(String name) {
        tell(name, Map.of("minLength", 1, "maxLength", NAME_LENGTH));
        var text = text(name);
        if (text == null || text.isBlank()) {
            if (!isPresent(name) || text != null) violated(name, "value_is_mandatory");
            return "";
        }
        if (text.length() > NAME_LENGTH) violated(name, "value_is_too_long");
        return text.strip();
    }

    public @Nullable String name(String name) {
        tell(name, Map.of("maxLength", NAME_LENGTH));
        var text = text(name);
        if (text != null && text.length() > NAME_LENGTH) violated(name, "value_is_too_long");
        return text;
    }

    public @Nullable Boolean flag(String name) {
        tell(name, Map.of("type", "boolean"));
        return switch (values.get(name)) {
            case null -> null;
            case Boolean flag -> flag;
            default -> this.<Boolean>violated(name, "invalid_format");
        };
    }

    public boolean flag(String name, boolean otherwise) {
        tell(name, Map.of("default", otherwise));
        var flag = flag(name);
        return flag == null ? otherwise : flag;
    }

    /// @param least inclusive
    /// @param most inclusive
    public @Nullable Long wholeNumber(String name, long least, long most) {
        tell(name, Map.of("type", "integer", "minimum", least, "maximum", most));
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
        tell(name, Map.of("type", List.of("string", "number"), "minimum", least, "maximum", most));
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
        tell(name, Map.of("type", "number"));
        return switch (values.get(name)) {
            case null -> false;
            case BigDecimal decimal -> decimal.signum() != 0;
            case BigInteger huge -> huge.signum() != 0;
            case Number number -> number.longValue() != 0;
            default -> true;
        };
    }

    public @Nullable String oneOf(String name, Collection<String> allowed) {
        tell(name, Map.of("enum", List.copyOf(allowed)));
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
        tell(name, Map.of("format", "date-time"));
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

    /// An address, or several with commas between them, as the contract takes them.
    public @Nullable String emails(String name) {
        tell(name, Map.of("format", "email"));
        var text = name(name);
        if (text == null || text.isEmpty() || text.length() > NAME_LENGTH) return null;
        boolean allAre = Arrays.stream(text.split(",", -1))
                .allMatch(each -> EMAIL.matcher(each.strip()).matches());
        return allAre ? text : violated(name, "invalid_email_format");
    }

    /// ISO 3166 code, such as `FR`.
    public @Nullable String country(String name) {
        var text = text(name);
        if (text == null || text.isEmpty()) return null;
        var code = text.toUpperCase(Locale.ROOT);
        return COUNTRIES.contains(code) ? code : violated(name, "country_code_invalid");
    }

    /// ISO 639-1 code of a language, with or without a region: `fr`, `pt-BR`.
    public @Nullable String locale(String name) {
        var text = text(name);
        if (text == null || text.isEmpty()) return null;
        var parts = LOCALE.matcher(text);
        boolean isKnown = parts.matches()
                && LANGUAGES.contains(parts.group(1))
                && (parts.group(2) == null || COUNTRIES.contains(parts.group(2).substring(1)));
        return isKnown ? text : violated(name, "language_code_invalid");
    }

    /// IANA name of a zone, such as `Europe/Paris`.
    public @Nullable String timezone(String name) {
        var text = text(name);
        if (text == null || text.isEmpty()) return null;
        return ZoneId.getAvailableZoneIds().contains(text) ? text : violated(name, "invalid_timezone");
    }

    /// ISO 4217 code of a currency that amounts can be in.
    public @Nullable String currency(String name) {
        var text = text(name);
        if (text == null || text.isEmpty()) return null;
        return CurrencyUnit.find(text).isPresent() ? text : violated(name, "value_is_invalid");
    }

    public @Nullable UUID id(String name) {
        tell(name, Map.of("format", "uuid"));
        var text = text(name);
        if (text == null) return null;
        var id = Ids.parse(text);
        return id.isPresent() ? id.get() : this.<UUID>violated(name, "value_is_invalid");
    }

    /// An object, read field by field like this one; null if absent.
    public @Nullable Fields object(String name) {
        tell(name, Map.of("type", "object"));
        return switch (values.get(name)) {
            case null -> null;
            case Map<?, ?> map -> new Fields(map, resource, path + name + ".", violations);
            default -> this.<Fields>violated(name, "invalid_format");
        };
    }

    /// The same with values of some fields put in the place of what was given.
    public Fields with(Map<String, ?> others) {
        var all = new LinkedHashMap<Object, Object>(values);
        all.putAll(others);
        return new Fields(all, resource, path, violations);
    }

    /// An object taken as it is; empty if absent.
    public Map<String, Object> tree(String name) {
        tell(name, Map.of("type", "object"));
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
        tell(name, Map.of("type", "array", "items", Map.of("type", "string")));
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
        tell(name, Map.of("type", "array", "items", Map.of("type", "object")));
        return switch (values.get(name)) {
            case null -> null;
            case List<?> list
            when list.stream().allMatch(Map.class::isInstance) -> {
                var objects = new ArrayList<Fields>();
                for (var each : list) {
                    objects.add(new Fields(
                            (Map<?, ?>) each, resource, "%s%s[%d].".formatted(path, name, objects.size()), violations));
                }
                yield objects;
            }
            default -> this.<List<Fields>>violated(name, "invalid_format");
        };
    }

    /// Refuses fields that the contract has, but an invoice would not follow: better than to bill wrongly. Null,
    /// false, and what is empty ask for nothing.
    public void refuseUnavailable(Collection<String> names) {
        for (var name : names) {
            tell(name, Map.of());
            var asksNothing = switch (values.get(name)) {
                case null -> true;
                case Boolean flag -> !flag;
                case String text -> text.isEmpty();
                case Collection<?> list -> list.isEmpty();
                case Map<?, ?> map -> map.isEmpty();
                default -> !isNotZero(name);
            };
            if (!asksNothing) violated(name, "feature_unavailable");
        }
    }

    /// All texts of a parameter that may be given many times, as `name[]` or as `name`; none that is empty.
    public List<String> listed(String name) {
        var texts = texts(name + LIST);
        return texts == null
                ? List.of()
                : texts.stream().filter(text -> !text.isEmpty()).toList();
    }

    /// The texts of a parameter that is given by keys, such as `group[cloud]=aws`; by key.
    public Map<String, String> keyed(String name) {
        tell(name, Map.of("type", "object", "additionalProperties", Map.of("type", "string")));
        var keyed = new LinkedHashMap<String, String>();
        values.forEach((given, value) -> {
            if (given instanceof String key
                    && key.length() > name.length() + 2
                    && key.startsWith(name + "[")
                    && key.endsWith("]")
                    && value instanceof String text) {
                keyed.put(key.substring(name.length() + 1, key.length() - 1), text);
            }
        });
        return keyed;
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

    private void tell(String name, Map<String, Object> schema) {
        var told = Fields.told;
        if (told != null) told.accept(new Read(resource, path.replaceAll("\\[[0-9]+]", "[]") + name, schema));
    }

    private static List<?> joined(Object one, Object other) {
        return Stream.concat(((List<?>) one).stream(), ((List<?>) other).stream())
                .toList();
    }

    private static Map<String, Object> texted(Map<?, ?> map) {
        var texted = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> {
            if (value != null) texted.put(String.valueOf(key), value);
        });
        return texted;
    }
}
