package io.millrace.rating.subscription;

import io.millrace.rating.money.Fraction;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;

/// What a charge costs at least in a whole period (`min_amount_cents`); a true-up fee adds what usage did
/// not reach.
///
/// ```
/// minimum 1000, 31 of 31 days, used 700                    true-up 300
/// minimum 1000, 15 of 31 days, used 200    483.87 - 200    true-up 284
/// minimum 1000, 31 of 31 days, used 1500                   none
/// 1000 credits, 31 of 31 days, used 700, 0.25 a credit     true-up 75
/// ```
///
/// Days are those in which the subscription runs, free or not: [SubscriptionTerm#running].
///
/// @param cents for a whole period, in minor units of the currency, or of the charge's pricing unit
/// @param conversionRate money for one pricing unit, above zero: minimum and usage are in that unit, and
/// what is missing is converted; 1 for a charge that is priced in money
public record ChargeMinimum(long cents, BigDecimal conversionRate) {

    public ChargeMinimum {
        if (cents < 0 || conversionRate.signum() <= 0) {
            throw new IllegalArgumentException("%d at %s is no minimum".formatted(cents, conversionRate));
        }
    }

    /// In money.
    public static ChargeMinimum of(long cents) {
        return new ChargeMinimum(cents, BigDecimal.ONE);
    }

    /// The true-up fee; zero where the minimum is reached.
    ///
    /// @param usedCents what all fees of the charge in the period add up to, over all filters and groups;
    /// as they are invoiced, so that the invoice adds up to the minimum
    public Fraction trueUp(Proration days, BigDecimal usedCents) {
        return days.part(cents).minus(Fraction.of(usedCents)).max(Fraction.ZERO).times(Fraction.of(conversionRate));
    }

    /// The true-up fee's precise amount: what is missing to the fees before they were rounded. Zero where
    /// the fees as invoiced reach the minimum, and never below zero.
    public Fraction preciseTrueUp(Proration days, BigDecimal usedCents, BigDecimal usedPreciseCents) {
        boolean isReached = trueUp(days, usedCents).signum() == 0;
        return isReached ? Fraction.ZERO : trueUp(days, usedPreciseCents);
    }
}
