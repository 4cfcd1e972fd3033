package io.millrace.invoicer.invoice;

import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.tax.Tax;
import io.millrace.rating.invoice.DiscountedFee;
import io.millrace.rating.invoice.FeeKind;
import io.millrace.rating.invoice.InvoiceTotals;
import io.millrace.rating.invoice.ProgressivelyBilled;
import io.millrace.rating.money.Quantity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The fees of an invoice with their taxes, and what both come to.
///
/// ```
///  fees, each with its taxes ─▶ added up by `rating` ─▶ taxes of each fee, each tax, and all of it
/// ```
///
/// Each of them is rounded by itself, so a fee's or an invoice's taxes may differ from the sum of its parts.
///
/// @param applied each tax with all fees that have it
record TaxedFees(List<Fee> fees, List<AppliedTax> applied, InvoiceTotals totals) {

    /// A fee that has no amounts of taxes yet.
    record Untaxed(Fee fee, List<Tax> taxes) {}

    static TaxedFees of(String currency, List<Untaxed> untaxed) {
        var names = new LinkedHashMap<String, Tax>();
        untaxed.forEach(each -> each.taxes().forEach(tax -> names.put(tax.code(), tax)));
        var totals = totals(currency, untaxed.stream().map(TaxedFees::line).toList());

        var fees = new ArrayList<Fee>();
        var lines = totals.fees().list();
        for (int i = 0; i < lines.size(); i++) fees.add(taxed(untaxed.get(i).fee(), lines.get(i), names));
        var applied = totals.taxes().applied().values().stream()
                .map(each -> AppliedTax.of(
                        tax(names, each.tax()),
                        each.baseCents().rounded(),
                        each.cents().rounded()))
                .toList();
        return new TaxedFees(fees, applied, totals);
    }

    /// What lines of an invoice come to that has no coupons, credit notes and prepaid credits.
    static InvoiceTotals totals(String currency, List<io.millrace.rating.invoice.Fee> lines) {
        return new io.millrace.rating.invoice.Invoice(
                        currency, lines, ProgressivelyBilled.NOTHING, List.of(), List.of(), List.of())
                .totals();
    }

    static List<io.millrace.rating.invoice.Tax> rates(List<Tax> taxes) {
        return taxes.stream()
                .map(tax -> new io.millrace.rating.invoice.Tax(tax.code(), tax.rate()))
                .toList();
    }

    private static io.millrace.rating.invoice.Fee line(Untaxed untaxed) {
        var fee = untaxed.fee();
        return new io.millrace.rating.invoice.Fee(
                fee.id().toString(),
                kind(fee),
                fee.amountCents(),
                fee.preciseAmountCents(),
                rates(untaxed.taxes()),
                null,
                fee.chargeId() == null ? null : fee.itemCode());
    }

    private static FeeKind kind(Fee fee) {
        if (fee.trueUpParentFeeId() != null) return FeeKind.TRUE_UP;
        return switch (fee.feeType()) {
            case Fee.CHARGE -> FeeKind.CHARGE;
            case Fee.SUBSCRIPTION -> FeeKind.SUBSCRIPTION;
            case Fee.COMMITMENT -> FeeKind.COMMITMENT;
            default -> throw new IllegalStateException("no kind of fee: " + fee.feeType());
        };
    }

    private static Fee taxed(Fee fee, DiscountedFee line, Map<String, Tax> names) {
        var base = line.leftCents();
        var applied = line.fee().taxes().stream()
                .map(tax -> AppliedTax.of(
                        tax(names, tax), base.rounded(), tax.on(base).rounded()))
                .toList();
        return fee.taxed(
                line.fee().taxesRate(),
                line.taxesCents().rounded(),
                line.preciseTaxesCents().decimal(Quantity.MAX_FRACTION_DIGITS),
                Json.write(applied));
    }

    private static Tax tax(Map<String, Tax> names, io.millrace.rating.invoice.Tax tax) {
        var named = names.get(tax.code());
        if (named == null) throw new IllegalStateException("a fee has a tax that nobody put on it: " + tax);
        return named;
    }
}
