package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Refusal;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Charges and filters of a plan, one at a time. Each change is a change of the plan, by the rules of one.
@Singleton
class PlanCharges {
    static final String RESOURCE = "charge";
    static final String FILTER = "filter";

    private final Plans plans;

    PlanCharges(Plans plans) {
        this.plans = plans;
    }

    /// A filter with the charge that it is of.
    record Filtered(Charge charge, ChargeFilter filter) {}

    List<Charge> list(UUID organization, String plan) {
        return plans.find(organization, plan).last().chargeList();
    }

    Charge find(UUID organization, String plan, String code) {
        return charge(plans.find(organization, plan), code);
    }

    Charge create(UUID organization, String plan, Fields fields) {
        var named = fields.id("billable_metric_id");
        var known = plans.known(organization, named == null ? Set.of() : Set.of(named));
        var history = plans.changeCharges(organization, plan, fields, charges -> {
            var codes = charges.stream().map(ChargeTerms::code).collect(Collectors.toCollection(HashSet::new));
            return with(charges, ChargeTerms.read(fields, null, known, codes));
        });
        return history.last().chargeList().getLast();
    }

    Charge update(UUID organization, String plan, String code, Fields fields) {
        return charge(
                change(organization, plan, code, fields, (charge, known) -> {
                    var changed = ChargeTerms.read(fields, charge, known, new HashSet<>());
                    return changed == null ? charge : changed;
                }),
                code);
    }

    /// The charge as it was last.
    Charge delete(UUID organization, String plan, String code) {
        var charge = find(organization, plan, code);
        plans.changeCharges(
                organization,
                plan,
                Fields.none(),
                charges -> charges.stream()
                        .filter(each -> !each.code().equals(code))
                        .toList());
        return charge;
    }

    Filtered findFilter(UUID organization, String plan, String code, String id) {
        var charge = find(organization, plan, code);
        return Ids.parse(id)
                .flatMap(charge::filter)
                .map(filter -> new Filtered(charge, filter))
                .orElseThrow(PlanCharges::noFilter);
    }

    Filtered createFilter(UUID organization, String plan, String code, Fields fields) {
        var history = changeFilters(
                organization,
                plan,
                code,
                fields,
                (filters, charge, metric) ->
                        with(filters, FilterTerms.read(fields, null, charge.chargeModel(), metric.filterList())));
        var charge = charge(history, code);
        return new Filtered(charge, charge.filters().getLast());
    }

    Filtered updateFilter(UUID organization, String plan, String code, String id, Fields fields) {
        var values = findFilter(organization, plan, code, id).filter().values();
        changeFilters(organization, plan, code, fields, (filters, charge, metric) -> {
            var changed = new ArrayList<FilterTerms>();
            for (var filter : filters) {
                changed.add(
                        filter.values().equals(values)
                                ? FilterTerms.read(fields, filter, charge.chargeModel(), metric.filterList())
                                : filter);
            }
            return changed;
        });
        return findFilter(organization, plan, code, id);
    }

    /// The filter as it was last.
    Filtered deleteFilter(UUID organization, String plan, String code, String id) {
        var deleted = findFilter(organization, plan, code, id);
        changeFilters(
                organization,
                plan,
                code,
                Fields.none(),
                (filters, charge, metric) -> filters.stream()
                        .filter(each -> !each.values().equals(deleted.filter().values()))
                        .toList());
        return deleted;
    }

    private interface FilterChange {
        List<FilterTerms> of(List<FilterTerms> filters, ChargeTerms charge, BillableMetricRevision metric);
    }

    private interface ChargeChange {
        ChargeTerms of(ChargeTerms charge, Known known);
    }

    private PlanHistory changeFilters(UUID organization, String plan, String code, Fields fields, FilterChange change) {
        return change(organization, plan, code, fields, (charge, known) -> {
            var metric = known.metrics().get(charge.billableMetricId());
            if (metric == null) throw new IllegalStateException("a charge's metric is known");
            return charge.with(change.of(charge.filters(), charge, metric.revision()), fields, metric.revision());
        });
    }

    private PlanHistory change(UUID organization, String plan, String code, Fields fields, ChargeChange change) {
        return plans.changeCharges(organization, plan, fields, charges -> {
            var before = charges.stream()
                    .filter(each -> each.code().equals(code))
                    .findFirst()
                    .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
            var after = change.of(before, plans.known(organization, Set.of(before.billableMetricId())));
            return charges.stream().map(each -> each == before ? after : each).toList();
        });
    }

    private static <T> List<T> with(List<T> list, @Nullable T added) {
        var longer = new ArrayList<>(list);
        if (added != null) longer.add(added);
        return longer;
    }

    private static Charge charge(PlanHistory history, String code) {
        return history.last().chargeList().stream()
                .filter(charge -> charge.code().equals(code))
                .findFirst()
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    private static Refusal noFilter() {
        return new Refusal.NotFound("charge_filter");
    }
}
