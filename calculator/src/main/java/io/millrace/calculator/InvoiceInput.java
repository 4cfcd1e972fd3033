package io.millrace.calculator;

import io.millrace.rating.invoice.Coupon;
import io.millrace.rating.invoice.CouponLife;
import io.millrace.rating.invoice.CouponScope;
import io.millrace.rating.invoice.CouponValue;
import io.millrace.rating.invoice.Fee;
import io.millrace.rating.invoice.FeeKind;
import io.millrace.rating.invoice.Invoice;
import io.millrace.rating.invoice.OpenCreditNote;
import io.millrace.rating.invoice.PaidFee;
import io.millrace.rating.invoice.ProgressivelyBilled;
import io.millrace.rating.invoice.Tax;
import io.millrace.rating.invoice.TerminationCredit;
import io.millrace.rating.invoice.UnusedCredit;
import io.millrace.rating.invoice.Wallet;
import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads invoices and what belongs to them, by the names of cases and by those of the API.
final class InvoiceInput {

    /// ISO 4217: no currency. What does not name its currency has the invoice's.
    private static final String NO_CURRENCY = "XXX";

    private InvoiceInput() {}

    static Invoice invoice(Input input) {
        String currency = currency(input);
        Map<String, Tax> taxes = taxes(input);
        String progressive =
                input.either("progressive_billing_credit_cents", "progressive_billing_credit_amount_cents");
        return new Invoice(
                currency,
                input.objects("fees").stream().map(fee -> fee(fee, taxes)).toList(),
                progressivelyBilled(input),
                input.objects("coupons").stream()
                        .map(coupon -> coupon(coupon, currency))
                        .toList(),
                input.objects("credit_notes").stream()
                        .map(note -> creditNote(note, currency))
                        .toList(),
                input.objects("wallets").stream()
                        .map(wallet -> wallet(wallet, currency))
                        .toList());
    }

    static String currency(Input input) {
        return currency(input, NO_CURRENCY);
    }

    /// A coupon that does not say how often it comes back comes once.
    static CouponLife couponLife(Input input, String currency) {
        String remaining = input.either("remaining_periods", "frequency_duration_remaining", "frequency_duration");
        return new CouponLife(
                input.has("frequency")
                        ? input.word("frequency", CouponLife.Frequency.class)
                        : CouponLife.Frequency.ONCE,
                couponValue(input, currency),
                usedCents(input),
                input.whole(remaining, 1));
    }

    /// What was taken off earlier invoices, as such or as what is left.
    private static long usedCents(Input input) {
        String left = input.either("remaining_cents", "remaining_amount_cents", "amount_cents_remaining");
        return input.has(left)
                ? input.whole("amount_cents") - input.whole(left)
                : input.whole(input.either("used_cents", "already_used_cents", "prior_credit_cents"), 0);
    }

    /// Fee → cents: a map, or the API's list of `fee_id` and `amount_cents`.
    static Map<String, BigDecimal> items(Input input) {
        Map<String, BigDecimal> items = new LinkedHashMap<>();
        if (input.optional("items") instanceof List<?>) {
            for (Input item : input.objects("items")) {
                items.merge(item.text("fee_id"), item.decimal("amount_cents"), BigDecimal::add);
            }
        } else {
            Input byFee = input.object("items");
            byFee.fields().keySet().forEach(fee -> items.put(fee, byFee.decimal(fee)));
        }
        return items;
    }

    /// What is not said of the fee is 0.
    static UnusedCredit unusedCredit(Input input) {
        PaidFee fee = PaidFee.ofTotal(
                input.decimal("fee_total_cents"), couponsOfFee(input), creditedOfFee(input), taxRate(input));
        return UnusedCredit.of(Fraction.of(input.decimal("unused_item_cents")), fee);
    }

    static TerminationCredit.Payment payment(Input input) {
        return new TerminationCredit.Payment(
                input.decimal("fee_total_cents"),
                input.decimal("invoice_total_cents", BigDecimal.ZERO),
                input.decimal("paid_cents", BigDecimal.ZERO),
                input.decimal("used_value_cents", BigDecimal.ZERO));
    }

    static BigDecimal couponsOfFee(Input input) {
        return input.decimal(
                input.either(
                        "coupons_cents",
                        "coupon_cents",
                        "fee_coupons_cents",
                        "fee_coupon_cents",
                        "coupons_amount_cents"),
                BigDecimal.ZERO);
    }

    static BigDecimal creditedOfFee(Input input) {
        return input.decimal(input.either("prior_credit_item_cents", "prior_credit_cents"), BigDecimal.ZERO);
    }

    static BigDecimal taxRate(Input input) {
        return input.decimal(input.either("tax_rate", "taxes_rate"), BigDecimal.ZERO);
    }

    /// Of the invoice or, where it is known, of its fees.
    private static ProgressivelyBilled progressivelyBilled(Input input) {
        Map<String, Long> ofFees = new LinkedHashMap<>();
        for (Input fee : input.objects("fees")) {
            ofFees.put(fee.text("id"), progressiveCredit(fee));
        }
        return new ProgressivelyBilled(ofFees, progressiveCredit(input));
    }

    private static long progressiveCredit(Input input) {
        return input.whole(
                input.either("progressive_billing_credit_cents", "progressive_billing_credit_amount_cents"), 0);
    }

    private static Map<String, Tax> taxes(Input input) {
        Map<String, Tax> taxes = new LinkedHashMap<>();
        if (input.has("taxes")) {
            Input rates = input.object("taxes");
            rates.fields().keySet().forEach(code -> taxes.put(code, new Tax(code, rates.decimal(code))));
        }
        return taxes;
    }

    private static Fee fee(Input input, Map<String, Tax> known) {
        List<Tax> taxes = new ArrayList<>();
        for (String code : input.texts("taxes")) {
            Tax tax = known.get(code);
            if (tax == null) {
                throw input.invalid("taxes", "names \"%s\", which has no rate".formatted(code));
            }
            taxes.add(tax);
        }
        String kind = input.either("kind", "fee_type");
        return new Fee(
                input.text("id"),
                input.has(kind) ? input.word(kind, FeeKind.class) : FeeKind.CHARGE,
                input.whole("amount_cents"),
                input.decimal(input.either("precise_amount_cents", "amount_cents")),
                taxes,
                input.optionalText(input.either("plan", "plan_code")),
                input.optionalText(input.either("metric", "billable_metric_code")));
    }

    private static Coupon coupon(Input input, String currency) {
        return new Coupon(input.text("id"), couponLife(input, currency), couponScope(input));
    }

    private static CouponValue couponValue(Input input, String currency) {
        String type = input.either("type", "coupon_type");
        String isA = input.has(type) || !input.has("percentage_rate") ? input.text(type) : "percentage";
        return switch (isA) {
            case "fixed_amount" -> new CouponValue.FixedAmount(currency(input, currency), input.whole("amount_cents"));
            case "percentage" -> new CouponValue.Percentage(input.decimal("percentage_rate"));
            default -> throw input.invalid(type, "is none of fixed_amount, percentage");
        };
    }

    private static CouponScope couponScope(Input input) {
        Input limits = limits(input);
        Set<String> metrics = metrics(limits);
        Set<String> plans = Set.copyOf(limits.texts(limits.either("plans", "plan_codes")));
        if (!metrics.isEmpty() && !plans.isEmpty()) {
            throw input.invalid("limited_to", "names metrics and plans, it can be either");
        }
        if (!metrics.isEmpty()) {
            return new CouponScope.Metrics(metrics);
        }
        return plans.isEmpty() ? new CouponScope.Everything() : new CouponScope.Plans(plans);
    }

    private static OpenCreditNote creditNote(Input input, String currency) {
        return new OpenCreditNote(
                input.text("id"),
                currency(input, currency),
                input.whole(input.either("balance_cents", "balance_amount_cents")));
    }

    private static Wallet wallet(Input input, String currency) {
        Input limits = limits(input);
        String kinds = limits.either("kinds", "fee_types", "allowed_fee_types");
        return new Wallet(
                input.text("id"),
                currency(input, currency),
                input.whole("balance_cents"),
                Set.copyOf(limits.words(kinds, FeeKind.class)),
                metrics(limits));
    }

    private static Set<String> metrics(Input limits) {
        return Set.copyOf(limits.texts(limits.either("metrics", "billable_metric_codes")));
    }

    /// The object that names what a coupon or a wallet is for, or the coupon or wallet itself.
    private static Input limits(Input input) {
        String limits = input.either("limited_to", "applies_to");
        return input.has(limits) ? input.object(limits) : input;
    }

    private static String currency(Input input, String otherwise) {
        String field = input.either("currency", "amount_currency", "balance_currency");
        return input.has(field) ? input.text(field) : otherwise;
    }
}
