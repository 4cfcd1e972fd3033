package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
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
    /// @param metrics those of the plan's charges, by id
    static PlanOverrides read(
            Fields fields, PlanHistory plan, boolean hasBegun, Map<UUID, BillableMetrics.Current> metrics) {
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
                charges(fields, plan.last().chargeList(), before.charges(), metrics));
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

    private static List<PlanTerms.ChargeTerms> charges(
            Fields fields,
            List<Charge> identified,
            List<PlanTerms.ChargeTerms> before,
            Map<UUID, BillableMetrics.Current> metrics) {
        var charges = new ArrayList<>(before);
        var objects = fields.objects("charges");
        if (objects == null) return charges;
        var named = new HashSet<Integer>();
        for (var object : objects) {
            int place = place(object, identified);
            if (place < 0) continue;
            if (!named.add(place)) object.violated("id", "value_already_exist");
            var kept = kept(object, before.get(place));
            var read = PlanTerms.charge(object.with(kept), metrics, new HashSet<>());
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

    /// What an override cannot change, and what this one does not name.
    private static Map<String, Object> kept(Fields object, PlanTerms.ChargeTerms charge) {
        var kept = new HashMap<String, Object>();
        kept.put("billable_metric_id", charge.billableMetricId().toString());
        kept.put("code", charge.code());
        kept.put("pay_in_advance", charge.payInAdvance());
        kept.put("prorated", charge.prorated());
        kept.put("invoiceable", charge.invoiceable());
        kept.put("accepts_target_wallet", charge.acceptsTargetWallet());
        var free = new HashMap<String, Object>();
        free.put("charge_model", charge.chargeModel());
        free.put("invoice_display_name", charge.invoiceDisplayName());
        free.put("properties", charge.properties());
        free.put("filters", charge.filters().stream().map(PlanOverrides::tree).toList());
        free.forEach((name, value) -> {
            if (!object.has(name)) kept.put(name, value);
        });
        return kept;
    }

    private static Map<String, Object> tree(PlanTerms.FilterTerms filter) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("values", filter.values());
        tree.put("properties", filter.properties());
        tree.put("invoice_display_name", filter.invoiceDisplayName());
        return tree;
    }
}
