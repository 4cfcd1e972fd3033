package io.millrace.rating.expression;

import io.millrace.rating.expression.ExpressionResult.Failure;
import io.millrace.rating.expression.ExpressionResult.Reason;

/// Carries a failure from where it happens to [Expression#evaluate]; never leaves the package.
final class Unevaluable extends RuntimeException {

    private static final long serialVersionUID = 1;
    private static final int QUOTED_LENGTH = 64;

    private final transient Failure failure;

    private Unevaluable(Reason reason, String message) {
        super(message, null, false, false);
        this.failure = new Failure(reason, message);
    }

    static Unevaluable missing(String field) {
        return new Unevaluable(Reason.MISSING, field + " is absent");
    }

    /// @param what the expression's words, such as `event.properties.cpu`
    /// @param text what they say for this event
    static Unevaluable notANumber(String what, String text) {
        return new Unevaluable(Reason.NOT_A_NUMBER, "%s, \"%s\", is not a number".formatted(what, shortened(text)));
    }

    static Unevaluable dividedByZero(Node divisor) {
        return new Unevaluable(
                Reason.DIVISION_BY_ZERO, "%s, the divisor, is zero".formatted(shortened(divisor.print())));
    }

    static Unevaluable tooManyDigits() {
        return new Unevaluable(
                Reason.TOO_MANY_DIGITS,
                "a number has more than %d digits before or after the point".formatted(Expression.MAX_DIGITS));
    }

    static Unevaluable tooLong() {
        return new Unevaluable(
                Reason.TOO_LONG, "concat makes more than %d characters".formatted(Expression.MAX_TEXT_LENGTH));
    }

    Failure failure() {
        return failure;
    }

    private static String shortened(String text) {
        return text.length() <= QUOTED_LENGTH ? text : text.substring(0, QUOTED_LENGTH) + "…";
    }
}
