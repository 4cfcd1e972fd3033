package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is paid for a plan at least: a part of what a plan's revision dates. It has no id yet.
record CommitmentTerms(long amountCents, @Nullable String invoiceDisplayName, List<UUID> taxIds) {

    /// The commitment that a request names; null if it names none.
    static @Nullable CommitmentTerms read(Fields plan, Known known) {
        if (plan.tree("minimum_commitment").isEmpty()) return null;
        var fields = plan.object("minimum_commitment");
        if (fields == null) return null;
        if (!fields.isPresent("amount_cents")) fields.violated("amount_cents", "value_is_mandatory");
        var amount = fields.wholeNumber("amount_cents", 1, PlanTerms.MOST_CENTS);
        return new CommitmentTerms(
                amount == null ? 1 : amount,
                fields.name("invoice_display_name"),
                known.taxes().named(fields));
    }

    static CommitmentTerms of(MinimumCommitment commitment) {
        return new CommitmentTerms(commitment.amountCents(), commitment.invoiceDisplayName(), commitment.taxIds());
    }
}
