package io.millrace.rating.expression;

/// What a text turned out to be: an [Expression] that can be evaluated, or the [ParseError] that says why
/// not.
public sealed interface ParsedExpression permits Expression, ParseError {}
