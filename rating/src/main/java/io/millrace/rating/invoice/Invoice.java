package io.millrace.rating.invoice;

import java.util.List;
import java.util.function.Function;

/// What goes into an invoice, and how it is added up.
///
/// ```
///   fees
/// − progressive billing credit      ProgressiveCredit
/// − coupons                         CouponCredits
/// = sub-total excluding taxes
/// + taxes                           Taxes
/// = sub-total including taxes
/// − credit notes                    CreditNoteCredits
/// − prepaid credits                 PrepaidCredits
/// = total
/// ```
///
/// Every step takes at most what the steps before it left, so nothing ever gets below 0. Amounts are minor units
/// of the invoice's one currency.
///
/// @param coupons in order of creation
/// @param creditNotes in order of use
/// @param wallets in order of use
public record Invoice(
        String currency,
        List<Fee> fees,
        ProgressivelyBilled progressivelyBilled,
        List<Coupon> coupons,
        List<OpenCreditNote> creditNotes,
        List<Wallet> wallets) {

    /// Refuses two of one kind with the same id: throws `IllegalArgumentException`.
    public Invoice {
        fees = unique("fee", fees, Fee::id);
        coupons = unique("coupon", coupons, Coupon::id);
        creditNotes = unique("credit note", creditNotes, OpenCreditNote::id);
        wallets = unique("wallet", wallets, Wallet::id);
    }

    private static <T> List<T> unique(String name, List<T> list, Function<T, String> id) {
        if (list.stream().map(id).distinct().count() < list.size()) {
            throw new IllegalArgumentException("there is a %s twice".formatted(name));
        }
        return List.copyOf(list);
    }

    /// Throws `ArithmeticException` where an amount does not fit a `long`.
    public InvoiceTotals totals() {
        long feesCents = fees.stream().map(Fee::amountCents).reduce(0L, Math::addExact);
        ProgressiveCredit progressive = ProgressiveCredit.of(progressivelyBilled, DiscountedFees.of(fees));
        CouponCredits discounts = CouponCredits.of(coupons, progressive.fees(), currency);
        Taxes taxes = Taxes.of(discounts.fees().leftCents());
        long subTotalCents = feesCents - progressive.creditCents() - discounts.totalCents();
        CreditNoteCredits notes = CreditNoteCredits.of(
                creditNotes, Math.addExact(subTotalCents, taxes.cents().rounded()), discounts.fees(), currency);
        PrepaidCredits prepaid = PrepaidCredits.of(wallets, notes.leftCents(), currency);
        return new InvoiceTotals(feesCents, progressive, discounts, taxes, notes, prepaid);
    }
}
