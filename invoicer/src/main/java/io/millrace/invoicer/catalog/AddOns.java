package io.millrace.invoicer.catalog;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.tax.Taxes;
import jakarta.inject.Singleton;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The organizations' add-ons.
@Singleton
class AddOns {
    static final String RESOURCE = "add_on";

    private final AddOnRepository addOns;
    private final Taxes taxes;
    private final Clocks clocks;

    AddOns(AddOnRepository addOns, Taxes taxes, Clocks clocks) {
        this.addOns = addOns;
        this.taxes = taxes;
        this.clocks = clocks;
    }

    @Transactional
    AddOn create(UUID organization, Fields fields) {
        return addOns.save(read(organization, fields, null));
    }

    @Transactional
    AddOn update(UUID organization, String code, Fields fields) {
        return addOns.update(read(organization, fields, find(organization, code)));
    }

    @Transactional
    AddOn delete(UUID organization, String code) {
        return addOns.update(find(organization, code).deleted(clocks.system()));
    }

    AddOn find(UUID organization, String code) {
        return addOns.findByOrganizationIdAndCodeAndDeletedAtIsNull(organization, code)
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    Page<AddOn> list(UUID organization, Pageable asked) {
        return addOns.findByOrganizationIdAndDeletedAtIsNullOrderByCreatedAtDesc(organization, asked);
    }

    /// @param before null for a new add-on
    private AddOn read(UUID organization, Fields fields, @Nullable AddOn before) {
        var code = before == null || fields.has("code") ? fields.requiredName("code") : before.code();
        var name = before == null || fields.has("name") ? fields.requiredName("name") : before.name();
        var displayName = before == null || fields.has("invoice_display_name")
                ? fields.name("invoice_display_name")
                : before.invoiceDisplayName();
        var description =
                before == null || fields.has("description") ? fields.text("description") : before.description();
        long amount = before == null || fields.has("amount_cents") ? PlanTerms.amount(fields) : before.amountCents();
        var currency = before == null || fields.has("amount_currency")
                ? PlanTerms.currency(fields, "amount_currency")
                : before.amountCurrency();
        var taxIds = before == null || fields.has("tax_codes")
                ? Json.write(taxes.of(organization).named(fields))
                : before.taxIds();
        boolean isTaken = (before == null || !code.equals(before.code()))
                && addOns.findByOrganizationIdAndCodeAndDeletedAtIsNull(organization, code)
                        .isPresent();
        if (isTaken) fields.violated("code", "value_already_exist");
        fields.refuseViolations();
        return new AddOn(
                before == null ? UUID.randomUUID() : before.id(),
                organization,
                code,
                name,
                displayName,
                description,
                amount,
                currency,
                taxIds,
                before == null ? clocks.system() : before.createdAt(),
                null);
    }
}
