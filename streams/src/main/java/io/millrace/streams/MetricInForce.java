package io.millrace.streams;

import io.millrace.config.BillableMetric;
import io.millrace.config.BillableMetricFilter;
import io.millrace.config.BillableMetricRevision;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.expression.Expression;
import io.millrace.rating.expression.ParsedExpression;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A billable metric as it holds at a time.
///
/// @param billableMetricId UUID
/// @param code what events call it
/// @param fieldName property that is measured; null for count
/// @param expression computes the measured property from others; null when it is sent as it is. The control
/// plane lets none pass that cannot be read; should one be here all the same, its events are refused
/// @param recurring true when usage carries over to the next period
/// @param declaredValues property → values that a filter's wildcard means
/// @param terms what measuring and matching depend on, as a text that stays the same over releases: two
/// revisions of the same terms make the same of an event
public record MetricInForce(
        String billableMetricId,
        String code,
        Aggregation aggregation,
        @Nullable String fieldName,
        @Nullable ParsedExpression expression,
        boolean recurring,
        Map<String, List<String>> declaredValues,
        String terms) {

    /// @throws IllegalArgumentException if an aggregation is not known
    static Timeline<MetricInForce> compile(BillableMetric metric) {
        return Timeline.of(metric.getRevisions().stream()
                .map(revision -> new Timeline.Span<>(
                        revision.getEffectiveFrom(), revision.getEffectiveTo(), of(metric.getCode(), revision)))
                .toList());
    }

    private static MetricInForce of(String code, BillableMetricRevision revision) {
        var type = revision.getAggregationType();
        return new MetricInForce(
                revision.getBillableMetricId(),
                code,
                Aggregation.parseKind(type)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "aggregation \"%s\" of metric %s is not known".formatted(type, code))),
                revision.getFieldName(),
                revision.getExpression() == null ? null : Expression.parse(revision.getExpression()),
                revision.getRecurring(),
                revision.getFilters().stream()
                        .collect(Collectors.toUnmodifiableMap(
                                BillableMetricFilter::getKey, BillableMetricFilter::getValues)),
                terms(revision));
    }

    private static String terms(BillableMetricRevision revision) {
        var declared = new TreeMap<String, List<String>>();
        revision.getFilters().forEach(filter -> declared.put(filter.getKey(), filter.getValues()));
        return "%s of %s by %s, declared %s"
                .formatted(revision.getAggregationType(), revision.getFieldName(), revision.getExpression(), declared);
    }
}
