package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.tax.OrganizationTaxes;
import io.millrace.invoicer.tax.TaxObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A charge as the API shows it.
@Wire
record ChargeObject(
        String lagoId,
        String lagoBillableMetricId,
        String code,
        String billableMetricCode,
        @Nullable String invoiceDisplayName,
        String createdAt,
        String chargeModel,
        boolean payInAdvance,
        boolean invoiceable,
        @Nullable String regroupPaidFees,
        boolean prorated,
        long minAmountCents,
        boolean acceptsTargetWallet,
        Map<String, Object> properties,
        List<FilterObject> filters,
        List<TaxObject> taxes) {

    /// @param chargeCode of the charge that it is a filter of
    @Wire
    record FilterObject(
            String lagoId,
            String chargeCode,
            @Nullable String invoiceDisplayName,
            Map<String, Object> properties,
            Map<String, List<String>> values) {

        static FilterObject of(Charge charge, ChargeFilter filter) {
            return new FilterObject(
                    filter.id().toString(),
                    charge.code(),
                    filter.invoiceDisplayName(),
                    filter.properties(),
                    filter.values());
        }
    }

    static ChargeObject of(Charge charge, OrganizationTaxes taxes) {
        return new ChargeObject(
                charge.id().toString(),
                charge.billableMetricId().toString(),
                charge.code(),
                charge.billableMetricCode(),
                charge.invoiceDisplayName(),
                Shown.time(charge.createdAt()),
                charge.chargeModel(),
                charge.payInAdvance(),
                charge.invoiceable(),
                null,
                charge.prorated(),
                charge.minAmountCents(),
                charge.acceptsTargetWallet(),
                charge.properties(),
                charge.filters().stream()
                        .map(filter -> FilterObject.of(charge, filter))
                        .toList(),
                taxes.shown(charge.taxIds()));
    }
}
