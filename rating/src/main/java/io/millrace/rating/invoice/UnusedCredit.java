package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;

/// What the days are worth that were paid in advance and are not used: the amounts of the credit note at a
/// termination or an upgrade.
///
/// ```
/// plan 3100 in a month of 31 days, terminated on the 15th, coupon 1000 on the fee, tax 20 percent
///
///   16 unused days × 100                    1600
/// − their part of the coupon 1000 × 16/31    516.13
/// = sub-total                               1083.87     1084
/// + taxes, 20 percent                        216.77      217
/// = total                                               1301
/// ```
///
/// Sub-total and taxes are each rounded from their exact amount, and the total is their sum, as of any
/// [CreditNote].
///
/// @param item the unused part of the fee, before coupons and taxes; exact
/// @param couponsAdjustmentCents the item's part of the fee's coupons; exact
public record UnusedCredit(Fraction item, Fraction couponsAdjustmentCents, long subTotalCents, long taxesCents) {

    /// Nothing where the subscription was used to its end, or all was given back before.
    ///
    /// @param unused the plan's amount, as it was billed, for the unused days; not negative:
    /// [io.millrace.rating.subscription.SubscriptionTerm#unused]
    public static UnusedCredit of(Fraction unused, PaidFee fee) {
        if (unused.signum() < 0) {
            throw new IllegalArgumentException("less than nothing is unused: " + unused);
        }
        // A fee for a part of the period only, as after an earlier upgrade, may be less than the days are worth.
        Fraction item = unused.min(fee.cents()).minus(fee.creditedCents()).max(Fraction.ZERO);
        Fraction coupons = item.signum() == 0
                ? Fraction.ZERO
                : item.times(fee.couponsCents()).dividedBy(fee.cents());
        Fraction subTotal = item.minus(coupons);
        Fraction taxes = subTotal.times(Fraction.of(fee.taxRate().movePointLeft(2)));
        return new UnusedCredit(item, coupons, subTotal.rounded(), taxes.rounded());
    }

    public long totalCents() {
        return Math.addExact(subTotalCents, taxesCents);
    }
}
