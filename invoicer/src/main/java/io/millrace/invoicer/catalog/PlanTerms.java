package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.InvalidCharge;
import io.millrace.rating.filter.ChargeFilter;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.subscription.Trial;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a plan costs: what a revision dates. Charges have no ids yet.
record PlanTerms(
        String interval,
        long amountCents,
        String amountCurrency,
        boolean payInAdvance,
        BigDecimal trialPeriod,
        boolean billChargesMonthly,
        List<ChargeTerms> charges) {

    private static final List<String> INTERVALS = List.of("monthly", "weekly", "quarterly", "semiannual", "yearly");
    private static final List<String> MODELS =
            List.of("standard", "graduated", "graduated_percentage", "package", "percentage", "volume", "dynamic");
    private static final long MOST_CENTS = 1_000_000_000_000_000L;

    /// @param properties the default price, in the API's spelling
    record ChargeTerms(
            String code,
            UUID billableMetricId,
            String billableMetricCode,
            String chargeModel,
            @Nullable String invoiceDisplayName,
            boolean payInAdvance,
            boolean prorated,
            boolean invoiceable,
            boolean acceptsTargetWallet,
            Map<String, Object> properties,
            List<FilterTerms> filters) {}

    record FilterTerms(
            Map<String, List<String>> values,
            Map<String, Object> properties,
            @Nullable String invoiceDisplayName) {}

    /// Reads the terms of a request; fields that it does not name stay as they were.
    ///
    /// @param before null for a new plan
    /// @param metrics the organization's metrics that the charges may name, by id
    static PlanTerms read(Fields fields, @Nullable PlanTerms before, Map<UUID, BillableMetrics.Current> metrics) {
        var interval = before == null || fields.has("interval")
                ? fields.requiredOneOf("interval", INTERVALS)
                : before.interval;
        var currency = before == null || fields.has("amount_currency")
                ? currency(fields, "amount_currency")
                : before.amountCurrency;
        if (before != null && !currency.equals(before.amountCurrency)) {
            fields.violated("amount_currency", "value_is_invalid");
        }
        long amount = before == null || fields.has("amount_cents") ? amount(fields) : before.amountCents;
        boolean advance = before == null || fields.has("pay_in_advance")
                ? fields.flag("pay_in_advance", false)
                : before.payInAdvance;
        var trial = before == null || fields.has("trial_period") ? trial(fields) : before.trialPeriod;
        // Running subscriptions have periods, and what they have paid, by these.
        if (before != null && !interval.equals(before.interval)) fields.violated("interval", "value_is_invalid");
        if (before != null && advance != before.payInAdvance) fields.violated("pay_in_advance", "value_is_invalid");
        if (before != null && trial.compareTo(before.trialPeriod) != 0) {
            fields.violated("trial_period", "value_is_invalid");
        }
        boolean monthly = before == null || fields.has("bill_charges_monthly")
                ? fields.flag("bill_charges_monthly", false)
                : before.billChargesMonthly;
        var charges = before == null || fields.has("charges") ? charges(fields, metrics) : before.charges;
        refuseWhatWouldBeBilledWrongly(fields);
        return new PlanTerms(interval, amount, currency, advance, trial, monthly, charges);
    }

    static PlanTerms of(PlanRevision revision) {
        return new PlanTerms(
                revision.billingInterval(),
                revision.amountCents(),
                revision.amountCurrency(),
                revision.payInAdvance(),
                revision.trialPeriod(),
                revision.billChargesMonthly(),
                revision.chargeList().stream().map(PlanTerms::of).toList());
    }

    private static ChargeTerms of(Charge charge) {
        return new ChargeTerms(
                charge.code(),
                charge.billableMetricId(),
                charge.billableMetricCode(),
                charge.chargeModel(),
                charge.invoiceDisplayName(),
                charge.payInAdvance(),
                charge.prorated(),
                charge.invoiceable(),
                charge.acceptsTargetWallet(),
                charge.properties(),
                charge.filters().stream()
                        .map(filter ->
                                new FilterTerms(filter.values(), filter.properties(), filter.invoiceDisplayName()))
                        .toList());
    }

    /// True if both cost the same, however their JSON is written.
    boolean isSame(PlanTerms other) {
        return Json.write(this).equals(Json.write(other));
    }

    /// The ids that the request's charges name as their metrics.
    static Set<UUID> metricIds(Fields fields) {
        var ids = new HashSet<UUID>();
        var charges = fields.objects("charges");
        if (charges == null) return ids;
        for (var charge : charges) {
            var id = charge.id("billable_metric_id");
            if (id != null) ids.add(id);
        }
        return ids;
    }

    PlanRevision revision(UUID plan, int number, @Nullable Instant from, List<Charge> identified) {
        return new PlanRevision(
                UUID.randomUUID(),
                plan,
                number,
                from,
                null,
                interval,
                amountCents,
                amountCurrency,
                payInAdvance,
                trialPeriod,
                billChargesMonthly,
                Json.write(identified));
    }

    /// The revision as it is once another takes over.
    static PlanRevision ended(PlanRevision revision, Instant at) {
        return copied(revision, revision.id(), revision.planId(), at);
    }

    static PlanRevision copied(PlanRevision revision, UUID id, UUID plan, @Nullable Instant to) {
        return new PlanRevision(
                id,
                plan,
                revision.revision(),
                revision.effectiveFrom(),
                to,
                revision.billingInterval(),
                revision.amountCents(),
                revision.amountCurrency(),
                revision.payInAdvance(),
                revision.trialPeriod(),
                revision.billChargesMonthly(),
                revision.charges());
    }

    static long amount(Fields fields) {
        if (!fields.isPresent("amount_cents")) fields.violated("amount_cents", "value_is_mandatory");
        var amount = fields.wholeNumber("amount_cents", 0, MOST_CENTS);
        return amount == null ? 0 : amount;
    }

    static BigDecimal trial(Fields fields) {
        var days = fields.decimal("trial_period", BigDecimal.ZERO, BigDecimal.valueOf(Trial.MAX_DAYS));
        return days == null ? BigDecimal.ZERO : days;
    }

    private static String currency(Fields fields, String name) {
        var currency = fields.requiredName(name);
        if (!currency.isEmpty() && CurrencyUnit.find(currency).isEmpty()) fields.violated(name, "value_is_invalid");
        return currency;
    }

    /// Accepted by the contract, but an invoice would lack it: better refused than billed wrongly.
    static void refuseWhatWouldBeBilledWrongly(Fields fields) {
        if (!fields.tree("minimum_commitment").isEmpty()) fields.violated("minimum_commitment", "feature_unavailable");
        for (var name : List.of("fixed_charges", "usage_thresholds")) {
            var objects = fields.objects(name);
            if (objects != null && !objects.isEmpty()) fields.violated(name, "feature_unavailable");
        }
        refuseTaxes(fields);
    }

    private static void refuseTaxes(Fields fields) {
        var taxes = fields.texts("tax_codes");
        if (taxes != null && !taxes.isEmpty()) fields.violated("tax_codes", "feature_unavailable");
    }

    private static List<ChargeTerms> charges(Fields fields, Map<UUID, BillableMetrics.Current> metrics) {
        var charges = new ArrayList<ChargeTerms>();
        var objects = fields.objects("charges");
        if (objects == null) return charges;
        var codes = new HashSet<String>();
        for (var object : objects) {
            var charge = charge(object, metrics, codes);
            if (charge != null) charges.add(charge);
        }
        return List.copyOf(charges);
    }

    static @Nullable ChargeTerms charge(Fields fields, Map<UUID, BillableMetrics.Current> metrics, Set<String> codes) {
        if (!fields.isPresent("billable_metric_id")) fields.violated("billable_metric_id", "value_is_mandatory");
        var id = fields.id("billable_metric_id");
        var metric = id == null ? null : metrics.get(id);
        var model = fields.requiredOneOf("charge_model", MODELS);
        var code = fields.name("code");
        boolean advance = fields.flag("pay_in_advance", false);
        boolean invoiceable = fields.flag("invoiceable", true);
        var properties = fields.tree("properties");
        boolean prorated = fields.flag("prorated", false);
        checkPrice(fields, model, properties);
        if (fields.isNotZero("min_amount_cents")) fields.violated("min_amount_cents", "feature_unavailable");
        if (fields.isPresent("applied_pricing_unit")) fields.violated("applied_pricing_unit", "feature_unavailable");
        refuseTaxes(fields);
        var wallet = fields.flag("accepts_target_wallet", false);
        if (metric == null) return null;
        var filters = filters(fields, model, metric.revision().filterList());
        boolean byEvent = Stream.concat(Stream.of(properties), filters.stream().map(FilterTerms::properties))
                .anyMatch(price -> needsValues(model, price));
        checkTogether(fields, metric.revision(), model, advance, prorated, invoiceable, byEvent);
        if (code == null || code.isBlank()) code = freeCode(metric.metric().code(), codes);
        else if (!codes.add(code)) fields.violated("code", "value_already_exist");
        return new ChargeTerms(
                code,
                metric.metric().id(),
                metric.metric().code(),
                model,
                fields.name("invoice_display_name"),
                advance,
                prorated,
                invoiceable,
                wallet,
                properties,
                filters);
    }

    /// What the contract does not let go together, and what it does but an invoice would not follow.
    ///
    /// @param byEvent true where a price depends on each event's value
    private static void checkTogether(
            Fields fields,
            BillableMetricRevision metric,
            String model,
            boolean advance,
            boolean prorated,
            boolean invoiceable,
            boolean byEvent) {
        var aggregation = Aggregation.parseKind(metric.aggregationType()).orElseThrow(IllegalStateException::new);
        var violations = new io.millrace.rating.charge.ChargeTerms(
                        model, aggregation, metric.recurring(), advance, prorated, invoiceable, false, 0)
                .violations();
        violations.forEach((field, codes) -> codes.forEach(code -> fields.violated(field, code)));
        if (!violations.isEmpty()) return;
        // An event is charged as it comes by the units of the period so far, and by nothing else.
        if (advance && (metric.recurring() || prorated || byEvent || model.equals("dynamic"))) {
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
        for (var object : objects) {
            var properties = object.tree("properties");
            checkPrice(object, model, properties);
            filters.add(new FilterTerms(values(object, declared), properties, object.name("invoice_display_name")));
        }
        if (filters.stream().map(FilterTerms::values).distinct().count() < filters.size()) {
            fields.violated("filters", "value_already_exist");
        }
        return List.copyOf(filters);
    }

    /// Property to accepted values, both sorted, so that the same values in another order are the same filter.
    private static Map<String, List<String>> values(Fields fields, List<MetricFilter> declared) {
        var values = new TreeMap<String, List<String>>();
        var tree = fields.tree("values");
        if (tree.isEmpty()) fields.violated("values", "value_is_mandatory");
        tree.forEach((key, accepted) -> {
            var filter =
                    declared.stream().filter(each -> each.key().equals(key)).findFirst();
            if (filter.isEmpty() || !(accepted instanceof List<?> list) || list.isEmpty()) {
                fields.violated("values", "value_is_invalid");
                return;
            }
            var texts = new ArrayList<String>();
            for (var value : list) {
                boolean known = value instanceof String text
                        && (text.equals(ChargeFilter.ALL_VALUES)
                                || filter.get().values().contains(text));
                if (!known) fields.violated("values", "value_is_invalid");
                texts.add(String.valueOf(value));
            }
            values.put(key, texts.stream().distinct().sorted().toList());
        });
        return new LinkedHashMap<>(values);
    }

    private static void checkPrice(Fields fields, String model, Map<String, Object> properties) {
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
