package io.millrace.calculator;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What can be asked; each in a file of its own.
enum Calculation {
    CHARGE_MODEL(ChargeModelCalculation::of),
    FILTER(FilterCalculation::of),
    EXPRESSION(ExpressionCalculation::of),
    AGGREGATION(AggregationCalculation::of),
    BILLING_PERIOD(BillingPeriodCalculation::of),
    PRORATION(ProrationCalculation::of),
    INVOICE(InvoiceCalculation::of);

    private final Function<Input, Map<String, ? extends @Nullable Object>> calculation;

    Calculation(Function<Input, Map<String, ? extends @Nullable Object>> calculation) {
        this.calculation = calculation;
    }

    /// The result of a case, as [Output] prints it. Throws [Refusal] for input that has none.
    Map<String, ? extends @Nullable Object> of(Input input) {
        return calculation.apply(input);
    }

    static Optional<Calculation> find(String code) {
        return Arrays.stream(values())
                .filter(calculation -> calculation.code().equals(code))
                .findFirst();
    }

    static String codes() {
        return Arrays.stream(values()).map(Calculation::code).collect(Collectors.joining(", "));
    }

    private String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
