package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a subscription agrees to otherwise than its plan says: `plan_overrides` of a request. What they do not name
/// is as in the plan.
///
/// @param terms all that it costs
public record PlanOverrides(
        String name,
        @Nullable String invoiceDisplayName,
        @Nullable String description,
        PlanTerms terms) {

    /// @param plan what is overridden
    /// @param hasBegun true where the subscription runs: what it has paid goes by its free days
    /// @param known the metrics of the plan's charges, and taxes
    static PlanOverrides read(Fields fields, PlanHistory plan, boolean hasBegun, Known known) {
        var before = PlanTerms.of(plan.last());
        var currency = fields.text("amount_currency");
        if (currency != null && !currency.equals(before.amountCurrency())) {
            fields.violated("amount_currency", "value_is_invalid");
        }
        var trial = fields.has("trial_period") ? PlanTerms.trial(fields) : before.trialPeriod();
        if (hasBegun && trial.compareTo(before.trialPeriod()) != 0) {
            fields.violated("trial_period", "value_is_invalid");
        }
        PlanTerms.refuseWhatWouldBeBilledWrongly(fields);
        var terms = new PlanTerms(
                before.interval(),
                fields.has("amount_cents") ? PlanTerms.amount(fields) : before.amountCents(),
                before.amountCurrency(),
                before.payInAdvance(),
                trial,
                before.billChargesMonthly(),
                fields.has("tax_codes") ? known.taxes().named(fields) : before.taxIds(),
                fields.has("minimum_commitment") ? CommitmentTerms.read(fields, known) : before.minimumCommitment(),
                charges(fields, plan.last().chargeList(), before.charges(), known));
        terms.checkCommitment(fields, plan);
        return new PlanOverrides(
                fields.has("name") ? fields.requiredName("name") : plan.plan().name(),
                fields.has("invoice_display_name")
                        ? fields.name("invoice_display_name")
                        : plan.plan().invoiceDisplayName(),
                fields.has("description")
                        ? fields.text("description")
                        : plan.plan().description(),
                terms);
    }

    /// True if nothing is otherwise than in that plan.
    public boolean isSameAs(PlanHistory plan) {
        return plan.plan().name().equals(name)
                && Objects.equals(plan.plan().invoiceDisplayName(), invoiceDisplayName)
                && Objects.equals(plan.plan().description(), description)
                && terms.isSame(PlanTerms.of(plan.last()));
    }

    private static List<ChargeTerms> charges(
            Fields fields, List<Charge> identified, List<ChargeTerms> before, Known known) {
        var charges = new ArrayList<>(before);
        var objects = fields.objects("charges");
        if (objects == null) return charges;
        var named = new HashSet<Integer>();
        for (var object : objects) {
            int place = place(object, identified);
            if (place < 0) continue;
            if (!named.add(place)) object.violated("id", "value_already_exist");
            var charge = before.get(place);
            var read = ChargeTerms.read(object.with(kept(charge)), charge, known, new HashSet<>());
            if (read != null) charges.set(place, read);
        }
        return charges;
    }

    /// Which charge is meant, by its id or else by its code; -1, and violated, where it is none.
    private static int place(Fields object, List<Charge> charges) {
        var id = object.id("id");
        var code = object.text("code");
        boolean isById = object.isPresent("id");
        for (int i = 0; i < charges.size(); i++) {
            var charge = charges.get(i);
            if (isById ? charge.id().equals(id) : charge.code().equals(code)) return i;
        }
        if (isById || code != null) object.violated(isById ? "id" : "code", "value_is_invalid");
        else object.violated("id", "value_is_mandatory");
        return -1;
    }

    /// What an override cannot change.
    private static Map<String, Object> kept(ChargeTerms charge) {
        return Map.of(
                "billable_metric_id", charge.billableMetricId().toString(),
                "code", charge.code(),
                "pay_in_advance", charge.payInAdvance(),
                "prorated", charge.prorated(),
                "invoiceable", charge.invoiceable(),
                "accepts_target_wallet", charge.acceptsTargetWallet());
    }
}
