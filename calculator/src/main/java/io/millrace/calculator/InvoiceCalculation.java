package io.millrace.calculator;

import io.millrace.rating.invoice.CouponLife;
import io.millrace.rating.invoice.CreditNote;
import io.millrace.rating.invoice.DiscountedFee;
import io.millrace.rating.invoice.InvoiceTotals;
import io.millrace.rating.invoice.Taxes;
import io.millrace.rating.invoice.TerminationCredit;
import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An invoice's totals, step by step; a coupon's life; what a credit note gives back.
final class InvoiceCalculation {

    /// Fractions of cents are shown to so many digits.
    private static final int PRECISE_DIGITS = 18;

    private InvoiceCalculation() {}

    static Map<String, ? extends @Nullable Object> of(Input input) {
        String kind = input.has("kind") ? input.text("kind") : "invoice";
        try {
            return switch (kind) {
                case "invoice" -> invoice(InvoiceInput.invoice(input).totals());
                case "coupon_life" -> couponLife(input);
                case "credit_note" -> creditNote(input);
                case "termination_credit" -> terminationCredit(input);
                default ->
                    throw input.invalid("kind", "is none of invoice, coupon_life, credit_note, termination_credit");
            };
        } catch (IllegalArgumentException e) {
            throw Refusal.invalid(kind, String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, Object> invoice(InvoiceTotals totals) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("fees_amount_cents", totals.feesCents());
        result.put(
                "progressive_billing_credit_amount_cents", totals.progressive().creditCents());
        result.put("progressive_billing_excess_cents", totals.progressive().excessCents());
        result.put("coupons_amount_cents", totals.coupons().totalCents());
        result.put("sub_total_excluding_taxes_amount_cents", totals.subTotalExcludingTaxesCents());
        result.put("taxes_amount_cents", totals.taxesCents());
        result.put("taxes_rate", totals.taxes().rate());
        result.put("sub_total_including_taxes_amount_cents", totals.subTotalIncludingTaxesCents());
        result.put("credit_notes_amount_cents", totals.creditNotes().totalCents());
        result.put("prepaid_credit_amount_cents", totals.prepaid().totalCents());
        result.put("total_amount_cents", totals.totalCents());
        result.put("applied_taxes", appliedTaxes(totals.taxes()));
        Map<String, Object> couponCredits = new LinkedHashMap<>();
        totals.coupons().uses().forEach((coupon, use) -> couponCredits.put(coupon, use.creditCents()));
        result.put("coupon_credits", couponCredits);
        result.put("credit_note_credits", totals.creditNotes().cents());
        result.put("credit_note_balances", totals.creditNotes().balances());
        result.put("wallet_credits", totals.prepaid().cents());
        result.put("wallet_balances", totals.prepaid().balances());
        Map<String, Object> fees = new LinkedHashMap<>();
        for (DiscountedFee fee : totals.fees().list()) {
            fees.put(fee.fee().id(), fee(fee, totals));
        }
        result.put("fees", fees);
        return result;
    }

    private static Map<String, Object> fee(DiscountedFee fee, InvoiceTotals totals) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("amount_cents", fee.fee().amountCents());
        result.put("precise_coupons_amount_cents", precise(fee.discountCents()));
        result.put("taxes_rate", fee.fee().taxesRate());
        result.put("taxes_amount_cents", fee.taxesCents().rounded());
        result.put("taxes_precise_amount_cents", precise(fee.preciseTaxesCents()));
        result.put(
                "precise_credit_notes_amount_cents",
                precise(totals.creditNotes().feeCents().getOrDefault(fee.fee(), Fraction.ZERO)));
        return result;
    }

    private static Map<String, Object> appliedTaxes(Taxes taxes) {
        Map<String, Object> result = new LinkedHashMap<>();
        taxes.applied().forEach((tax, applied) -> {
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("tax_rate", tax.rate());
            shown.put("fees_amount_cents", applied.baseCents().rounded());
            shown.put("amount_cents", applied.cents().rounded());
            result.put(tax.code(), shown);
        });
        return result;
    }

    private static Map<String, Object> couponLife(Input input) {
        String currency = InvoiceInput.currency(input);
        CouponLife.Use use =
                InvoiceInput.couponLife(input, currency).on(Fraction.of(input.whole("base_cents")), currency);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("credit_cents", use.creditCents());
        result.put("terminated", use.isOver());
        result.put("remaining_periods", use.remainingInvoices());
        return result;
    }

    private static Map<String, Object> creditNote(Input input) {
        InvoiceTotals invoice = InvoiceInput.invoice(input).totals();
        List<CreditNote> earlier = new ArrayList<>();
        for (Input note : input.objects("earlier_notes")) {
            earlier.add(CreditNote.of(invoice, InvoiceInput.items(note), earlier));
        }
        CreditNote note = CreditNote.of(invoice, InvoiceInput.items(input), earlier);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("coupons_adjustment_cents", note.couponsAdjustmentCents().rounded());
        result.put("precise_coupons_adjustment_cents", precise(note.couponsAdjustmentCents()));
        result.put("sub_total_cents", note.subTotalCents());
        result.put("taxes_cents", note.taxesCents());
        result.put("precise_taxes_cents", precise(note.taxes().cents()));
        result.put("taxes_rate", note.taxes().rate());
        result.put("applied_taxes", appliedTaxes(note.taxes()));
        result.put("total_cents", note.totalCents());
        result.put("max_creditable_cents", note.totalCents());
        result.put(
                "max_refundable_cents",
                note.refundableCents(input.whole("paid_cents", note.totalCents()), input.whole("refunded_cents", 0)));
        CreditNote.Split split = note.split(input.whole("refund_cents", 0), input.whole("offset_cents", 0));
        result.put("refund_cents", split.refundCents());
        result.put("offset_cents", split.offsetCents());
        result.put("credit_cents", split.creditCents());
        result.put("higher_than_remaining_fee_amount", List.copyOf(note.beyondTheirFees()));
        return result;
    }

    private static Map<String, Object> terminationCredit(Input input) {
        TerminationCredit.Mode mode =
                input.has("mode") ? input.word("mode", TerminationCredit.Mode.class) : TerminationCredit.Mode.CREDIT;
        TerminationCredit credit =
                TerminationCredit.of(InvoiceInput.unusedCredit(input), InvoiceInput.payment(input), mode);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("sub_total_cents", credit.subTotalCents());
        result.put("taxes_cents", credit.taxesCents());
        result.put("total_cents", credit.totalCents());
        result.put("refund_cents", credit.refundCents());
        result.put("credit_cents", credit.creditCents());
        result.put("offset_cents", credit.offsetCents());
        return result;
    }

    private static BigDecimal precise(Fraction cents) {
        return cents.decimal(PRECISE_DIGITS);
    }
}
