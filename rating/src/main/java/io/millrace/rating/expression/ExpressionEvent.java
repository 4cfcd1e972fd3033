package io.millrace.rating.expression;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an expression sees of an event. Only what the expression uses must be there.
///
/// @param code the metric's code, null where it is not known
/// @param timestamp event time, null where it is not known
/// @param properties as events carry them: a JSON number by its digits, true and false as those words, a
/// nested value as its JSON; a JSON null is left out
public record ExpressionEvent(
        @Nullable String code, @Nullable Instant timestamp, Map<String, String> properties) {}
