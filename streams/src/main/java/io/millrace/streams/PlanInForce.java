package io.millrace.streams;

import io.millrace.config.Charge;
import io.millrace.config.Plan;
import io.millrace.config.PlanRevision;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A plan as it holds at a time: one of its revisions.
///
/// @param planId UUID
/// @param revision from 1
/// @param interval weekly, monthly, quarterly, semiannual or yearly
/// @param currency ISO 4217 code
/// @param billChargesMonthly true when the charges of a longer interval are billed each month
/// @param chargesByMetric metric code → the charges that price it, by charge id
public record PlanInForce(
        String planId,
        int revision,
        String interval,
        String currency,
        boolean billChargesMonthly,
        Map<String, List<ChargeInForce>> chargesByMetric) {

    /// The charges that price a metric, by charge id; none where the plan does not price it.
    public List<ChargeInForce> charges(String metricCode) {
        return chargesByMetric.getOrDefault(metricCode, List.of());
    }

    /// @throws IllegalArgumentException if a charge's properties are not a JSON object
    static Timeline<PlanInForce> compile(Plan plan) {
        return Timeline.of(plan.getRevisions().stream()
                .map(revision -> new Timeline.Span<>(
                        revision.getEffectiveFrom(), revision.getEffectiveTo(), of(plan.getPlanId(), revision)))
                .toList());
    }

    private static PlanInForce of(String planId, PlanRevision revision) {
        return new PlanInForce(
                planId,
                revision.getRevision(),
                revision.getInterval(),
                revision.getAmountCurrency(),
                revision.getBillChargesMonthly(),
                revision.getCharges().stream()
                        .sorted(Comparator.comparing(Charge::getChargeId))
                        .map(ChargeInForce::of)
                        .collect(Collectors.groupingBy(ChargeInForce::metricCode)));
    }
}
