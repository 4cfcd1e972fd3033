package io.millrace.enricher;

import io.millrace.config.BillableMetricRevision;
import io.millrace.config.Charge;
import io.millrace.config.ChargeFilter;
import io.millrace.config.PlanRevision;
import io.millrace.config.SubscriptionSpan;
import io.millrace.event.RawEvent;
import io.millrace.topic.Keys;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What an event becomes by what is agreed in the end: a pure function that knows nothing of streams, of
/// when anything was agreed, and of how often an event was looked at.
final class ReferenceEnricher {
    /// The one text in the tests that is not a number where one is due.
    static final String NOT_A_NUMBER = "much";

    private static final String REFUSED = " is refused: ";

    private ReferenceEnricher() {}

    /// Of all events, in words: a row for each enriched one and for each charge that counts it, or why it
    /// is refused. Of the events of one id the first that is billable counts.
    static TreeSet<String> rows(Seller agreed) {
        var decided = new HashMap<String, List<String>>();
        for (var event : agreed.sent()) {
            var id = event.getExternalSubscriptionId() + " " + event.getTransactionId();
            decided.merge(id, rows(event, agreed), (earlier, later) -> isRefusal(earlier) ? later : earlier);
        }
        return decided.values().stream().flatMap(List::stream).collect(Collectors.toCollection(TreeSet::new));
    }

    /// True where an event is billable.
    static boolean bills(RawEvent event, Seller agreed) {
        return !isRefusal(rows(event, agreed));
    }

    private static boolean isRefusal(List<String> rows) {
        return rows.getFirst().contains(REFUSED);
    }

    private static List<String> rows(RawEvent event, Seller agreed) {
        var metric = metric(event, agreed);
        var subscription = subscription(event, agreed);
        var plan = subscription == null ? null : plan(event, subscription.getPlanId(), agreed);
        if (metric == null) return List.of(refused(event, Reason.METRIC_NOT_FOUND));
        if (subscription == null) return List.of(refused(event, Reason.SUBSCRIPTION_NOT_FOUND));
        if (plan == null) return List.of(refused(event, Reason.PLAN_NOT_FOUND));
        var value = value(event, metric);
        if (value == null) return List.of(refused(event, Reason.VALUE_MISSING));
        if (value.equals(NOT_A_NUMBER)) return List.of(refused(event, Reason.VALUE_NOT_A_NUMBER));
        var rows = new ArrayList<String>();
        rows.add(enriched(event, subscription.getSubscriptionId(), subscription.getPlanId(), metric, value));
        for (var charge : plan.getCharges()) {
            if (charge.getBillableMetricCode().equals(event.getCode())) {
                rows.add(expanded(event, subscription, plan, charge, value));
            }
        }
        return rows;
    }

    static String refused(RawEvent event, Reason reason) {
        return event.getTransactionId() + REFUSED + reason.code();
    }

    private static String enriched(
            RawEvent event, String subscription, String plan, BillableMetricRevision metric, String value) {
        return "%s of %s by %s: %s %s"
                .formatted(event.getTransactionId(), subscription, plan, metric.getAggregationType(), value);
    }

    private static String expanded(
            RawEvent event, SubscriptionSpan subscription, PlanRevision plan, Charge charge, String value) {
        return "%s of %s by %s in %s filter %s groups %s revision %d in advance %s: %s"
                .formatted(
                        event.getTransactionId(),
                        subscription.getSubscriptionId(),
                        subscription.getPlanId(),
                        charge.getChargeId(),
                        filter(event, charge),
                        groups(event, charge),
                        plan.getRevision(),
                        charge.getPayInAdvance(),
                        value);
    }

    private static @Nullable BillableMetricRevision metric(RawEvent event, Seller agreed) {
        var metric = agreed.metrics().get(Keys.metric(event.getOrganizationId(), event.getCode()));
        if (metric == null) return null;
        return metric.getRevisions().stream()
                .filter(revision -> holds(revision.getEffectiveFrom(), revision.getEffectiveTo(), event))
                .findFirst()
                .orElse(null);
    }

    private static @Nullable SubscriptionSpan subscription(RawEvent event, Seller agreed) {
        var subscription = agreed.subscriptions()
                .get(Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId()));
        if (subscription == null) return null;
        return subscription.getSpans().stream()
                .filter(span -> holds(span.getStartedAt(), span.getTerminatedAt(), event))
                .findFirst()
                .orElse(null);
    }

    private static @Nullable PlanRevision plan(RawEvent event, String planId, Seller agreed) {
        var plan = agreed.plans().get(Keys.plan(event.getOrganizationId(), planId));
        if (plan == null) return null;
        return plan.getRevisions().stream()
                .filter(revision -> holds(revision.getEffectiveFrom(), revision.getEffectiveTo(), event))
                .findFirst()
                .orElse(null);
    }

    private static boolean holds(@Nullable Instant from, @Nullable Instant to, RawEvent event) {
        var time = event.getTimestamp();
        return (from == null || from.compareTo(time) <= 0) && (to == null || to.compareTo(time) > 0);
    }

    /// Expressions of the tests are like `event.properties.amount * 2`.
    private static @Nullable String value(RawEvent event, BillableMetricRevision metric) {
        if (metric.getAggregationType().equals("count_agg")) return "1";
        var property = event.getProperties().get(metric.getFieldName());
        if (metric.getExpression() == null || property == null) return property;
        var factor = metric.getExpression().replace("event.properties.amount * ", "");
        return new BigDecimal(property).multiply(new BigDecimal(factor)).toPlainString();
    }

    /// Of the filters of the tests, those that match the same event name different numbers of properties.
    private static @Nullable String filter(RawEvent event, Charge charge) {
        return charge.getFilters().stream()
                .filter(filter -> filter.getValues().entrySet().stream()
                        .allMatch(wanted -> wanted.getValue()
                                .contains(Objects.requireNonNullElse(
                                        event.getProperties().get(wanted.getKey()), ""))))
                .max(Comparator.comparing(filter -> filter.getValues().size()))
                .map(ChargeFilter::getChargeFilterId)
                .orElse(null);
    }

    /// Groups of the tests are by `model`.
    private static Map<String, String> groups(RawEvent event, Charge charge) {
        var groups = new TreeMap<String, String>();
        if (charge.getProperties().contains("pricing_group_keys")) {
            groups.put("model", event.getProperties().get("model"));
        }
        return groups;
    }
}
