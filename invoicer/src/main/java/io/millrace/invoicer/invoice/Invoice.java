package io.millrace.invoicer.invoice;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import io.millrace.invoicer.contract.Json;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;

/// What a customer owes for what was billed together. Amounts are in minor units of the currency.
///
/// @param id follows from the first subscription's period: the same bill twice is the same invoice
/// @param sequentialId from 1, of the customer
/// @param issuingDate in the customer's zone
/// @param appliedTaxes JSON list of [AppliedTax]
/// @param watermark JSON of [io.millrace.invoicer.progress.Watermark]: up to where usage was complete
@MappedEntity("invoices")
record Invoice(
        @Id UUID id,
        UUID organizationId,
        UUID customerId,
        int sequentialId,
        String number,
        String invoiceType,
        String status,
        String paymentStatus,
        String currency,
        LocalDate issuingDate,
        LocalDate paymentDueDate,
        int netPaymentTerm,
        long feesAmountCents,
        long taxesAmountCents,
        long totalAmountCents,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String appliedTaxes,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String watermark,

        Instant createdAt,
        Instant finalizedAt) {

    List<AppliedTax> appliedTaxList() {
        return Json.readList(appliedTaxes, AppliedTax.class);
    }
}
