package io.millrace.invoicer.invoice;

import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.tax.Tax;
import java.math.BigDecimal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A tax on a fee or on an invoice, as it was when that came into being, whatever becomes of the tax.
///
/// @param rate percent
/// @param baseCents what it is on, rounded to minor units
/// @param amountCents rounded half up to minor units
record AppliedTax(
        UUID taxId,
        String code,
        String name,
        @Nullable String description,
        BigDecimal rate,
        long baseCents,
        long amountCents) {

    static AppliedTax of(Tax tax, long baseCents, long amountCents) {
        return new AppliedTax(tax.id(), tax.code(), tax.name(), tax.description(), tax.rate(), baseCents, amountCents);
    }

    @Wire
    record FeeTaxObject(
            String lagoId,
            String lagoFeeId,
            String lagoTaxId,
            String taxName,
            String taxCode,
            BigDecimal taxRate,
            @Nullable String taxDescription,
            long amountCents,
            String amountCurrency,
            String createdAt) {}

    @Wire
    record InvoiceTaxObject(
            String lagoId,
            String lagoInvoiceId,
            String lagoTaxId,
            String taxName,
            String taxCode,
            BigDecimal taxRate,
            @Nullable String taxDescription,
            long feesAmountCents,
            long amountCents,
            String amountCurrency,
            String createdAt) {}

    FeeTaxObject on(Fee fee) {
        return new FeeTaxObject(
                Ids.of("applied_tax", fee.id(), taxId).toString(),
                fee.id().toString(),
                taxId.toString(),
                name,
                code,
                rate,
                description,
                amountCents,
                fee.amountCurrency(),
                Shown.time(fee.createdAt()));
    }

    InvoiceTaxObject on(Invoice invoice) {
        return new InvoiceTaxObject(
                Ids.of("applied_tax", invoice.id(), taxId).toString(),
                invoice.id().toString(),
                taxId.toString(),
                name,
                code,
                rate,
                description,
                baseCents,
                amountCents,
                invoice.currency(),
                Shown.time(invoice.createdAt()));
    }
}
