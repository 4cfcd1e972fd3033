package io.millrace.invoicer.invoice;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import io.millrace.invoicer.contract.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A line of an invoice. It keeps the names it was billed under, whatever becomes of the plan.
///
/// @param id follows from what it bills: the same fee twice is the same row
/// @param feeType charge, subscription or commitment
/// @param trueUpParentFeeId of a fee that adds what a charge's usage did not reach of its minimum: the charge's
/// default fee
/// @param chargeId null for a fee of the plan
/// @param chargeFilterId null for a charge's default price
/// @param groupedBy JSON, value of each pricing group key
/// @param periodTo exclusive
/// @param itemId of the metric, or of the subscription
/// @param filterValues JSON, accepted values of each property of the filter
/// @param unitAmount average price of a unit in major units: for showing only
/// @param amountCents the price, rounded half up to minor units
/// @param preciseAmountCents the price in minor units, unrounded
/// @param taxesRate percent, all of the fee's taxes
/// @param taxesAmountCents rounded half up to minor units
/// @param preciseTaxesAmountCents in minor units, on the unrounded price
/// @param appliedTaxes JSON list of [AppliedTax]
/// @param amountDetails JSON, how the amount came about
@MappedEntity("fees")
record Fee(
        @Id UUID id,
        UUID organizationId,
        UUID invoiceId,
        UUID customerId,
        UUID subscriptionId,
        String feeType,
        String invoicingReason,
        @Nullable UUID trueUpParentFeeId,
        @Nullable UUID chargeId,
        @Nullable UUID chargeFilterId,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String groupedBy,

        Instant periodFrom,
        Instant periodTo,
        UUID itemId,
        String itemCode,
        String itemName,
        @Nullable String invoiceDisplayName,
        @Nullable String filterDisplayName,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String filterValues,

        BigDecimal units,
        long eventsCount,
        BigDecimal unitAmount,
        long amountCents,
        BigDecimal preciseAmountCents,
        BigDecimal taxesRate,
        long taxesAmountCents,
        BigDecimal preciseTaxesAmountCents,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String appliedTaxes,

        String amountCurrency,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String amountDetails,

        Instant createdAt,
        int position) {

    static final String CHARGE = "charge";
    static final String SUBSCRIPTION = "subscription";
    static final String COMMITMENT = "commitment";

    /// The same fee with its taxes.
    Fee taxed(BigDecimal rate, long cents, BigDecimal preciseCents, String applied) {
        return new Fee(
                id,
                organizationId,
                invoiceId,
                customerId,
                subscriptionId,
                feeType,
                invoicingReason,
                trueUpParentFeeId,
                chargeId,
                chargeFilterId,
                groupedBy,
                periodFrom,
                periodTo,
                itemId,
                itemCode,
                itemName,
                invoiceDisplayName,
                filterDisplayName,
                filterValues,
                units,
                eventsCount,
                unitAmount,
                amountCents,
                preciseAmountCents,
                rate,
                cents,
                preciseCents,
                applied,
                amountCurrency,
                amountDetails,
                createdAt,
                position);
    }

    List<AppliedTax> appliedTaxList() {
        return Json.readList(appliedTaxes, AppliedTax.class);
    }
}
