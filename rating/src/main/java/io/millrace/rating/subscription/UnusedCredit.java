package io.millrace.rating.subscription;

import io.millrace.rating.money.ExactCents;
import java.math.BigDecimal;

/// What a customer gets back of a fee that was paid in advance for days that are not used: the worth of the
/// credit note at a termination or an upgrade.
///
/// ```
/// plan 3100 in a month of 31 days, terminated on the 15th, coupon 1000 on the fee, tax 20 %
///
///   16 unused days × 100                    1600
///   their part of the coupon 1000 × 16/31   -516.13
///                                           ───────
///   sub total                               1083.87     1084
///   tax 20 %                                 216.77      217
///                                                       ────
///   total                                               1301
/// ```
///
/// The parts are rounded, and the total is their sum, as on any invoice.
///
/// @param item the unused part of the fee, before coupons and taxes
/// @param coupons the item's part of the fee's coupons
/// @param subTotalCents item less coupons, rounded
/// @param taxesCents on the unrounded item less coupons, rounded
public record UnusedCredit(ExactCents item, ExactCents coupons, long subTotalCents, long taxesCents) {

    /// Nothing where the subscription was used to its end, or all was given back before.
    ///
    /// @param unused the plan's amount for the unused days: [SubscriptionTerm#unused] of the price that was
    /// billed
    public static UnusedCredit of(ExactCents unused, PaidFee fee) {
        // A fee for a part of the period only, as after an earlier upgrade, may be less than the days are worth.
        ExactCents item = unused.min(ExactCents.of(fee.amountCents()))
                .minus(ExactCents.of(fee.creditedCents()))
                .orZero();
        ExactCents coupons = item.signum() == 0
                ? ExactCents.ZERO
                : item.times(fee.couponsCents()).dividedBy(BigDecimal.valueOf(fee.amountCents()));
        ExactCents subTotal = item.minus(coupons);
        ExactCents taxes = subTotal.times(fee.taxRate().movePointLeft(2));
        return new UnusedCredit(item, coupons, subTotal.cents(), taxes.cents());
    }

    public long totalCents() {
        return Math.addExact(subTotalCents, taxesCents);
    }
}
