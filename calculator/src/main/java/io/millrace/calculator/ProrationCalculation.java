package io.millrace.calculator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A part of an amount for a part of a period.
final class ProrationCalculation {

    private ProrationCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        throw new Refusal("unknown_calc", "proration: is not there yet");
    }
}
