package io.millrace.invoicer.organization;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Who sells.
///
/// @param hmacKey signs the organization's webhooks
/// @param timezone IANA name of the zone of customers that have none of their own; null is UTC
/// @param netPaymentTerm days from issue to due date for customers that have none of their own; null is 0
/// @param defaultCurrency ISO 4217 code, which is only shown
/// @param details JSON of what is only shown: [io.millrace.invoicer.contract.ShownOnly]
@MappedEntity("organizations")
public record Organization(
        @Id UUID id,
        String name,
        String hmacKey,
        @Nullable String timezone,
        @Nullable Integer netPaymentTerm,
        String defaultCurrency,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String details,

        Instant createdAt) {

    /// The zone of customers that have none of their own.
    public ZoneId zone() {
        return ZoneId.of(zoneName());
    }

    /// IANA name of [#zone].
    public String zoneName() {
        return timezone == null ? "UTC" : timezone;
    }

    /// Such as `MIL-8F3A`: the beginning of the numbers of the organization's invoices.
    public static String documentNumberPrefix(UUID id) {
        var text = id.toString();
        return "MIL-" + text.substring(text.length() - 4).toUpperCase(Locale.ROOT);
    }
}
