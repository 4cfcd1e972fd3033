package io.millrace.rating.invoice;

/// An invoice added up, step by step.
///
/// @param feesCents all fees, before anything is taken off
public record InvoiceTotals(
        long feesCents,
        ProgressiveCredit progressive,
        CouponCredits coupons,
        Taxes taxes,
        CreditNoteCredits creditNotes,
        PrepaidCredits prepaid) {

    /// The fees after coupons, in the order of the invoice.
    public DiscountedFees fees() {
        return coupons.fees();
    }

    public long subTotalExcludingTaxesCents() {
        return feesCents - progressive.creditCents() - coupons.totalCents();
    }

    /// Rounded once, from all fees' exact taxes.
    public long taxesCents() {
        return taxes.cents().rounded();
    }

    public long subTotalIncludingTaxesCents() {
        return subTotalExcludingTaxesCents() + taxesCents();
    }

    /// What the customer owes.
    public long totalCents() {
        return subTotalIncludingTaxesCents() - creditNotes.totalCents() - prepaid.totalCents();
    }
}
