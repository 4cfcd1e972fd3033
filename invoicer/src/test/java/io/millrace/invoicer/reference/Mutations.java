package io.millrace.invoicer.reference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.invoicer.contract.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Makes requests that are nearly right, or not at all.
final class Mutations {
    /// Values as they stand in JSON, each bad in its own way where most are wanted.
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "0",
            "-0",
            "-1",
            "1",
            "0.1",
            "1.0",
            "1e2",
            "1E400",
            "1e999999",
            "-1e-999999",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999999999999999999999",
            "0.000000000000000000000000000001",
            "\"\"",
            "\" \"",
            "\"0\"",
            "\"-1\"",
            "\"1e999999\"",
            "\"1e99\"",
            "\"NaN\"",
            "\"Infinity\"",
            "\"0x10\"",
            "\"1_000\"",
            "\"١٢\"",
            "\"12.5000000000000000001\"",
            "\"99999999999999999999999\"",
            "\"😀\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\u0000\"",
            "\"\\u202e\"",
            "\"é\u0301\"",
            "\"'; drop table plans; --\"",
            "\"%s %n %x\"",
            "\"{}\"",
            "\"../../etc\"",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "[{}]",
            "[1]",
            "[\"a\",1]",
            "{\"\":null}",
            "{\"a\":{\"b\":[1e5]}}",
            "\"2026-02-30\"",
            "\"2026-08-01T25:00:00Z\"",
            "\"0000-00-00\"",
            "\"+999999999-12-31T23:59:59Z\"",
            "\"-0001-01-01T00:00:00Z\"",
            "\"2026-08-01T00:00:00+18:01\"",
            "\"1899-12-31T23:59:59Z\"",
            "\"2299-12-31T23:59:59.999999999Z\"",
            "\"2026-08-01 00:00:00Z\"",
            "\"1785542400\"",
            "\"now\"",
            "\"EUR\"",
            "\"JPY\"",
            "\"XXX\"",
            "\"UTC\"",
            "\"GMT+25\"",
            "\"Asia/Kolkata\"",
            "\"00000000-0000-0000-0000-000000000000\"",
            "\"1-1-1-1-1\"",
            "\"http://[::1\"",
            "\"http://user@\"",
            "\"graduated\"",
            "\"percentage\"",
            "\"weighted_sum_agg\"",
            "\"yearly\"",
            "\"anniversary\"");
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "%",
            "%zz",
            "%00",
            "%ff",
            "%C3%28",
            "%2F",
            "%2e%2e",
            "..",
            ".",
            "a%20b",
            "%F0%9F%98%80",
            "'",
            "\"",
            "\\",
            "<b>",
            "{}",
            "[]",
            "|",
            "é",
            "0",
            "-1",
            "1e9",
            "99999999999999999999",
            "true",
            "null",
            "2026-01-01",
            "2026-13-01",
            "yesterday",
            "1-1-1-1-1",
            "00000000-0000-0000-0000-000000000000",
            "0-0",
            "0-99999999999999999999",
            "-1--1",
            ";x=1",
            "+",
            "active",
            "batch");
    private static final List<String> TYPES = List.of(
            "application/json",
            "application/json",
            "application/json; charset=utf-16",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/xml",
            "image/png",
            "*/*",
            "nonsense",
            "",
            "application/json;",
            "a/b; charset=\"");

    private final RandomGenerator random;

    Mutations(RandomGenerator random) {
        this.random = random;
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    boolean happens(double probability) {
        return random.nextDouble() < probability;
    }

    /// For a place in an address.
    String text() {
        return happens(0.03) ? "x".repeat(1 << random.nextInt(11)) : one(TEXTS);
    }

    String contentType() {
        return one(TYPES);
    }

    /// @param example a request that would be taken
    byte[] body(@Nullable Object example) {
        if (happens(0.03)) return new byte[0];
        var text = new StringBuilder();
        write(text, happens(0.9) ? mutated(example) : example);
        if (happens(0.03))
            text.insert(
                    random.nextInt(text.length() + 1), one(List.of("{", "}", ",", "\"", "\\", "//", "\0", "\uFEFF")));
        if (happens(0.02)) text.setLength(random.nextInt(text.length() + 1));
        if (happens(0.02)) text.append(one(List.of("{}", "]", "x", " ")));
        byte[] bytes = text.toString().getBytes(happens(0.01) ? ISO_8859_1 : UTF_8);
        if (bytes.length > 0 && happens(0.03)) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        return bytes;
    }

    /// Text that stands in JSON as it is.
    private record Raw(String text) {}

    /// A field that is there twice.
    private record Twice(@Nullable Object first, @Nullable Object second) {}

    private @Nullable Object mutated(@Nullable Object tree) {
        var mutated = tree;
        for (int i = 0, times = 1 + random.nextInt(3); i < times; i++) mutated = changed(mutated);
        return mutated;
    }

    /// With one place changed, wherever it is.
    private @Nullable Object changed(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> map && !map.isEmpty() && happens(0.95)) {
            var copy = new LinkedHashMap<Object, @Nullable Object>(map);
            var key = one(List.copyOf(map.keySet()));
            double kind = random.nextDouble();
            if (map.size() > 1 && kind < 0.1) copy.remove(key);
            else if (kind < 0.15) copy.put(key, new Twice(map.get(key), leaf()));
            else if (kind < 0.2) copy.put("unknown", leaf());
            else copy.put(key, changed(map.get(key)));
            return copy;
        }
        if (tree instanceof List<?> list && !list.isEmpty() && happens(0.9)) {
            var copy = new ArrayList<@Nullable Object>(list);
            int at = random.nextInt(list.size());
            if (happens(0.1)) copy.remove(at);
            else if (happens(0.2)) copy.addAll(list);
            else copy.set(at, changed(list.get(at)));
            return copy;
        }
        return leaf();
    }

    private Raw leaf() {
        double kind = random.nextDouble();
        if (kind < 0.03) return new Raw("[".repeat(60) + "]".repeat(60));
        if (kind < 0.05) return new Raw("{\"a\":".repeat(3000) + "1" + "}".repeat(3000));
        if (kind < 0.08)
            return new Raw("\"" + one(List.of("x", "é", "😀", "\\u0041")).repeat(1 << random.nextInt(15)) + "\"");
        if (kind < 0.1) return new Raw("9".repeat(1 << random.nextInt(12)));
        return new Raw(one(VALUES));
    }

    private static void write(StringBuilder text, @Nullable Object value) {
        switch (value) {
            case Raw raw -> text.append(raw.text);
            case Map<?, ?> map -> {
                var separator = "{";
                for (var entry : map.entrySet()) {
                    var values = entry.getValue() instanceof Twice twice
                            ? Arrays.asList(twice.first, twice.second)
                            : Arrays.asList(entry.getValue());
                    for (var each : values) {
                        text.append(separator)
                                .append(Json.write(entry.getKey()))
                                .append(':');
                        write(text, each);
                        separator = ",";
                    }
                }
                text.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                var separator = "[";
                for (var each : list) {
                    text.append(separator);
                    write(text, each);
                    separator = ",";
                }
                text.append(list.isEmpty() ? "[]" : "]");
            }
            case Twice twice -> write(text, twice.second);
            case null, default -> text.append(Json.write(value));
        }
    }
}
