package io.millrace.rating.subscription;

import io.millrace.rating.money.Fraction;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;

/// What a customer spends at least on a plan in a whole period; a commitment fee adds what the fees did not
/// reach.
///
/// ```
/// commitment 1000000, 5 of 7 days, plan fee 71429     714285.71 - 71429    fee 642857
/// commitment 1000000, 7 of 7 days, fees 1200000                            none
/// ```
///
/// What is trued up is a period that is over, for only then its fees are known:
///
/// ```
///  |── first ──|── second ──|      in arrears: billed with the period's own plan fee
///              ▲ first          in advance: billed with the next period's plan fee; so the first invoice
///                               of a plan paid in advance has none
/// ```
///
/// A yearly or semiannual plan whose charges are billed monthly has it once, when its own period is over.
/// At a termination it is the running period's days up to the end.
///
/// @param cents for a whole period, in minor units
public record MinimumCommitment(long cents) {

    /// The commitment fee; zero where the commitment is reached.
    ///
    /// @param days of the period in which the subscription runs, free or not: [SubscriptionTerm#running]
    /// @param feesCents what the period's subscription, charge and fixed charge fees add up to, paid in
    /// advance or in arrears, before coupons and taxes
    public Fraction trueUp(Proration days, BigDecimal feesCents) {
        return days.part(cents).minus(Fraction.of(feesCents)).max(Fraction.ZERO);
    }
}
