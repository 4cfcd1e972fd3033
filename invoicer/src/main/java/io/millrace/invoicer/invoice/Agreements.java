package io.millrace.invoicer.invoice;

import io.millrace.invoicer.catalog.BillableMetrics;
import io.millrace.invoicer.catalog.Charge;
import io.millrace.invoicer.catalog.MetricHistory;
import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.catalog.Plans;
import io.millrace.invoicer.usage.ChargeUsage;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.period.TimeSpan;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/// What subscriptions agreed to: plans with all that they ever priced.
@Singleton
class Agreements {
    private final Plans plans;
    private final BillableMetrics metrics;

    Agreements(Plans plans, BillableMetrics metrics) {
        this.plans = plans;
        this.metrics = metrics;
    }

    /// By plan.
    Map<UUID, Agreement> of(Collection<UUID> planIds) {
        var agreed = new HashMap<UUID, Agreement>();
        plans.histories(planIds).forEach((id, plan) -> {
            var ids = plan.revisions().stream()
                    .flatMap(revision -> revision.chargeList().stream())
                    .map(Charge::billableMetricId)
                    .collect(Collectors.toSet());
            agreed.put(id, new Agreement(plan, metrics.histories(plan.plan().organizationId(), ids)));
        });
        return agreed;
    }

    Agreement of(UUID planId) {
        return Optional.ofNullable(of(List.of(planId)).get(planId)).orElseThrow();
    }

    /// A plan with its metrics. It may be read before a subscription is claimed: what a period costs does not change
    /// any more once it is over.
    ///
    /// @param metrics all that the plan ever priced, by id
    record Agreement(PlanHistory plan, Map<UUID, MetricHistory> metrics) {
        /// How usage of a period that ends then is asked for, of every charge that it may be in.
        ///
        /// @param end exclusive
        Map<UUID, ChargeUsage> usage(Instant end) {
            var usage = new HashMap<UUID, ChargeUsage>();
            int pricing = plan.pricing(end).revision();
            for (var revision : plan.revisions().reversed()) {
                if (revision.revision() > pricing) continue;
                for (var charge : revision.chargeList()) {
                    usage.computeIfAbsent(
                            charge.id(), ignored -> priced(charge, end).usage());
                }
            }
            return usage;
        }

        /// The days of a period as a question needs them: empty where no charge goes by days.
        static NavigableMap<Instant, Long> daysLeft(Map<UUID, ChargeUsage> charges, TimeSpan period, ZoneId zone) {
            return charges.values().stream().anyMatch(ChargeUsage::isByDay)
                    ? HeldDays.of(period, 1, zone, false).leftSince()
                    : Collections.emptyNavigableMap();
        }

        PricedCharge priced(Charge charge, Instant end) {
            var metric = metrics.get(charge.billableMetricId());
            if (metric == null) throw new IllegalStateException("a charge's metric is known");
            return new PricedCharge(charge, metric.metric(), metric.pricing(end));
        }
    }
}
