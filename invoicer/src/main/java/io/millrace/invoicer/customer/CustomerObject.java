package io.millrace.invoicer.customer;

import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.ShownOnly;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.organization.Organization;
import io.millrace.invoicer.tax.OrganizationTaxes;
import io.millrace.invoicer.tax.TaxObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A customer as the API shows it.
@Wire
public record CustomerObject(
        String lagoId,
        @Nullable String billingEntityCode,
        int sequentialId,
        String slug,
        String externalId,
        String accountType,
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
        AddressObject shippingAddress,
        @Nullable String legalName,
        @Nullable String legalNumber,
        @Nullable String logoUrl,
        @Nullable String phone,
        @Nullable String taxIdentificationNumber,
        @Nullable String url,
        @Nullable String externalSalesforceId,
        @Nullable String currency,
        @Nullable String timezone,
        String applicableTimezone,
        @Nullable Integer netPaymentTerm,
        String finalizeZeroAmountInvoice,
        boolean skipInvoiceCustomSections,
        BillingConfigurationObject billingConfiguration,
        @Nullable String testClockId,
        String createdAt,
        String updatedAt,
        List<MetadataObject> metadata,
        List<TaxObject> taxes,
        List<Object> integrationCustomers,
        List<Object> applicableInvoiceCustomSections,
        List<Object> errorDetails) {

    @Wire
    record AddressObject(
            @Nullable String addressLine1,
            @Nullable String addressLine2,
            @Nullable String city,
            @Nullable String country,
            @Nullable String state,
            @Nullable String zipcode) {}

    @Wire
    record BillingConfigurationObject(
            @Nullable Integer invoiceGracePeriod,
            @Nullable String paymentProvider,
            @Nullable String paymentProviderCode,
            @Nullable String documentLocale,
            String subscriptionInvoiceIssuingDateAnchor,
            String subscriptionInvoiceIssuingDateAdjustment) {}

    @Wire
    record MetadataObject(
            @Nullable String lagoId,
            @Nullable String key,
            @Nullable String value,
            boolean displayInInvoice,
            @Nullable String createdAt) {}

    public static CustomerObject of(Customer customer, OrganizationTaxes taxes) {
        var details = ShownOnly.of(customer.details());
        var shipping = details.object("shipping_address");
        return new CustomerObject(
                customer.id().toString(),
                null,
                customer.sequentialId(),
                slug(customer),
                customer.externalId(),
                "customer",
                customer.name(),
                details.text("firstname"),
                details.text("lastname"),
                details.text("customer_type"),
                customer.email(),
                details.text("address_line1"),
                details.text("address_line2"),
                details.text("city"),
                details.text("country"),
                details.text("state"),
                details.text("zipcode"),
                new AddressObject(
                        shipping.text("address_line1"),
                        shipping.text("address_line2"),
                        shipping.text("city"),
                        shipping.text("country"),
                        shipping.text("state"),
                        shipping.text("zipcode")),
                details.text("legal_name"),
                details.text("legal_number"),
                details.text("logo_url"),
                details.text("phone"),
                details.text("tax_identification_number"),
                details.text("url"),
                details.text("external_salesforce_id"),
                customer.currency(),
                customer.timezone(),
                customer.zoneName(),
                customer.netPaymentTerm(),
                "inherit",
                details.flag("skip_invoice_custom_sections"),
                new BillingConfigurationObject(
                        null, null, null, details.text("document_locale"), "next_period_start", "keep_anchor"),
                customer.testClockId() == null ? null : customer.testClockId().toString(),
                Shown.time(customer.createdAt()),
                Shown.time(customer.updatedAt()),
                details.objects("metadata").stream()
                        .map(CustomerObject::metadata)
                        .toList(),
                taxes.shown(customer.taxIdList()),
                List.of(),
                List.of(),
                List.of());
    }

    /// Such as `MIL-8F3A-001`: the beginning of the numbers of the customer's invoices.
    public static String slug(Customer customer) {
        return "%s-%03d"
                .formatted(Organization.documentNumberPrefix(customer.organizationId()), customer.sequentialId());
    }

    private static MetadataObject metadata(ShownOnly item) {
        return new MetadataObject(
                item.text("lago_id"),
                item.text("key"),
                item.text("value"),
                item.flag("display_in_invoice"),
                item.text("created_at"));
    }
}
