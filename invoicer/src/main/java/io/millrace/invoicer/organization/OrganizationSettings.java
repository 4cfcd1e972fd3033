package io.millrace.invoicer.organization;

import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.ShownOnly;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.UUID;

/// What an organization sets for itself and its customers.
@Singleton
class OrganizationSettings {
    static final String RESOURCE = "organization";
    /// Days.
    static final long LONGEST_PAYMENT_TERM = 3650;
    private static final List<String> NUMBERINGS = List.of("per_customer", "per_organization");
    private static final List<String> SHOWN_ONLY = List.of("legal_name", "legal_number", "tax_identification_number");

    private final OrganizationRepository organizations;
    private final WebhookUrls webhookUrls;
    private final List<SettingsFollower> followers;

    OrganizationSettings(
            OrganizationRepository organizations, WebhookUrls webhookUrls, List<SettingsFollower> followers) {
        this.organizations = organizations;
        this.webhookUrls = webhookUrls;
        this.followers = followers;
    }

    /// Changes what the request names.
    @Transactional
    Organization update(UUID id, Fields fields) {
        var before = organizations.findLocked(id);
        var after = read(fields, before);
        if (fields.has("webhook_url")) webhookUrls.check(id, fields);
        fields.refuseViolations();
        organizations.update(after);
        var url = fields.text("webhook_url");
        if (url != null) webhookUrls.set(id, url);
        followers.forEach(follower -> follower.follow(before, after));
        return after;
    }

    private static Organization read(Fields fields, Organization before) {
        refuseWhatNoInvoiceFollows(fields, before);
        var currency = fields.has("default_currency") ? fields.currency("default_currency") : before.defaultCurrency();
        if (currency == null && !fields.isPresent("default_currency")) {
            fields.violated("default_currency", "value_is_mandatory");
        }
        var timezone = fields.has("timezone") ? fields.timezone("timezone") : before.timezone();
        var term = fields.wholeNumber("net_payment_term", 0, LONGEST_PAYMENT_TERM);
        return new Organization(
                before.id(),
                fields.has("name") ? fields.requiredName("name") : before.name(),
                before.hmacKey(),
                timezone,
                fields.has("net_payment_term")
                        ? (term == null ? null : Integer.valueOf(term.intValue()))
                        : before.netPaymentTerm(),
                currency == null ? before.defaultCurrency() : currency,
                details(fields, before),
                before.createdAt());
    }

    private static String details(Fields fields, Organization before) {
        var details = ShownOnly.of(before.details()).address(fields).texts(fields, SHOWN_ONLY);
        if (fields.has("email")) details.put("email", fields.emails("email"));
        var billing = fields.object("billing_configuration");
        if (billing != null) {
            billing.refuseUnavailable(List.of("invoice_footer", "invoice_grace_period"));
            if (billing.has("document_locale")) details.put("document_locale", billing.locale("document_locale"));
        }
        return details.json();
    }

    /// Invoices are numbered customer by customer, finalized whatever their amount, and not sent by e-mail.
    private static void refuseWhatNoInvoiceFollows(Fields fields, Organization organization) {
        fields.refuseUnavailable(List.of("email_settings", "tax_codes"));
        var numbering = fields.oneOf("document_numbering", NUMBERINGS);
        if ("per_organization".equals(numbering)) fields.violated("document_numbering", "feature_unavailable");
        var prefix = fields.text("document_number_prefix");
        if (prefix != null && !prefix.equals(Organization.documentNumberPrefix(organization.id()))) {
            fields.violated("document_number_prefix", "feature_unavailable");
        }
        if (!fields.flag("finalize_zero_amount_invoice", true)) {
            fields.violated("finalize_zero_amount_invoice", "feature_unavailable");
        }
    }
}
