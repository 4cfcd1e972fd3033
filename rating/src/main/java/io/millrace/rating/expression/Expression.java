package io.millrace.rating.expression;

/// A metric's expression, compiled: computes from an event what the metric measures, such as
/// `round((event.properties.replicas * event.properties.cpu) + 2, 2)`.
///
/// ```
/// sum       product { ("+" | "-") product }                 from the left: 5 - 2 - 1 is 2
/// product   signed { ("*" | "/") signed }                   from the left; / keeps 100 significant digits
/// signed    ["-"] value
/// value     12 | 12.5 | 'a text' | "(" sum ")"
///           event.code | event.timestamp | event.properties.NAME
///           concat "(" sum {"," sum} ")"                    the arguments one after the other, as a text
///           round "(" sum ["," digits] ")"                  half away from zero; ceil up, floor down
///           least "(" sum {"," sum} ")"                     or greatest
/// ```
///
/// - Only blanks may stand between words. Functions are written `round`, `ROUND` or `Round`. A NAME is an
///   ASCII letter followed by letters, digits and `_`. A text holds any character but `'`.
/// - A property is a number where its text reads as one, else a text. `event.timestamp` is in seconds since
///   1970. What is written as a text, `event.code` and what `concat` makes are texts, whatever they say.
/// - Digits to round to may be negative (tens, hundreds); a fraction of a digit is cut off.
/// - In `concat` a property stands as it was sent and a number as it is written; what was computed stands in
///   plain form without trailing zeros.
///
/// The language is lago-expression's. Unlike there, every event has an answer in bounded time (there a
/// division by zero ends the process, and so can an exponent), properties that the expression does not use do
/// no harm whatever they are, and `concat` keeps leading zeros: the users `007` and `7` stay two.
///
/// Immutable; evaluating one needs no lock.
public final class Expression implements ParsedExpression {

    /// Characters of a source.
    public static final int MAX_SOURCE_LENGTH = 4_096;

    /// How deep parentheses and functions may be nested.
    public static final int MAX_DEPTH = 50;

    /// Digits that a number on the way may have before the point, and as many after it.
    public static final int MAX_DIGITS = 1_000;

    /// Characters of a text that `concat` makes.
    public static final int MAX_TEXT_LENGTH = 65_536;

    private final Node root;

    Expression(Node root) {
        this.root = root;
    }

    /// Reads an expression once, to be evaluated on every event. Never throws.
    public static ParsedExpression parse(String source) {
        return Parser.parse(source);
    }

    /// What the expression makes of an event. Never throws.
    public ExpressionResult evaluate(ExpressionEvent event) {
        try {
            return root.result(event);
        } catch (Unevaluable e) {
            return e.failure();
        }
    }

    /// True for an expression that computes the same in the same steps, however it was spelled.
    @Override
    public boolean equals(Object other) {
        return other instanceof Expression expression && root.equals(expression.root);
    }

    @Override
    public int hashCode() {
        return root.hashCode();
    }

    /// The expression in its one spelling: functions in lower case, no parentheses around what binds tighter.
    /// Reads as the same expression again, unless the blanks around its operators make it longer than
    /// [#MAX_SOURCE_LENGTH].
    @Override
    public String toString() {
        return root.print();
    }
}
