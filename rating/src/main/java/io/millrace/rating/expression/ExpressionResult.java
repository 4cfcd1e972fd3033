package io.millrace.rating.expression;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;

/// What an expression makes of one event.
public sealed interface ExpressionResult {

    /// A number, not rounded but for divisions, which keep 100 significant digits.
    record Number(BigDecimal value) implements ExpressionResult {

        /// The number as it is stored and billed: rounded half up to [Quantity#MAX_FRACTION_DIGITS] digits
        /// after the point; refused where it is 10^[Quantity#MAX_INTEGER_DIGITS] or more.
        public Quantity quantity() {
            return Quantity.of(
                    value.scale() <= Quantity.MAX_FRACTION_DIGITS
                            ? value
                            : value.setScale(Quantity.MAX_FRACTION_DIGITS, RoundingMode.HALF_UP));
        }
    }

    /// A text that is not a number, or that was made by `concat`.
    record Text(String value) implements ExpressionResult {}

    /// There is no result for this event.
    ///
    /// @param reason for programs
    /// @param message for people, such as `event.properties.cpu is absent`
    record Failure(Reason reason, String message) implements ExpressionResult {}

    /// Why there is no result.
    enum Reason {
        /// The event lacks what the expression uses.
        MISSING,
        /// A text stands where a number is needed.
        NOT_A_NUMBER,
        /// Something is divided by zero.
        DIVISION_BY_ZERO,
        /// A number has more than [Expression#MAX_DIGITS] digits before or after the point.
        TOO_MANY_DIGITS,
        /// A text that `concat` makes is longer than [Expression#MAX_TEXT_LENGTH] characters.
        TOO_LONG
    }
}
