package io.millrace.invoicer.tax;

import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/// A tax as the API shows it.
@Wire
public record TaxObject(
        String lagoId,
        String name,
        String code,
        @Nullable String description,
        BigDecimal rate,
        boolean appliedToOrganization,
        String createdAt) {

    static TaxObject of(Tax tax) {
        return new TaxObject(
                tax.id().toString(),
                tax.name(),
                tax.code(),
                tax.description(),
                tax.rate(),
                tax.appliedToOrganization(),
                Shown.time(tax.createdAt()));
    }
}
