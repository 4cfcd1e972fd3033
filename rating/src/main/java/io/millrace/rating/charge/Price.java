package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.math.MathContext;

/// What usage costs, exactly.
///
/// @param units the units that were priced: those of the usage, 0 where they were negative
/// @param amount major units of the charge's currency, unrounded; not negative
/// @param unitAmount average price of a unit to 34 significant digits: for showing, never for computing. Of a
/// unit before proration; 0 where there are no units
/// @param details how the amount came about
public record Price(BigDecimal units, BigDecimal amount, BigDecimal unitAmount, AmountDetails details) {

    /// The price of negative usage.
    static final Price NOTHING = new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO, AmountDetails.NONE);

    /// The price of usage that is not negative; a negative amount becomes 0.
    static Price of(Usage usage, BigDecimal amount, AmountDetails details) {
        if (amount.signum() < 0) {
            return new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO, details);
        }
        BigDecimal unitAmount = usage.fullUnits().signum() == 0
                ? BigDecimal.ZERO
                : amount.divide(usage.fullUnits(), MathContext.DECIMAL128);
        return new Price(usage.units(), amount, unitAmount, details);
    }
}
