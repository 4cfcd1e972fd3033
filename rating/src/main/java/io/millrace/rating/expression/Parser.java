package io.millrace.rating.expression;

import io.millrace.rating.expression.Node.Extreme;
import io.millrace.rating.expression.Node.Neighbour;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the language that [Expression] describes, one precedence after the other: a sum is products joined
/// by `+` and `-`, a product is signed values joined by `*` and `/`.
///
/// ```
/// 1 + 2 * 3 - 4        sum of 1, + product of 2 * 3, - 4
/// ```
final class Parser {

    private final String source;
    private int at;
    private int depth;

    private Parser(String source) {
        this.source = source;
    }

    static ParsedExpression parse(String source) {
        if (source.length() > Expression.MAX_SOURCE_LENGTH) {
            return new ParseError(
                    Expression.MAX_SOURCE_LENGTH, "longer than %d characters".formatted(Expression.MAX_SOURCE_LENGTH));
        }
        Parser parser = new Parser(source);
        try {
            Node root = parser.operations(Operator.SUM);
            if (parser.at < source.length()) {
                throw parser.refused("an operator or the end is expected");
            }
            return new Expression(root);
        } catch (Refused refused) {
            return refused.error;
        }
    }

    /// Values joined by operators that bind at least as tight as `precedence`. Leaves the blanks behind it
    /// read, as every other reading method does.
    private Node operations(int precedence) {
        if (precedence == Operator.SIGNED) {
            return signed();
        }
        Node first = operations(precedence + 1);
        List<Node.Link> rest = new ArrayList<>();
        for (Operator next = operator(); next != null && next.precedence() == precedence; next = operator()) {
            at++;
            rest.add(new Node.Link(next, operations(precedence + 1)));
        }
        return rest.isEmpty() ? first : new Node.Chain(first, List.copyOf(rest));
    }

    private @Nullable Operator operator() {
        return switch (peek()) {
            case '+' -> Operator.ADD;
            case '-' -> Operator.SUBTRACT;
            case '*' -> Operator.MULTIPLY;
            case '/' -> Operator.DIVIDE;
            default -> null;
        };
    }

    /// One sign at most: `--1` is refused, `-(-1)` is not.
    private Node signed() {
        skipBlanks();
        return skip('-') ? new Node.Negation(value()) : value();
    }

    private Node value() {
        skipBlanks();
        char next = peek();
        if (isDigit(next)) {
            return number();
        } else if (next == '\'') {
            return quoted();
        } else if (skip('(')) {
            Node inner = nested();
            closed();
            return inner;
        } else if (isLetter(next)) {
            return named();
        }
        throw refused("a number, a text, a part of the event, a function or ( is expected");
    }

    private Node nested() {
        if (++depth > Expression.MAX_DEPTH) {
            throw refused("nested deeper than %d".formatted(Expression.MAX_DEPTH));
        }
        Node node = operations(Operator.SUM);
        depth--;
        return node;
    }

    /// `12` or `12.5`: digits on both sides of a point, neither sign nor exponent.
    private Node number() {
        int start = at;
        int digits = digits();
        if (peek() == '.') {
            at++;
            digits = Math.max(digits, digits());
        }
        if (digits > Expression.MAX_DIGITS) {
            throw new Refused(new ParseError(
                    start, "more than %d digits before or after the point".formatted(Expression.MAX_DIGITS)));
        }
        BigDecimal value = new BigDecimal(source.substring(start, at));
        skipBlanks();
        return new Node.Literal(value);
    }

    private Node quoted() {
        int end = source.indexOf('\'', at + 1);
        if (end < 0) {
            throw refused("the text does not end");
        }
        Node text = new Node.Quoted(source.substring(at + 1, end));
        at = end + 1;
        skipBlanks();
        return text;
    }

    private Node named() {
        int start = at;
        String name = word();
        if (name.equals("event")) {
            return partOfEvent();
        }
        skipBlanks();
        return switch (name) {
            case "concat", "CONCAT", "Concat" -> new Node.Concat(arguments());
            case "round", "ROUND", "Round" -> rounding(Neighbour.ROUND);
            case "ceil", "CEIL", "Ceil" -> rounding(Neighbour.CEIL);
            case "floor", "FLOOR", "Floor" -> rounding(Neighbour.FLOOR);
            case "least", "LEAST", "Least" -> new Node.Selection(Extreme.LEAST, arguments());
            case "greatest", "GREATEST", "Greatest" -> new Node.Selection(Extreme.GREATEST, arguments());
            default -> throw new Refused(new ParseError(start, "there is no function of this name"));
        };
    }

    /// No blanks around its points.
    private Node partOfEvent() {
        expect('.', "event.code, event.timestamp or event.properties.NAME is expected");
        int start = at;
        Node part = switch (word()) {
            case "code" -> new Node.Code();
            case "timestamp" -> new Node.Timestamp();
            case "properties" -> {
                expect('.', "the name of a property is expected");
                if (!isLetter(peek())) {
                    throw refused("the name of a property is expected");
                }
                yield new Node.Property(word());
            }
            default -> throw new Refused(new ParseError(start, "an event has code, timestamp and properties"));
        };
        skipBlanks();
        return part;
    }

    private Node rounding(Neighbour neighbour) {
        int start = at;
        List<Node> arguments = arguments();
        if (arguments.size() > 2) {
            throw new Refused(new ParseError(start, "one or two arguments are expected"));
        }
        return new Node.Rounding(neighbour, arguments.getFirst(), arguments.size() == 2 ? arguments.getLast() : null);
    }

    private List<Node> arguments() {
        expect('(', "( is expected");
        List<Node> arguments = new ArrayList<>();
        do {
            arguments.add(nested());
        } while (skip(','));
        closed();
        return List.copyOf(arguments);
    }

    private void closed() {
        expect(')', "an operator or ) is expected");
        skipBlanks();
    }

    private void expect(char character, String reason) {
        if (!skip(character)) {
            throw refused(reason);
        }
    }

    private boolean skip(char character) {
        boolean isThere = at < source.length() && source.charAt(at) == character;
        at += isThere ? 1 : 0;
        return isThere;
    }

    private void skipBlanks() {
        while (peek() == ' ') {
            at++;
        }
    }

    /// Reads one digit or more and says how many.
    private int digits() {
        int start = at;
        while (isDigit(peek())) {
            at++;
        }
        if (at == start) {
            throw refused("a digit is expected");
        }
        return at - start;
    }

    /// Letters, digits and `_`; empty where there are none.
    private String word() {
        int start = at;
        while (isLetter(peek()) || isDigit(peek()) || peek() == '_') {
            at++;
        }
        return source.substring(start, at);
    }

    /// NUL at the end; as a character of the source it fits nowhere but in a text.
    private char peek() {
        return at < source.length() ? source.charAt(at) : '\0';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private Refused refused(String reason) {
        return new Refused(new ParseError(at, reason));
    }

    /// Leaves the reading at the first error; never leaves the parser.
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient ParseError error;

        Refused(ParseError error) {
            super(error.reason(), null, false, false);
            this.error = error;
        }
    }
}
