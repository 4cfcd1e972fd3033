package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import io.millrace.invoicer.contract.Json;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is sold once, such as a setup.
///
/// @param amountCents its price before taxes, in minor units of the currency
/// @param taxIds JSON list of its taxes
@MappedEntity("add_ons")
record AddOn(
        @Id UUID id,
        UUID organizationId,
        String code,
        String name,
        @Nullable String invoiceDisplayName,
        @Nullable String description,
        long amountCents,
        String amountCurrency,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String taxIds,

        Instant createdAt,
        @Nullable Instant deletedAt) {

    List<UUID> taxIdList() {
        return Json.readList(taxIds, UUID.class);
    }

    AddOn deleted(Instant at) {
        return new AddOn(
                id,
                organizationId,
                code,
                name,
                invoiceDisplayName,
                description,
                amountCents,
                amountCurrency,
                taxIds,
                createdAt,
                at);
    }
}
