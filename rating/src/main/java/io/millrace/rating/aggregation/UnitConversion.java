package io.millrace.rating.aggregation;

import java.math.BigDecimal;

/// Another unit for what a metric measures, such as bytes billed as gigabytes: divide by 1 000 000 000.
///
/// @param operation what is done with the factor
/// @param factor above 0
public record UnitConversion(Operation operation, BigDecimal factor) {

    /// Which way the factor works.
    public enum Operation {
        MULTIPLY,
        DIVIDE
    }

    /// Refuses a factor that is not above 0.
    public UnitConversion {
        if (factor.signum() <= 0) {
            throw new IllegalArgumentException("a factor must be above 0: " + factor);
        }
    }

    /// The units in the other unit, unrounded; a quotient without end has 60 digits.
    public BigDecimal apply(BigDecimal units) {
        return switch (operation) {
            case MULTIPLY -> units.multiply(factor);
            case DIVIDE -> units.divide(factor, Aggregation.DIVISION);
        };
    }
}
