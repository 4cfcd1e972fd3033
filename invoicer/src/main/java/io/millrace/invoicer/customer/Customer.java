package io.millrace.invoicer.customer;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import io.millrace.invoicer.contract.Json;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Who pays.
///
/// @param externalId the organization's own name for the customer
/// @param sequentialId from 1, in the organization
/// @param currency ISO 4217 code of everything that the customer is billed; null until the first subscription
/// @param timezone IANA name of the zone of the customer's billing dates; null is the organization's
/// @param organizationTimezone the organization's; null is UTC
/// @param netPaymentTerm days from issue to due date; null is the organization's
/// @param organizationNetPaymentTerm the organization's; null is 0
/// @param testClockId the clock that the customer lives by; null is the system's
/// @param details JSON of what is only shown: [io.millrace.invoicer.contract.ShownOnly]
/// @param taxIds JSON list of the taxes of fees for which neither charge nor plan names any
@MappedEntity("customers")
public record Customer(
        @Id UUID id,
        UUID organizationId,
        String externalId,
        int sequentialId,
        @Nullable String name,
        @Nullable String email,
        @Nullable String currency,
        @Nullable String timezone,
        @Nullable String organizationTimezone,
        @Nullable Integer netPaymentTerm,
        @Nullable Integer organizationNetPaymentTerm,
        @Nullable UUID testClockId,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String details,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String taxIds,

        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant deletedAt) {

    public List<UUID> taxIdList() {
        return Json.readList(taxIds, UUID.class);
    }

    /// The zone of the customer's billing dates.
    public ZoneId zone() {
        return ZoneId.of(zoneName());
    }

    /// IANA name of [#zone].
    public String zoneName() {
        if (timezone != null) return timezone;
        return organizationTimezone == null ? "UTC" : organizationTimezone;
    }

    /// Days from issue to due date.
    public int paymentTerm() {
        if (netPaymentTerm != null) return netPaymentTerm;
        return organizationNetPaymentTerm == null ? 0 : organizationNetPaymentTerm;
    }
}
