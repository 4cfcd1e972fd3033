package io.millrace.calculator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The billing period of a subscription.
final class BillingPeriodCalculation {

    private BillingPeriodCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        throw new Refusal("unknown_calc", "billing_period: is not there yet");
    }
}
