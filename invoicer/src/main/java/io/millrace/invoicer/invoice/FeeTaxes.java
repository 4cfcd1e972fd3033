package io.millrace.invoicer.invoice;

import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.tax.OrganizationTaxes;
import io.millrace.invoicer.tax.Tax;
import java.util.List;
import java.util.UUID;

/// Which taxes are on a customer's fees: those that the charge or the commitment names, or else its plan, or else the
/// customer; where none does, those that are applied to the organization.
///
/// @param customerTaxIds named by the customer
record FeeTaxes(OrganizationTaxes known, List<UUID> customerTaxIds) {

    static FeeTaxes of(Customer customer, OrganizationTaxes known) {
        return new FeeTaxes(known, customer.taxIdList());
    }

    /// @param own named by what the fee is for; empty for the plan's own fee
    List<Tax> on(List<UUID> own, List<UUID> planTaxIds) {
        return known.nearest(List.of(own, planTaxIds, customerTaxIds));
    }
}
