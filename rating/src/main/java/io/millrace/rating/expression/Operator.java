package io.millrace.rating.expression;

/// What stands between two values; a later precedence binds tighter.
enum Operator {
    ADD('+', Operator.SUM),
    SUBTRACT('-', Operator.SUM),
    MULTIPLY('*', Operator.PRODUCT),
    DIVIDE('/', Operator.PRODUCT);

    /// The precedences, from the loosest.
    static final int SUM = 1;
    static final int PRODUCT = 2;
    static final int SIGNED = 3;
    static final int VALUE = 4;

    private final char symbol;
    private final int precedence;

    Operator(char symbol, int precedence) {
        this.symbol = symbol;
        this.precedence = precedence;
    }

    char symbol() {
        return symbol;
    }

    int precedence() {
        return precedence;
    }
}
