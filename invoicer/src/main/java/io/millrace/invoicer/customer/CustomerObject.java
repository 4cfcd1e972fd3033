package io.millrace.invoicer.customer;

import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A customer as the API shows it.
@Wire
public record CustomerObject(
        String lagoId,
        int sequentialId,
        String slug,
        String externalId,
        @Nullable String name,
        @Nullable String firstname,
        @Nullable String lastname,
        @Nullable String customerType,
        @Nullable String email,
        @Nullable String addressLine1,
        @Nullable String addressLine2,
        @Nullable String city,
        @Nullable String country,
        @Nullable String state,
        @Nullable String zipcode,
        @Nullable String legalName,
        @Nullable String legalNumber,
        @Nullable String logoUrl,
        @Nullable String phone,
        @Nullable String taxIdentificationNumber,
        @Nullable String url,
        @Nullable String currency,
        @Nullable String timezone,
        String applicableTimezone,
        @Nullable Integer netPaymentTerm,
        @Nullable String testClockId,
        String createdAt,
        String updatedAt,
        List<Object> metadata,
        List<Object> taxes) {

    public static CustomerObject of(Customer customer) {
        var details = Json.read(customer.details(), Map.class);
        return new CustomerObject(
                customer.id().toString(),
                customer.sequentialId(),
                slug(customer),
                customer.externalId(),
                customer.name(),
                text(details, "firstname"),
                text(details, "lastname"),
                text(details, "customer_type"),
                customer.email(),
                text(details, "address_line1"),
                text(details, "address_line2"),
                text(details, "city"),
                text(details, "country"),
                text(details, "state"),
                text(details, "zipcode"),
                text(details, "legal_name"),
                text(details, "legal_number"),
                text(details, "logo_url"),
                text(details, "phone"),
                text(details, "tax_identification_number"),
                text(details, "url"),
                customer.currency(),
                customer.timezone(),
                customer.zoneName(),
                customer.netPaymentTerm(),
                customer.testClockId() == null ? null : customer.testClockId().toString(),
                Shown.time(customer.createdAt()),
                Shown.time(customer.updatedAt()),
                List.of(),
                List.of());
    }

    /// Such as `MIL-8F3A-001`: the beginning of the numbers of the customer's invoices.
    public static String slug(Customer customer) {
        var organization = customer.organizationId().toString();
        return "MIL-%s-%03d"
                .formatted(
                        organization.substring(organization.length() - 4).toUpperCase(Locale.ROOT),
                        customer.sequentialId());
    }

    private static @Nullable String text(Map<?, ?> details, String name) {
        return details.get(name) instanceof String text ? text : null;
    }
}
