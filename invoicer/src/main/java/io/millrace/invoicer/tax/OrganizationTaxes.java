package io.millrace.invoicer.tax;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Refusal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/// All taxes of an organization as they are now.
public final class OrganizationTaxes {
    private final Map<UUID, Tax> byId = new LinkedHashMap<>();

    OrganizationTaxes(Collection<Tax> taxes) {
        taxes.forEach(tax -> byId.put(tax.id(), tax));
    }

    /// The taxes that a request names in `tax_codes`, in its order and each once.
    ///
    /// @throws Refusal.NotFound if there is no tax of one of the codes
    public List<UUID> named(Fields fields) {
        var codes = fields.texts("tax_codes");
        if (codes == null) return List.of();
        var ids = new ArrayList<UUID>();
        for (var code : codes) {
            ids.add(byId.values().stream()
                    .filter(tax -> tax.code().equals(code))
                    .findFirst()
                    .map(Tax::id)
                    .orElseThrow(() -> new Refusal.NotFound(Taxes.RESOURCE)));
        }
        return ids.stream().distinct().toList();
    }

    /// The taxes of a fee: of the first list that names any that there still is; where none does, those that are
    /// applied to the organization.
    ///
    /// @param nearestFirst what may name taxes, such as a charge, its plan and the customer
    public List<Tax> nearest(List<List<UUID>> nearestFirst) {
        return nearestFirst.stream()
                .map(this::known)
                .filter(taxes -> !taxes.isEmpty())
                .findFirst()
                .orElseGet(() -> byId.values().stream()
                        .filter(Tax::appliedToOrganization)
                        .toList());
    }

    /// As the API shows those of these that there still are.
    public List<TaxObject> shown(List<UUID> ids) {
        return known(ids).stream().map(TaxObject::of).toList();
    }

    private List<Tax> known(List<UUID> ids) {
        return ids.stream().map(byId::get).filter(Objects::nonNull).toList();
    }
}
