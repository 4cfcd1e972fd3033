package io.millrace.rating.invoice;

/// Usage that was invoiced already, when it passed a threshold, taken off the period's invoice.
///
/// It comes off usage alone. What was invoiced beyond the usage there is now goes back by a credit note.
///
/// @param creditCents at most the invoice's usage
/// @param excessCents for the credit note
public record ProgressiveCredit(long creditCents, long excessCents, DiscountedFees fees) {

    /// @param invoicedCents net of the coupons of the progressive invoices; not negative
    static ProgressiveCredit of(long invoicedCents, DiscountedFees fees) {
        long credit = Math.min(
                invoicedCents, fees.leftCents(ProgressiveCredit::isUsage).floor());
        return new ProgressiveCredit(credit, invoicedCents - credit, fees.less(credit, ProgressiveCredit::isUsage));
    }

    private static boolean isUsage(Fee fee) {
        return fee.kind().counted() == FeeKind.CHARGE;
    }
}
