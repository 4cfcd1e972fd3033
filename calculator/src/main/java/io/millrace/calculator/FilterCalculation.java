package io.millrace.calculator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which of a charge's filters prices an event, and the group it is priced in.
final class FilterCalculation {

    private FilterCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        throw new Refusal("unknown_calc", "filter: is not there yet");
    }
}
