package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A credit note on an invoice: gives back parts of some fees, less what coupons took off those parts, with
/// their taxes.
///
/// ```
///   items                  26,260   of a fee of 39,900
/// − coupons adjustment     16,454   the same part of 25,000
/// = sub-total               9,806
/// + taxes, 20 percent       1,961
/// = total                  11,767
/// ```
///
/// The sub-total and the taxes are each rounded from their exact amount. The note that takes the rest of an
/// invoice takes the rest of both, so that an invoice's notes add up to the invoice; none takes more of either
/// than the ones before it left.
///
/// @param items fee → exact cents, before coupons and taxes
/// @param couponsAdjustmentCents exact
/// @param taxes exact, on the items
/// @param beyondTheirFees fees of which this note and the earlier ones give back more than they were: a note
///     that must not be issued
public record CreditNote(
        Map<String, Fraction> items,
        Fraction couponsAdjustmentCents,
        Taxes taxes,
        long subTotalCents,
        long taxesCents,
        Set<String> beyondTheirFees) {

    /// @param items fee → cents, with fractions where a part of a period is given back; each of a fee of the
    ///     invoice and none negative, or `IllegalArgumentException`
    /// @param earlier the notes on the same invoice
    public static CreditNote of(InvoiceTotals invoice, Map<String, BigDecimal> items, List<CreditNote> earlier) {
        check(items, invoice);
        Map<String, Fraction> parts = new LinkedHashMap<>();
        Map<Fee, Fraction> bases = new LinkedHashMap<>();
        Set<String> beyond = new TreeSet<>();
        boolean takesTheRest = true;
        for (DiscountedFee line : invoice.fees().list()) {
            String fee = line.fee().id();
            Fraction rest = Fraction.of(line.fee().amountCents());
            for (CreditNote note : earlier) {
                rest = rest.minus(note.items.getOrDefault(fee, Fraction.ZERO));
            }
            BigDecimal cents = items.get(fee);
            if (cents != null) {
                Fraction part = Fraction.of(cents);
                parts.put(fee, part);
                bases.put(line.fee(), line.leftOf(part));
                rest = rest.minus(part);
            }
            takesTheRest &= rest.signum() <= 0;
            if (rest.signum() < 0) {
                beyond.add(fee);
            }
        }
        Fraction base = sum(bases);
        Taxes taxes = Taxes.of(bases);
        long leftSubTotal = invoice.subTotalExcludingTaxesCents();
        long leftTaxes = invoice.taxesCents();
        for (CreditNote note : earlier) {
            leftSubTotal -= note.subTotalCents;
            leftTaxes -= note.taxesCents;
        }
        return new CreditNote(
                parts,
                sum(parts).minus(base),
                taxes,
                takesTheRest ? leftSubTotal : Math.min(base.rounded(), leftSubTotal),
                takesTheRest ? leftTaxes : Math.min(taxes.cents().rounded(), leftTaxes),
                beyond);
    }

    private static void check(Map<String, BigDecimal> items, InvoiceTotals invoice) {
        items.forEach((fee, cents) -> {
            if (invoice.fees().list().stream().noneMatch(line -> line.fee().id().equals(fee))) {
                throw new IllegalArgumentException("the invoice has no fee \"%s\"".formatted(fee));
            }
            if (cents.signum() < 0) {
                throw new IllegalArgumentException("less than nothing is given back of fee \"%s\"".formatted(fee));
            }
        });
    }

    private static Fraction sum(Map<?, Fraction> amounts) {
        return amounts.values().stream().reduce(Fraction.ZERO, Fraction::plus);
    }

    public long totalCents() {
        return subTotalCents + taxesCents;
    }

    /// How a note is given to the customer.
    ///
    /// @param refundCents goes back to where the payment came from
    /// @param offsetCents is taken off the unpaid invoice itself
    /// @param creditCents the rest; pays later invoices
    public record Split(long refundCents, long offsetCents, long creditCents) {}

    /// The most that can go back as money: what was paid of the invoice and has not gone back yet.
    public long refundableCents(long paidCents, long refundedCents) {
        return Math.clamp(paidCents - refundedCents, 0, totalCents());
    }

    /// What is neither refunded nor offset is credit. Refuses more than the note: throws
    /// `IllegalArgumentException`.
    public Split split(long refundCents, long offsetCents) {
        if (refundCents < 0 || offsetCents < 0 || Math.addExact(refundCents, offsetCents) > totalCents()) {
            throw new IllegalArgumentException("refund and offset are not within the note's total of " + totalCents());
        }
        return new Split(refundCents, offsetCents, totalCents() - refundCents - offsetCents);
    }
}
