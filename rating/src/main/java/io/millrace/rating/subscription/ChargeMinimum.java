package io.millrace.rating.subscription;

import io.millrace.rating.money.ExactCents;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;

/// What a charge costs at least in a whole period (`min_amount_cents`); a true-up fee adds what usage did not reach.
///
/// ```
/// minimum 1000, 31 of 31 days, used 700                    true-up 300
/// minimum 1000, 15 of 31 days, used 200    483.87 - 200    true-up 284
/// minimum 1000, 31 of 31 days, used 1500                   none
/// ```
///
/// @param cents for a whole period, in minor units of the currency, or of the charge's pricing unit
public record ChargeMinimum(long cents) {

    /// The true-up fee; zero where the minimum is reached.
    ///
    /// @param days of the period in which the subscription runs, free or not: [SubscriptionTerm#running]
    /// @param usedCents what all fees of the charge in the period add up to, over all filters and groups; as they
    /// are invoiced, so that the invoice adds up to the minimum
    public ExactCents trueUp(Proration days, BigDecimal usedCents) {
        return days.part(cents).minus(ExactCents.of(usedCents)).orZero();
    }

    /// The same for a charge that is priced in a unit of its own, such as credits: minimum and usage are in that
    /// unit, and what is missing is converted.
    ///
    /// @param conversionRate money for one pricing unit; above zero
    public ExactCents trueUp(Proration days, BigDecimal usedUnits, BigDecimal conversionRate) {
        return trueUp(days, usedUnits).times(conversionRate);
    }
}
