package io.millrace.rating.invoice;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Fees, coupons and wallets that read aloud: `usage("calls", 1000, vat)`, `coupon("c", "20%")`.
final class Fixtures {

    private Fixtures() {}

    static Tax tax(String code, String rate) {
        return new Tax(code, new BigDecimal(rate));
    }

    static Fee usage(String id, long cents, Tax... taxes) {
        return fee(id, FeeKind.CHARGE, cents, null, null, taxes);
    }

    static Fee subscription(String id, long cents, Tax... taxes) {
        return fee(id, FeeKind.SUBSCRIPTION, cents, null, null, taxes);
    }

    static Fee fee(String id, FeeKind kind, long cents, String plan, String metric, Tax... taxes) {
        return new Fee(id, kind, cents, BigDecimal.valueOf(cents), List.of(taxes), plan, metric);
    }

    /// A coupon for once: an amount such as `250`, or a part such as `12.5%`.
    static Coupon coupon(String id, String value, CouponScope scope) {
        return new Coupon(id, new CouponLife(CouponLife.Frequency.ONCE, value(value), 0, 0), scope);
    }

    static Coupon coupon(String id, String value) {
        return coupon(id, value, new CouponScope.Everything());
    }

    static CouponValue value(String value) {
        return value.endsWith("%")
                ? new CouponValue.Percentage(new BigDecimal(value.substring(0, value.length() - 1)))
                : new CouponValue.FixedAmount("EUR", Long.parseLong(value));
    }

    static CouponScope metrics(String... codes) {
        return new CouponScope.Metrics(Set.of(codes));
    }

    static CouponScope plans(String... codes) {
        return new CouponScope.Plans(Set.of(codes));
    }

    static OpenCreditNote note(String id, long balance) {
        return new OpenCreditNote(id, "EUR", balance);
    }

    static Wallet wallet(String id, long balance, FeeKind... kinds) {
        return new Wallet(id, "EUR", balance, Set.copyOf(Arrays.asList(kinds)), Set.of());
    }

    static Invoice invoice(List<Fee> fees) {
        return new Invoice("EUR", fees, ProgressivelyBilled.NOTHING, List.of(), List.of(), List.of());
    }

    static Invoice with(Invoice invoice, Coupon... coupons) {
        return new Invoice(
                invoice.currency(),
                invoice.fees(),
                invoice.progressivelyBilled(),
                List.of(coupons),
                invoice.creditNotes(),
                invoice.wallets());
    }

    static Invoice with(Invoice invoice, OpenCreditNote... notes) {
        return new Invoice(
                invoice.currency(),
                invoice.fees(),
                invoice.progressivelyBilled(),
                invoice.coupons(),
                List.of(notes),
                invoice.wallets());
    }

    static Invoice with(Invoice invoice, Wallet... wallets) {
        return new Invoice(
                invoice.currency(),
                invoice.fees(),
                invoice.progressivelyBilled(),
                invoice.coupons(),
                invoice.creditNotes(),
                List.of(wallets));
    }

    static Invoice billedBefore(Invoice invoice, long cents) {
        return billedBefore(invoice, new ProgressivelyBilled(Map.of(), cents));
    }

    static Invoice billedBefore(Invoice invoice, ProgressivelyBilled billed) {
        return new Invoice(
                invoice.currency(),
                invoice.fees(),
                billed,
                invoice.coupons(),
                invoice.creditNotes(),
                invoice.wallets());
    }

    static CreditNote creditNote(InvoiceTotals invoice, List<CreditNote> earlier, Object... items) {
        Map<String, BigDecimal> cents = new LinkedHashMap<>();
        for (int i = 0; i < items.length; i += 2) {
            cents.put((String) items[i], new BigDecimal(items[i + 1].toString()));
        }
        return CreditNote.of(invoice, cents, earlier);
    }
}
