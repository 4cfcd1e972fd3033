package io.millrace.invoicer.customer;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.ShownOnly;
import java.time.Instant;
import java.util.List;

/// What is known of a customer and decides nothing.
final class CustomerDetails {
    private static final List<String> TEXTS = List.of(
            "firstname",
            "lastname",
            "legal_name",
            "legal_number",
            "logo_url",
            "phone",
            "tax_identification_number",
            "url",
            "external_salesforce_id");

    private CustomerDetails() {}

    /// @param before JSON as kept
    /// @return JSON with what the request names
    static String read(Fields fields, String before, Instant now) {
        refuseWhatNoInvoiceFollows(fields);
        var details = ShownOnly.of(before).address(fields).texts(fields, TEXTS);
        if (fields.has("customer_type")) {
            details.put("customer_type", fields.oneOf("customer_type", List.of("company", "individual")));
        }
        if (fields.has("skip_invoice_custom_sections")) {
            details.put("skip_invoice_custom_sections", fields.flag("skip_invoice_custom_sections"));
        }
        if (fields.has("shipping_address")) {
            var shipping = fields.object("shipping_address");
            var kept = details.object("shipping_address");
            details.put(
                    "shipping_address",
                    shipping == null ? null : kept.address(shipping).tree());
        }
        var billing = fields.object("billing_configuration");
        if (billing != null) readBilling(billing, details);
        var metadata = fields.objects("metadata");
        if (metadata != null) {
            details.put("metadata", Metadata.read(metadata, fields, details.objects("metadata"), now));
        }
        return details.json();
    }

    /// A period's invoice is issued on the day after it, final at once, and collected by nobody.
    private static void readBilling(Fields billing, ShownOnly details) {
        billing.refuseUnavailable(List.of(
                "invoice_grace_period",
                "payment_provider",
                "payment_provider_code",
                "provider_customer_id",
                "provider_payment_methods",
                "sync",
                "sync_with_provider"));
        onlyFollows(
                billing,
                "subscription_invoice_issuing_date_anchor",
                "next_period_start",
                List.of("next_period_start", "current_period_end"));
        onlyFollows(
                billing,
                "subscription_invoice_issuing_date_adjustment",
                "keep_anchor",
                List.of("keep_anchor", "align_with_finalization_date"));
        if (billing.has("document_locale")) details.put("document_locale", billing.locale("document_locale"));
    }

    private static void refuseWhatNoInvoiceFollows(Fields fields) {
        fields.refuseUnavailable(
                List.of("billing_entity_code", "integration_customers", "invoice_custom_section_codes"));
        onlyFollows(fields, "account_type", "customer", List.of("customer", "partner"));
        var zeroAmounts = fields.oneOf("finalize_zero_amount_invoice", List.of("inherit", "finalize", "skip"));
        if ("skip".equals(zeroAmounts)) fields.violated("finalize_zero_amount_invoice", "feature_unavailable");
    }

    private static void onlyFollows(Fields fields, String name, String followed, List<String> allowed) {
        var word = fields.oneOf(name, allowed);
        if (word != null && !word.equals(followed)) fields.violated(name, "feature_unavailable");
    }
}
