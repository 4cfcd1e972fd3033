package io.millrace.invoicer.tax;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Refusal;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The organizations' taxes. They have no history: a fee keeps what was on it, and the next one has what is in force
/// when its invoice is issued.
@Singleton
public class Taxes {
    static final String RESOURCE = "tax";

    private static final BigDecimal HIGHEST_RATE = BigDecimal.valueOf(10_000);

    private final TaxRepository taxes;
    private final Clocks clocks;

    Taxes(TaxRepository taxes, Clocks clocks) {
        this.taxes = taxes;
        this.clocks = clocks;
    }

    @Transactional
    Tax create(UUID organization, Fields fields) {
        return taxes.save(read(organization, fields, null));
    }

    @Transactional
    Tax update(UUID organization, String code, Fields fields) {
        return taxes.update(read(organization, fields, find(organization, code)));
    }

    /// Whatever names it names it in vain from then on; what was billed keeps it.
    @Transactional
    Tax delete(UUID organization, String code) {
        var tax = find(organization, code);
        taxes.delete(tax);
        return tax;
    }

    Tax find(UUID organization, String code) {
        return taxes.findByOrganizationIdAndCode(organization, code).orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    Page<Tax> list(UUID organization, Pageable asked) {
        return taxes.findByOrganizationIdOrderByCreatedAtDesc(organization, asked);
    }

    public OrganizationTaxes of(UUID organization) {
        return new OrganizationTaxes(taxes.findByOrganizationIdOrderByCreatedAt(organization));
    }

    /// @param before null for a new tax
    private Tax read(UUID organization, Fields fields, @Nullable Tax before) {
        var code = before == null || fields.has("code") ? fields.requiredName("code") : before.code();
        var name = before == null || fields.has("name") ? fields.requiredName("name") : before.name();
        var description =
                before == null || fields.has("description") ? fields.text("description") : before.description();
        var rate = before == null || fields.has("rate") ? rate(fields) : before.rate();
        boolean applied = before == null || fields.has("applied_to_organization")
                ? fields.flag("applied_to_organization", false)
                : before.appliedToOrganization();
        boolean isTaken = (before == null || !code.equals(before.code()))
                && taxes.findByOrganizationIdAndCode(organization, code).isPresent();
        if (isTaken) fields.violated("code", "value_already_exist");
        fields.refuseViolations();
        return new Tax(
                before == null ? UUID.randomUUID() : before.id(),
                organization,
                code,
                name,
                description,
                rate,
                applied,
                before == null ? clocks.system() : before.createdAt());
    }

    private static BigDecimal rate(Fields fields) {
        if (!fields.isPresent("rate")) fields.violated("rate", "value_is_mandatory");
        var rate = fields.decimal("rate", BigDecimal.ZERO, HIGHEST_RATE);
        return rate == null ? BigDecimal.ZERO : rate;
    }
}
