package io.millrace.invoicer.organization;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.ShownOnly;
import io.millrace.invoicer.contract.Wire;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The organization that a key speaks for.
@Controller("/api/v1/organizations")
@ExecuteOn(TaskExecutors.BLOCKING)
class OrganizationController {
    private final Organizations organizations;
    private final OrganizationSettings settings;
    private final WebhookUrls webhookUrls;

    OrganizationController(Organizations organizations, OrganizationSettings settings, WebhookUrls webhookUrls) {
        this.organizations = organizations;
        this.settings = settings;
        this.webhookUrls = webhookUrls;
    }

    @Wire
    record OrganizationObject(
            String lagoId,
            String name,
            String slug,
            String createdAt,
            @Nullable String webhookUrl,
            List<String> webhookUrls,
            @Nullable String country,
            String defaultCurrency,
            @Nullable String addressLine1,
            @Nullable String addressLine2,
            @Nullable String state,
            @Nullable String zipcode,
            @Nullable String email,
            @Nullable String city,
            @Nullable String legalName,
            @Nullable String legalNumber,
            String documentNumbering,
            String documentNumberPrefix,
            int netPaymentTerm,
            @Nullable String taxIdentificationNumber,
            String timezone,
            List<String> emailSettings,
            BillingConfigurationObject billingConfiguration,
            List<Object> taxes,
            boolean finalizeZeroAmountInvoice,
            String eventsStore) {}

    @Wire
    record BillingConfigurationObject(@Nullable String invoiceFooter, int invoiceGracePeriod, String documentLocale) {}

    @Get
    Map<String, Object> get(Caller caller) {
        return shown(organizations.get(caller.organizationId()));
    }

    @Put
    @Consumes(MediaType.ALL)
    Map<String, Object> update(Caller caller, @Body byte @Nullable [] body) {
        return shown(settings.update(caller.organizationId(), Fields.of(body, OrganizationSettings.RESOURCE)));
    }

    private Map<String, Object> shown(Organization organization) {
        return Map.of(OrganizationSettings.RESOURCE, object(organization, webhookUrls.of(organization.id())));
    }

    private static OrganizationObject object(Organization organization, List<String> urls) {
        var details = ShownOnly.of(organization.details());
        var prefix = Organization.documentNumberPrefix(organization.id());
        var locale = details.text("document_locale");
        return new OrganizationObject(
                organization.id().toString(),
                organization.name(),
                prefix,
                Shown.time(organization.createdAt()),
                urls.isEmpty() ? null : urls.getFirst(),
                urls,
                details.text("country"),
                organization.defaultCurrency(),
                details.text("address_line1"),
                details.text("address_line2"),
                details.text("state"),
                details.text("zipcode"),
                details.text("email"),
                details.text("city"),
                details.text("legal_name"),
                details.text("legal_number"),
                "per_customer",
                prefix,
                organization.netPaymentTerm() == null ? 0 : organization.netPaymentTerm(),
                details.text("tax_identification_number"),
                organization.zoneName(),
                List.of(),
                new BillingConfigurationObject(null, 0, locale == null ? "en" : locale),
                List.of(),
                true,
                "clickhouse");
    }
}
