package io.millrace.rating.invoice;

import java.util.function.Predicate;

/// Usage that was invoiced already, when it passed a threshold, taken off the period's invoice.
///
/// It comes off the fee that it was invoiced for or, where that is not known, off all usage. What was invoiced
/// beyond the usage that there is at the end goes back by a credit note.
///
/// ```
/// usage 100 and 60, invoiced before: 80 of the first, 90 of the second    credit 140, excess 30
/// ```
///
/// @param creditCents at most the invoice's usage
/// @param excessCents for the credit note
public record ProgressiveCredit(long creditCents, long excessCents, DiscountedFees fees) {

    static ProgressiveCredit of(ProgressivelyBilled billed, DiscountedFees fees) {
        ProgressiveCredit credit = new ProgressiveCredit(0, 0, fees);
        for (var fee : billed.feeCents().entrySet()) {
            credit = credit.plus(fee.getValue(), each -> each.id().equals(fee.getKey()));
        }
        return credit.plus(billed.otherCents(), each -> each.kind().counted() == FeeKind.CHARGE);
    }

    private ProgressiveCredit plus(long invoicedCents, Predicate<Fee> of) {
        long credit = Math.min(invoicedCents, fees.leftCents(of).floor());
        return new ProgressiveCredit(
                Math.addExact(creditCents, credit),
                Math.addExact(excessCents, invoicedCents - credit),
                fees.less(credit, of));
    }
}
