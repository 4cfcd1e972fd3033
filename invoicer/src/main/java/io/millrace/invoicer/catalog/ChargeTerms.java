package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.InvalidCharge;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a charge costs: a part of what a plan's revision dates. It has no id yet.
///
/// @param minAmountCents what is due at least for a whole period; 0 for none
/// @param properties the default price, in the API's spelling
/// @param taxIds of its own; empty where it has the plan's
record ChargeTerms(
        String code,
        UUID billableMetricId,
        String billableMetricCode,
        String chargeModel,
        @Nullable String invoiceDisplayName,
        boolean payInAdvance,
        boolean prorated,
        boolean invoiceable,
        long minAmountCents,
        boolean acceptsTargetWallet,
        Map<String, Object> properties,
        List<UUID> taxIds,
        List<FilterTerms> filters) {

    private static final List<String> MODELS =
            List.of("standard", "graduated", "graduated_percentage", "package", "percentage", "volume", "dynamic");

    static ChargeTerms of(Charge charge) {
        return new ChargeTerms(
                charge.code(),
                charge.billableMetricId(),
                charge.billableMetricCode(),
                charge.chargeModel(),
                charge.invoiceDisplayName(),
                charge.payInAdvance(),
                charge.prorated(),
                charge.invoiceable(),
                charge.minAmountCents(),
                charge.acceptsTargetWallet(),
                charge.properties(),
                charge.taxIds(),
                charge.filters().stream().map(FilterTerms::of).toList());
    }

    /// Reads a charge of a request; fields that it does not name stay as they were. Null if its metric is not known:
    /// that is violated then.
    ///
    /// @param before null for a new charge; its code and metric stay, for they are what it is known by
    /// @param codes of the plan's charges before it, to which its own is added
    static @Nullable ChargeTerms read(Fields fields, @Nullable ChargeTerms before, Known known, Set<String> codes) {
        var id = before == null || fields.has("billable_metric_id") ? metricId(fields) : before.billableMetricId;
        var metric = id == null ? null : known.metrics().get(id);
        var model = before == null || fields.has("charge_model")
                ? fields.requiredOneOf("charge_model", MODELS)
                : before.chargeModel;
        var code = before == null || fields.has("code") ? fields.name("code") : before.code;
        boolean advance = before == null || fields.has("pay_in_advance")
                ? fields.flag("pay_in_advance", false)
                : before.payInAdvance;
        boolean invoiceable =
                before == null || fields.has("invoiceable") ? fields.flag("invoiceable", true) : before.invoiceable;
        var properties = before == null || fields.has("properties") ? fields.tree("properties") : before.properties;
        boolean prorated = before == null || fields.has("prorated") ? fields.flag("prorated", false) : before.prorated;
        checkPrice(fields, model, properties);
        long minimum = before == null || fields.has("min_amount_cents") ? minimum(fields) : before.minAmountCents;
        if (fields.isPresent("applied_pricing_unit")) fields.violated("applied_pricing_unit", "feature_unavailable");
        var wallet = before == null || fields.has("accepts_target_wallet")
                ? fields.flag("accepts_target_wallet", false)
                : before.acceptsTargetWallet;
        var taxes = before == null || fields.has("tax_codes") ? known.taxes().named(fields) : before.taxIds;
        var name = before == null || fields.has("invoice_display_name")
                ? fields.name("invoice_display_name")
                : before.invoiceDisplayName;
        if (before != null) {
            if (!before.billableMetricId.equals(id)) fields.violated("billable_metric_id", "value_is_invalid");
            if (!before.code.equals(code)) fields.violated("code", "value_is_invalid");
        }
        if (metric == null) return null;
        var declared = metric.revision().filterList();
        var filters = before == null || fields.has("filters") ? filters(fields, model, declared) : before.filters;
        if (before != null && !fields.has("filters") && fields.has("charge_model")) {
            // They keep their prices, which have to be prices of the model.
            for (var filter : filters) checkPrice(fields, model, filter.properties());
        }
        if (code == null || code.isBlank()) code = freeCode(metric.metric().code(), codes);
        else if (!codes.add(code)) fields.violated("code", "value_already_exist");
        var terms = new ChargeTerms(
                code,
                metric.metric().id(),
                metric.metric().code(),
                model,
                name,
                advance,
                prorated,
                invoiceable,
                minimum,
                wallet,
                properties,
                taxes,
                filters);
        terms.checkTogether(fields, metric.revision(), fields.isPresent("regroup_paid_fees"));
        return terms;
    }

    /// The charge with other filters.
    ///
    /// @param fields of the request that changes them
    ChargeTerms with(List<FilterTerms> changed, Fields fields, BillableMetricRevision metric) {
        var terms = new ChargeTerms(
                code,
                billableMetricId,
                billableMetricCode,
                chargeModel,
                invoiceDisplayName,
                payInAdvance,
                prorated,
                invoiceable,
                minAmountCents,
                acceptsTargetWallet,
                properties,
                taxIds,
                List.copyOf(changed));
        if (hasFilterTwice(changed)) fields.violated("values", "value_already_exist");
        terms.checkTogether(fields, metric, false);
        return terms;
    }

    private static @Nullable UUID metricId(Fields fields) {
        if (!fields.isPresent("billable_metric_id")) fields.violated("billable_metric_id", "value_is_mandatory");
        return fields.id("billable_metric_id");
    }

    private static long minimum(Fields fields) {
        var minimum = fields.wholeNumber("min_amount_cents", 0, PlanTerms.MOST_CENTS);
        return minimum == null ? 0 : minimum;
    }

    /// What the contract does not let go together, and what it does but an invoice would not follow.
    private void checkTogether(Fields fields, BillableMetricRevision metric, boolean regroupsPaidFees) {
        var aggregation = Aggregation.parseKind(metric.aggregationType()).orElseThrow(IllegalStateException::new);
        var violations = new io.millrace.rating.charge.ChargeTerms(
                        chargeModel,
                        aggregation,
                        metric.recurring(),
                        payInAdvance,
                        prorated,
                        invoiceable,
                        regroupsPaidFees,
                        minAmountCents)
                .violations();
        violations.forEach((field, codes) -> codes.forEach(each -> fields.violated(field, each)));
        if (!violations.isEmpty()) return;
        if (regroupsPaidFees) fields.violated("regroup_paid_fees", "feature_unavailable");
        // True where a price depends on each event's value.
        boolean byEvent = Stream.concat(Stream.of(properties), filters.stream().map(FilterTerms::properties))
                .anyMatch(price -> needsValues(chargeModel, price));
        // An event is charged as it comes by the units of the period so far, and by nothing else.
        if (payInAdvance && (metric.recurring() || prorated || byEvent || chargeModel.equals("dynamic"))) {
            fields.violated("pay_in_advance", "feature_unavailable");
        }
        // A maximum or a level is no sum of its events: there is no event whose value could be free or bounded.
        if (byEvent && (aggregation instanceof Max || aggregation instanceof WeightedSum)) {
            fields.violated("properties", "feature_unavailable");
        }
    }

    private static boolean needsValues(String model, Map<String, Object> properties) {
        try {
            return ChargeModel.parse(model, properties).needsValues();
        } catch (InvalidCharge e) {
            // It is refused for that.
            return false;
        }
    }

    /// A charge that is not named takes its metric's code, numbered where that is taken.
    private static String freeCode(String metric, Set<String> codes) {
        var code = metric;
        for (int number = 2; !codes.add(code); number++) code = metric + "_" + number;
        return code;
    }

    private static List<FilterTerms> filters(Fields fields, String model, List<MetricFilter> declared) {
        var filters = new ArrayList<FilterTerms>();
        var objects = fields.objects("filters");
        if (objects == null) return filters;
        for (var object : objects) filters.add(FilterTerms.read(object, null, model, declared));
        if (hasFilterTwice(filters)) fields.violated("filters", "value_already_exist");
        return List.copyOf(filters);
    }

    private static boolean hasFilterTwice(List<FilterTerms> filters) {
        return filters.stream().map(FilterTerms::values).distinct().count() < filters.size();
    }

    static void checkPrice(Fields fields, String model, Map<String, Object> properties) {
        try {
            ChargeModel.parse(model, properties);
        } catch (InvalidCharge e) {
            e.violations()
                    .forEach((field, codes) -> codes.forEach(code -> {
                        // A model that exists but cannot be rated yet.
                        if (field.equals("charge_model")) fields.violated(field, "feature_unavailable");
                        else fields.violated("properties." + field, code);
                    }));
        }
    }
}
