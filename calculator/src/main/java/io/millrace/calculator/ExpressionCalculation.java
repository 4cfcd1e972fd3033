package io.millrace.calculator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a metric's expression makes of an event.
final class ExpressionCalculation {

    private ExpressionCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        throw new Refusal("unknown_calc", "expression: is not there yet");
    }
}
