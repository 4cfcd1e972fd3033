package io.millrace.rating.expression;

/// Why a text is no expression: the first place where it cannot go on, such as position 2 of `1+`.
///
/// @param position index of the first character that does not fit, from 0; the text's length where more was
/// to come
/// @param reason to be put after the position, such as `a value is missing`
public record ParseError(int position, String reason) implements ParsedExpression {

    /// For people, who count from 1, such as `character 3: a value is missing`.
    public String message() {
        return "character %d: %s".formatted(position + 1, reason);
    }
}
