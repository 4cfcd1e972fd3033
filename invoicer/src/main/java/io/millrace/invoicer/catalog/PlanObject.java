package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.tax.OrganizationTaxes;
import io.millrace.invoicer.tax.TaxObject;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A plan as the API shows it: as it is now, or was last.
@Wire
public record PlanObject(
        String lagoId,
        String name,
        @Nullable String invoiceDisplayName,
        String createdAt,
        String code,
        String interval,
        @Nullable String description,
        long amountCents,
        String amountCurrency,
        BigDecimal trialPeriod,
        boolean payInAdvance,
        boolean billChargesMonthly,
        @Nullable CommitmentObject minimumCommitment,
        List<ChargeObject> charges,
        List<TaxObject> taxes) {

    @Wire
    record CommitmentObject(
            String lagoId,
            String planCode,
            long amountCents,
            @Nullable String invoiceDisplayName,
            String interval,
            String createdAt,
            List<TaxObject> taxes) {}

    static PlanObject of(PlanHistory history, OrganizationTaxes taxes) {
        var plan = history.plan();
        var revision = history.last();
        return new PlanObject(
                plan.id().toString(),
                plan.name(),
                plan.invoiceDisplayName(),
                Shown.time(plan.createdAt()),
                plan.code(),
                revision.billingInterval(),
                plan.description(),
                revision.amountCents(),
                revision.amountCurrency(),
                revision.trialPeriod(),
                revision.payInAdvance(),
                revision.billChargesMonthly(),
                revision.commitment()
                        .map(commitment -> new CommitmentObject(
                                commitment.id().toString(),
                                plan.code(),
                                commitment.amountCents(),
                                commitment.invoiceDisplayName(),
                                revision.billingInterval(),
                                Shown.time(commitment.createdAt()),
                                taxes.shown(commitment.taxIds())))
                        .orElse(null),
                revision.chargeList().stream()
                        .map(charge -> ChargeObject.of(charge, taxes))
                        .toList(),
                taxes.shown(revision.taxIdList()));
    }
}
