package io.millrace.calculator;

import io.millrace.rating.expression.Expression;
import io.millrace.rating.expression.ExpressionEvent;
import io.millrace.rating.expression.ExpressionResult;
import io.millrace.rating.expression.ParseError;
import io.millrace.rating.money.DecimalText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a metric's expression makes of an event.
///
/// Two places evaluate expressions, and each has its own codes for what has no result. Which of them is
/// asked shows in the event:
///
/// ```
///                                             the text is no          the event does
///                                             expression              not fit it
/// an event of texts, as streams carry it      parse                   evaluation
/// an event with a JSON number among its       invalid_expression      invalid_event
///   properties, or nothing, as a client
///   of the API tries an expression out
/// ```
///
/// In both, an expression that is missing or blank is `value_is_mandatory`, and an event of another form
/// `invalid_event`.
final class ExpressionCalculation {

    private static final String INVALID_EVENT = "invalid_event";

    private ExpressionCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        String source = source(input);
        boolean isTriedOut = isTriedOut(input);
        return switch (Expression.parse(source)) {
            case ParseError error ->
                throw new Refusal(isTriedOut ? "invalid_expression" : "parse", "expression: " + error.message());
            case Expression expression ->
                switch (expression.evaluate(event(input))) {
                    case ExpressionResult.Number(BigDecimal value) -> result("number", value);
                    case ExpressionResult.Text(String value) -> result("string", value);
                    case ExpressionResult.Failure failure ->
                        throw new Refusal(isTriedOut ? INVALID_EVENT : "evaluation", failure.message());
                };
        };
    }

    private static Map<String, @Nullable Object> result(String type, Object value) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("type", type);
        result.put("value", value);
        return result;
    }

    private static String source(Input input) {
        return switch (input.optional("expression")) {
            case null -> throw Refusal.missing("expression");
            case String source when source.isBlank() -> throw Refusal.missing("expression");
            case String source -> source;
            default -> throw new Refusal("invalid_expression", "expression: is not a text");
        };
    }

    private static boolean isTriedOut(Input input) {
        return !(input.optional("event") instanceof Map<?, ?> event)
                || event.isEmpty()
                || (event.get("properties") instanceof Map<?, ?> properties
                        && properties.values().stream().anyMatch(Number.class::isInstance));
    }

    /// Without an event, one of which nothing is known: `1 + 3` needs none.
    private static ExpressionEvent event(Input input) {
        if (!input.has("event")) {
            return new ExpressionEvent(null, null, Map.of());
        }
        try {
            Input event = input.object("event");
            return new ExpressionEvent(
                    event.optionalText("code"), timestamp(event), EventProperties.of(event, "properties"));
        } catch (Refusal refusal) {
            throw new Refusal(INVALID_EVENT, refusal.getMessage());
        }
    }

    /// Seconds since 1970, or RFC 3339.
    private static @Nullable Instant timestamp(Input event) {
        if (!event.has("timestamp")) {
            return null;
        }
        if (event.optional("timestamp") instanceof String text && DecimalText.read(text) == null) {
            return event.instant("timestamp");
        }
        BigDecimal seconds = event.decimal("timestamp");
        BigDecimal whole = seconds.setScale(0, RoundingMode.FLOOR);
        try {
            return Instant.ofEpochSecond(
                    whole.longValueExact(),
                    seconds.subtract(whole).movePointRight(9).longValue());
        } catch (ArithmeticException | DateTimeException e) {
            throw event.invalid("timestamp", "is beyond all times");
        }
    }
}
