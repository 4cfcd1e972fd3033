package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/// What usage costs, exactly.
///
/// @param units the units that were priced: those of the usage, 0 where they were negative
/// @param amount major units of the charge's currency, unrounded. Not negative, but where it is the difference
/// to a higher price
/// @param averagedOver the units that share the amount in [#unitAmount]: before proration, and of packages the
/// paid ones; not negative
/// @param details how the amount came about
public record Price(BigDecimal units, BigDecimal amount, BigDecimal averagedOver, AmountDetails details) {

    /// The price of negative usage.
    static final Price NOTHING = new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO, AmountDetails.NONE);

    /// The price of usage that is not negative; a negative amount becomes 0.
    static Price of(Usage usage, BigDecimal amount, AmountDetails details) {
        return of(usage, amount, usage.fullUnits(), details);
    }

    static Price of(Usage usage, BigDecimal amount, BigDecimal averagedOver, AmountDetails details) {
        return amount.signum() < 0
                ? new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO, details)
                : new Price(usage.units(), amount, averagedOver, details);
    }

    /// What the groups of a charge cost together.
    ///
    /// @param groups each priced by itself
    public static Price ofGroups(List<Price> groups) {
        Price sum = NOTHING;
        for (Price group : groups) {
            sum = new Price(
                    sum.units.add(group.units),
                    sum.amount.add(group.amount),
                    sum.averagedOver.add(group.averagedOver),
                    AmountDetails.NONE);
        }
        return sum;
    }

    /// Average price of a unit to 34 significant digits: for showing, never for computing. 0 where there are
    /// no units.
    public BigDecimal unitAmount() {
        return averagedOver.signum() == 0 ? BigDecimal.ZERO : amount.divide(averagedOver, MathContext.DECIMAL128);
    }
}
