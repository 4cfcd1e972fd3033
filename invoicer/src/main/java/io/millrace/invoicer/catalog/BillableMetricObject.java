package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A billable metric as the API shows it: as it is now, or was last.
@Wire
record BillableMetricObject(
        String lagoId,
        String name,
        String code,
        @Nullable String description,
        String aggregationType,
        @Nullable String weightedInterval,
        boolean recurring,
        @Nullable String roundingFunction,
        @Nullable Integer roundingPrecision,
        String createdAt,
        @Nullable String fieldName,
        @Nullable String expression,
        List<MetricFilter> filters) {

    static BillableMetricObject of(BillableMetrics.Current current) {
        var metric = current.metric();
        var revision = current.revision();
        return new BillableMetricObject(
                metric.id().toString(),
                metric.name(),
                metric.code(),
                metric.description(),
                revision.aggregationType(),
                revision.weightedInterval(),
                revision.recurring(),
                revision.roundingFunction(),
                revision.roundingPrecision(),
                Shown.time(metric.createdAt()),
                revision.fieldName(),
                revision.expression(),
                revision.filterList());
    }
}
