package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;

/// A fee and what was taken off it before taxes.
///
/// @param discountCents exact; progressive credit and coupons together, 0 to the fee's amount
public record DiscountedFee(Fee fee, Fraction discountCents) {

    /// Exact cents; what taxes are due on.
    public Fraction leftCents() {
        return Fraction.of(fee.amountCents()).minus(discountCents);
    }

    /// Exact cents; rounded, they are the fee's taxes.
    public Fraction taxesCents() {
        return fee.taxesOn(leftCents());
    }

    /// Exact taxes on what is left of the fee's amount before it was rounded.
    public Fraction preciseTaxesCents() {
        return fee.taxesOn(
                Fraction.of(fee.preciseAmountCents()).minus(discountCents).max(Fraction.ZERO));
    }

    /// Exact cents.
    public Fraction includingTaxesCents() {
        return leftCents().plus(taxesCents());
    }

    /// What coupons left of a part of the fee: of half of it, half.
    Fraction leftOf(Fraction partCents) {
        return fee.amountCents() == 0
                ? Fraction.ZERO
                : leftCents().times(partCents).dividedBy(Fraction.of(fee.amountCents()));
    }
}
