package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.rating.expression.Expression;
import io.millrace.rating.expression.ParseError;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// How a metric measures: what a revision dates.
record MetricTerms(
        String aggregationType,
        @Nullable String fieldName,
        @Nullable String expression,
        boolean recurring,
        @Nullable String weightedInterval,
        @Nullable String roundingFunction,
        @Nullable Integer roundingPrecision,
        List<MetricFilter> filters) {

    private static final List<String> AGGREGATIONS =
            List.of("count_agg", "sum_agg", "max_agg", "unique_count_agg", "weighted_sum_agg", "latest_agg");
    private static final List<String> CARRIED_OVER = List.of("sum_agg", "unique_count_agg", "weighted_sum_agg");
    private static final List<String> ROUNDING_FUNCTIONS = List.of("round", "ceil", "floor");
    private static final int PRECISION = 18;

    static MetricTerms of(BillableMetricRevision revision) {
        return new MetricTerms(
                revision.aggregationType(),
                revision.fieldName(),
                revision.expression(),
                revision.recurring(),
                revision.weightedInterval(),
                revision.roundingFunction(),
                revision.roundingPrecision(),
                revision.filterList());
    }

    /// Reads the terms of a request; fields that it does not name stay as they were.
    ///
    /// @param before null for a new metric
    static MetricTerms read(Fields fields, @Nullable MetricTerms before) {
        var aggregation = before == null || fields.has("aggregation_type")
                ? fields.requiredOneOf("aggregation_type", AGGREGATIONS)
                : before.aggregationType;
        var field = before == null || fields.has("field_name") ? fields.name("field_name") : before.fieldName;
        if (aggregation.equals("count_agg")) field = null;
        else if (field == null || field.isBlank()) fields.violated("field_name", "value_is_mandatory");

        var expression = before == null || fields.has("expression") ? expression(fields) : before.expression;
        // An event is one, whatever it says.
        if (expression != null && aggregation.equals("count_agg")) {
            fields.violated("expression", "not_compatible_with_aggregation_type");
        }
        boolean recurring =
                before == null || fields.has("recurring") ? fields.flag("recurring", false) : before.recurring;
        var weightedInterval = before == null || fields.has("weighted_interval")
                ? fields.oneOf("weighted_interval", List.of("seconds"))
                : before.weightedInterval;
        var function = before == null || fields.has("rounding_function")
                ? fields.oneOf("rounding_function", ROUNDING_FUNCTIONS)
                : before.roundingFunction;
        var precision = before == null || fields.has("rounding_precision")
                ? asInteger(fields.wholeNumber("rounding_precision", -PRECISION, PRECISION))
                : before.roundingPrecision;
        var filters = before == null || fields.has("filters") ? filters(fields) : before.filters;

        if (recurring && !CARRIED_OVER.contains(aggregation)) {
            fields.violated("recurring", "not_compatible_with_aggregation_type");
        }
        if (aggregation.equals("weighted_sum_agg") && weightedInterval == null) {
            fields.violated("weighted_interval", "value_is_mandatory");
        }
        return new MetricTerms(
                aggregation, field, expression, recurring, weightedInterval, function, precision, filters);
    }

    private static @Nullable String expression(Fields fields) {
        var source = fields.text("expression");
        if (source == null || source.isBlank()) return null;
        return switch (Expression.parse(source)) {
            case Expression _ -> source;
            case ParseError _ -> fields.violated("expression", "invalid_expression");
        };
    }

    private static List<MetricFilter> filters(Fields fields) {
        var filters = new ArrayList<MetricFilter>();
        var objects = fields.objects("filters");
        if (objects == null) return filters;
        for (var object : objects) {
            var key = object.requiredName("key");
            var values = object.texts("values");
            if (values == null || values.isEmpty()) object.violated("values", "value_is_mandatory");
            else filters.add(new MetricFilter(key, values.stream().distinct().toList()));
        }
        if (filters.stream().map(MetricFilter::key).distinct().count() < filters.size()) {
            fields.violated("filters", "value_already_exist");
        }
        return List.copyOf(filters);
    }

    /// A new revision of a metric, in force from then on.
    BillableMetricRevision revision(UUID metric, int number, @Nullable Instant from) {
        return revision(UUID.randomUUID(), metric, number, from, null);
    }

    /// The revision as it is once another takes over.
    static BillableMetricRevision ended(BillableMetricRevision revision, Instant at) {
        return of(revision)
                .revision(
                        revision.id(), revision.billableMetricId(), revision.revision(), revision.effectiveFrom(), at);
    }

    private BillableMetricRevision revision(
            UUID id, UUID metric, int number, @Nullable Instant from, @Nullable Instant to) {
        return new BillableMetricRevision(
                id,
                metric,
                number,
                from,
                to,
                aggregationType,
                fieldName,
                expression,
                recurring,
                weightedInterval,
                roundingFunction,
                roundingPrecision,
                Json.write(filters));
    }

    private static @Nullable Integer asInteger(@Nullable Long number) {
        return number == null ? null : Math.toIntExact(number);
    }
}
