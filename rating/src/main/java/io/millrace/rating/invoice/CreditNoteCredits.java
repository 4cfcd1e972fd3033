package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a customer's credit notes pay of an invoice, taxes included: one note after the other, each until it or
/// the invoice is used up.
///
/// Every fee gets its part, pro rata to what it costs with its taxes; the parts stay exact and add up.
///
/// @param cents credit note → whole cents, in order of use
/// @param balances credit note → what is left of it
/// @param feeCents fee → exact cents that the notes pay of it
/// @param leftCents fee → exact cents that are left to pay
public record CreditNoteCredits(
        Map<String, Long> cents,
        Map<String, Long> balances,
        Map<Fee, Fraction> feeCents,
        Map<Fee, Fraction> leftCents) {

    /// @param notes in order of use, oldest first
    /// @param dueCents the invoice with its taxes
    static CreditNoteCredits of(List<OpenCreditNote> notes, long dueCents, DiscountedFees fees, String currency) {
        Map<String, Long> cents = new LinkedHashMap<>();
        Map<String, Long> balances = new LinkedHashMap<>();
        long due = dueCents;
        for (OpenCreditNote note : notes) {
            long credit = note.currency().equals(currency) ? Math.min(note.balanceCents(), due) : 0;
            cents.put(note.id(), credit);
            balances.put(note.id(), note.balanceCents() - credit);
            due -= credit;
        }
        Fraction paid =
                dueCents == 0 ? Fraction.ZERO : Fraction.of(dueCents - due).dividedBy(Fraction.of(dueCents));
        Map<Fee, Fraction> feeCents = new LinkedHashMap<>();
        Map<Fee, Fraction> leftCents = new LinkedHashMap<>();
        for (DiscountedFee fee : fees.list()) {
            Fraction part = fee.includingTaxesCents().times(paid);
            feeCents.put(fee.fee(), part);
            leftCents.put(fee.fee(), fee.includingTaxesCents().minus(part));
        }
        return new CreditNoteCredits(cents, balances, feeCents, leftCents);
    }

    public long totalCents() {
        return cents.values().stream().mapToLong(Long::longValue).sum();
    }
}
