package io.millrace.streams;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads settings from environment variables; a wrong one is refused by name, with what it should look like.
public final class Environment {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private final Map<String, String> variables;

    private Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    public static Environment of(Map<String, String> variables) {
        return new Environment(variables);
    }

    /// A text that must be there.
    public String text(String name) {
        var value = value(name);
        if (value == null) throw new IllegalArgumentException(name + " is not set");
        return value;
    }

    public String text(String name, String otherwise) {
        var value = value(name);
        return value == null ? otherwise : value;
    }

    /// A text that may be absent.
    public @Nullable String optionalText(String name) {
        return value(name);
    }

    /// A whole number between bounds, both inclusive.
    public int number(String name, int otherwise, int from, int to) {
        var value = value(name);
        if (value == null) return otherwise;
        try {
            int number = Integer.parseInt(value);
            if (number >= from && number <= to) return number;
        } catch (NumberFormatException e) {
            // refused below
        }
        throw new IllegalArgumentException(
                "%s is \"%s\" and must be a whole number from %d to %d".formatted(name, value, from, to));
    }

    /// A duration such as `250ms`, `6s`, `15m`, `1h` or `31d`.
    public Duration duration(String name, Duration otherwise) {
        var value = value(name);
        if (value == null) return otherwise;
        var matcher = DURATION.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "%s is \"%s\" and must be a duration such as 250ms, 6s, 15m, 1h or 31d".formatted(name, value));
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private @Nullable String value(String name) {
        var value = variables.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
