package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.rating.expression.Expression;
import io.millrace.rating.expression.ExpressionEvent;
import io.millrace.rating.expression.ExpressionResult;
import io.millrace.rating.expression.ParseError;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an expression makes of an event that nobody sent: the very text that would be measured.
final class ExpressionTrial {
    private static final BigDecimal EARLIEST = BigDecimal.valueOf(Instant.EPOCH.getEpochSecond());
    private static final BigDecimal LATEST =
            BigDecimal.valueOf(Instant.parse("9999-12-31T23:59:59Z").getEpochSecond());

    private ExpressionTrial() {}

    /// @param fields with an `expression` and an `event`
    /// @param now the time of an event that has none
    /// @throws io.millrace.invoicer.contract.Refusal.Invalid if it is no expression, or makes nothing that could be
    /// measured of the event
    static String evaluate(Fields fields, Instant now) {
        var expression = expression(fields);
        var event = event(fields, now);
        var result = expression == null || event == null ? null : text(expression.evaluate(event));
        if (result == null && expression != null && fields.isValid()) fields.violated("event", "invalid_event");
        fields.refuseViolations();
        if (result == null) throw new IllegalStateException("what has no result is refused");
        return result;
    }

    private static @Nullable Expression expression(Fields fields) {
        var source = fields.text("expression");
        if (source == null || source.isBlank()) return fields.violated("expression", "value_is_mandatory");
        return switch (Expression.parse(source)) {
            case Expression expression -> expression;
            case ParseError _ -> fields.violated("expression", "invalid_expression");
        };
    }

    private static @Nullable ExpressionEvent event(Fields fields, Instant now) {
        var event = fields.object("event");
        if (event == null) return fields.violated("event", "value_is_mandatory");
        var seconds = event.decimal("timestamp", EARLIEST, LATEST);
        var properties = new LinkedHashMap<String, String>();
        event.tree("properties").forEach((name, value) -> properties.put(name, text(value)));
        return new ExpressionEvent(event.text("code"), seconds == null ? now : instant(seconds), properties);
    }

    private static Instant instant(BigDecimal seconds) {
        return Instant.ofEpochSecond(
                seconds.longValue(),
                seconds.remainder(BigDecimal.ONE).movePointRight(9).longValue());
    }

    /// As an event carries it.
    private static String text(Object value) {
        return switch (value) {
            case String text -> text;
            case Map<?, ?> _, Collection<?> _ -> Json.write(value);
            default -> value.toString();
        };
    }

    private static @Nullable String text(ExpressionResult result) {
        return switch (result) {
            case ExpressionResult.Text(var text) -> text;
            case ExpressionResult.Failure _ -> null;
            case ExpressionResult.Number number ->
                switch (number.quantity()) {
                    case Quantity.Exact(var value) -> Quantity.print(value);
                    case Quantity.Refusal _ -> null;
                };
        };
    }
}
