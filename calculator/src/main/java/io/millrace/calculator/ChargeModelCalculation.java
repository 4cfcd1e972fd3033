package io.millrace.calculator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a usage costs under a charge model.
final class ChargeModelCalculation {

    private ChargeModelCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        throw new Refusal("unknown_calc", "charge_model: is not there yet");
    }
}
