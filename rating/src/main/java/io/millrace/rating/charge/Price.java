package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.math.MathContext;

/// What usage costs, exactly.
///
/// @param units the units that were priced: those of the usage, 0 where they were negative
/// @param amount major units of the charge's currency, unrounded; not negative
/// @param details how the amount came about
public record Price(BigDecimal units, BigDecimal amount, AmountDetails details) {

    /// The price of negative usage.
    static final Price NOTHING = new Price(BigDecimal.ZERO, BigDecimal.ZERO, AmountDetails.NONE);

    /// Average price of a unit, to 34 significant digits; for showing, never for computing. 0 where there are
    /// no units.
    public BigDecimal unitAmount() {
        return units.signum() == 0 ? BigDecimal.ZERO : amount.divide(units, MathContext.DECIMAL128);
    }
}
