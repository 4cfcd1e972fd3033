package io.millrace.rating.expression;

import io.millrace.rating.money.DecimalText;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One step of an expression. Every step can be asked for a number, for a text, or for what it is by
/// itself; what it cannot be it throws as [Unevaluable].
///
/// ```
///                        number    text in concat             by itself
/// 1.50                   1.50      1.50                       number
/// 'a'                    refused   a                          text
/// property sent "007"    7         007                        number
/// property sent "a7"     refused   a7                         text
/// 1.50 * 2               3.00      3                          number
/// ```
sealed interface Node {

    BigDecimal number(ExpressionEvent event);

    /// As it stands in a `concat`: what was computed in plain form.
    default String text(ExpressionEvent event) {
        return Quantity.print(number(event));
    }

    default ExpressionResult result(ExpressionEvent event) {
        return new ExpressionResult.Number(number(event));
    }

    /// One of the precedences in [Operator]: what binds looser than its place needs parentheses.
    default int precedence() {
        return Operator.VALUE;
    }

    void print(StringBuilder out);

    default String print() {
        StringBuilder out = new StringBuilder();
        print(out);
        return out.toString();
    }

    /// A number as it is written, never negative.
    record Literal(BigDecimal value) implements Node {
        @Override
        public BigDecimal number(ExpressionEvent event) {
            return value;
        }

        @Override
        public String text(ExpressionEvent event) {
            return value.toPlainString();
        }

        @Override
        public void print(StringBuilder out) {
            out.append(value.toPlainString());
        }
    }

    /// A text as it is written, without `'`.
    record Quoted(String value) implements Node {
        @Override
        public BigDecimal number(ExpressionEvent event) {
            throw Unevaluable.notANumber("a text", value);
        }

        @Override
        public String text(ExpressionEvent event) {
            return value;
        }

        @Override
        public ExpressionResult result(ExpressionEvent event) {
            return new ExpressionResult.Text(value);
        }

        @Override
        public void print(StringBuilder out) {
            out.append('\'').append(value).append('\'');
        }
    }

    record Code() implements Node {
        private static final String NAME = "event.code";

        @Override
        public BigDecimal number(ExpressionEvent event) {
            throw Unevaluable.notANumber(NAME, text(event));
        }

        @Override
        public String text(ExpressionEvent event) {
            if (event.code() == null) {
                throw Unevaluable.missing(NAME);
            }
            return event.code();
        }

        @Override
        public ExpressionResult result(ExpressionEvent event) {
            return new ExpressionResult.Text(text(event));
        }

        @Override
        public void print(StringBuilder out) {
            out.append(NAME);
        }
    }

    /// In seconds.
    record Timestamp() implements Node {
        private static final String NAME = "event.timestamp";
        private static final int NANOSECOND_DIGITS = 9;

        @Override
        public BigDecimal number(ExpressionEvent event) {
            Instant timestamp = event.timestamp();
            if (timestamp == null) {
                throw Unevaluable.missing(NAME);
            }
            return BigDecimal.valueOf(timestamp.getEpochSecond())
                    .add(BigDecimal.valueOf(timestamp.getNano(), NANOSECOND_DIGITS));
        }

        @Override
        public void print(StringBuilder out) {
            out.append(NAME);
        }
    }

    record Property(String name) implements Node {
        private static final String PREFIX = "event.properties.";

        @Override
        public BigDecimal number(ExpressionEvent event) {
            String text = text(event);
            BigDecimal number = DecimalText.read(text);
            if (number == null) {
                throw Unevaluable.notANumber(PREFIX + name, text);
            }
            return bounded(number);
        }

        @Override
        public String text(ExpressionEvent event) {
            String text = event.properties().get(name);
            if (text == null) {
                throw Unevaluable.missing(PREFIX + name);
            }
            return text;
        }

        @Override
        public ExpressionResult result(ExpressionEvent event) {
            String text = text(event);
            BigDecimal number = DecimalText.read(text);
            return number == null ? new ExpressionResult.Text(text) : new ExpressionResult.Number(bounded(number));
        }

        @Override
        public void print(StringBuilder out) {
            out.append(PREFIX).append(name);
        }
    }

    record Negation(Node value) implements Node {
        @Override
        public BigDecimal number(ExpressionEvent event) {
            return value.number(event).negate();
        }

        @Override
        public int precedence() {
            return Operator.SIGNED;
        }

        @Override
        public void print(StringBuilder out) {
            out.append('-');
            printWithin(Operator.VALUE, value, out);
        }
    }

    /// Values joined by operators of one precedence, computed from the left: `5 - 2 + 1`.
    ///
    /// @param rest never empty
    record Chain(Node first, List<Link> rest) implements Node {
        @Override
        public BigDecimal number(ExpressionEvent event) {
            BigDecimal number = first.number(event);
            for (int i = 0; i < rest.size(); i++) {
                number = rest.get(i).appliedTo(number, event);
            }
            return number;
        }

        @Override
        public int precedence() {
            return rest.getFirst().operator.precedence();
        }

        @Override
        public void print(StringBuilder out) {
            printWithin(precedence() + 1, first, out);
            for (Link link : rest) {
                out.append(' ').append(link.operator.symbol()).append(' ');
                printWithin(precedence() + 1, link.value, out);
            }
        }
    }

    /// An operator and what stands on its right.
    record Link(Operator operator, Node value) {
        // lago-expression divides with the 100 digits of the Rust crate bigdecimal.
        private static final MathContext QUOTIENT = new MathContext(100, RoundingMode.HALF_UP);

        private BigDecimal appliedTo(BigDecimal left, ExpressionEvent event) {
            BigDecimal right = value.number(event);
            return bounded(
                    switch (operator) {
                        case ADD -> left.add(right);
                        case SUBTRACT -> left.subtract(right);
                        case MULTIPLY -> left.multiply(right);
                        case DIVIDE -> {
                            if (right.signum() == 0) {
                                throw Unevaluable.dividedByZero(value);
                            }
                            yield left.divide(right, QUOTIENT);
                        }
                    });
        }
    }

    record Concat(List<Node> parts) implements Node {
        @Override
        public BigDecimal number(ExpressionEvent event) {
            throw Unevaluable.notANumber("concat", text(event));
        }

        @Override
        public String text(ExpressionEvent event) {
            StringBuilder text = new StringBuilder();
            for (Node part : parts) {
                String next = part.text(event);
                if (text.length() + next.length() > Expression.MAX_TEXT_LENGTH) {
                    throw Unevaluable.tooLong();
                }
                text.append(next);
            }
            return text.toString();
        }

        @Override
        public ExpressionResult result(ExpressionEvent event) {
            return new ExpressionResult.Text(text(event));
        }

        @Override
        public void print(StringBuilder out) {
            printCall("concat", parts, out);
        }
    }

    /// Which neighbour `round`, `ceil` and `floor` take.
    enum Neighbour {
        /// Half away from zero: -1.5 becomes -2.
        ROUND(RoundingMode.HALF_UP),
        /// Towards positive infinity: -1.5 becomes -1.
        CEIL(RoundingMode.CEILING),
        /// Towards negative infinity: -1.5 becomes -2.
        FLOOR(RoundingMode.FLOOR);

        private final RoundingMode mode;

        Neighbour(RoundingMode mode) {
            this.mode = mode;
        }
    }

    /// @param digits after the point; null for none
    record Rounding(
            Neighbour neighbour, Node value, @Nullable Node digits) implements Node {
        private static final BigDecimal FEWEST = BigDecimal.valueOf(-Expression.MAX_DIGITS - 1);

        @Override
        public BigDecimal number(ExpressionEvent event) {
            BigDecimal number = value.number(event);
            if (digits == null) {
                return number.scale() <= 0 ? number : number.setScale(0, neighbour.mode);
            }
            BigDecimal kept = digits.number(event);
            // No digit is lost: not to write out a billion zeros.
            if (kept.compareTo(BigDecimal.valueOf(number.scale())) >= 0) {
                return number;
            }
            // Coarser than any number is large: all that is coarser gives 0 or too many digits, as this does.
            return bounded(number.setScale(kept.max(FEWEST).intValue(), neighbour.mode));
        }

        @Override
        public void print(StringBuilder out) {
            printCall(
                    neighbour.name().toLowerCase(Locale.ROOT),
                    digits == null ? List.of(value) : List.of(value, digits),
                    out);
        }
    }

    /// Which value `least` and `greatest` take.
    enum Extreme {
        LEAST,
        GREATEST
    }

    record Selection(Extreme extreme, List<Node> values) implements Node {
        @Override
        public BigDecimal number(ExpressionEvent event) {
            BigDecimal selected = values.getFirst().number(event);
            for (int i = 1; i < values.size(); i++) {
                BigDecimal next = values.get(i).number(event);
                selected = switch (extreme) {
                    case LEAST -> selected.min(next);
                    case GREATEST -> selected.max(next);
                };
            }
            return selected;
        }

        @Override
        public void print(StringBuilder out) {
            printCall(extreme.name().toLowerCase(Locale.ROOT), values, out);
        }
    }

    /// Refuses what would be long to write or to compute with.
    private static BigDecimal bounded(BigDecimal number) {
        if (number.signum() == 0) {
            return BigDecimal.ZERO;
        }
        // precision - scale is the position of the first digit: 1 for 1 to 9.99, whatever the scale.
        if (number.scale() > Expression.MAX_DIGITS || number.precision() - number.scale() > Expression.MAX_DIGITS) {
            throw Unevaluable.tooManyDigits();
        }
        return number;
    }

    private static void printWithin(int precedence, Node node, StringBuilder out) {
        if (node.precedence() < precedence) {
            out.append('(');
            node.print(out);
            out.append(')');
        } else {
            node.print(out);
        }
    }

    private static void printCall(String function, List<Node> arguments, StringBuilder out) {
        out.append(function).append('(');
        for (int i = 0; i < arguments.size(); i++) {
            out.append(i == 0 ? "" : ", ");
            arguments.get(i).print(out);
        }
        out.append(')');
    }
}
