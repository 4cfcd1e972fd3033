package io.millrace.calculator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The units that a metric makes of events.
final class AggregationCalculation {

    private AggregationCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        throw new Refusal("unknown_calc", "aggregation: is not there yet");
    }
}
