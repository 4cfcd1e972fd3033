package io.millrace.invoicer.catalog;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.annotation.sql.ColumnTransformer;
import io.micronaut.data.model.DataType;
import io.millrace.invoicer.contract.Json;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// How a metric measures, from when to when.
///
/// @param revision from 1
/// @param effectiveFrom inclusive; null is since ever
/// @param effectiveTo exclusive; null while in force
/// @param aggregationType such as `sum_agg`
/// @param fieldName property that is measured; null for count
/// @param filters JSON list of [MetricFilter]
@MappedEntity("billable_metric_revisions")
public record BillableMetricRevision(
        @Id UUID id,
        UUID billableMetricId,
        int revision,
        @Nullable Instant effectiveFrom,
        @Nullable Instant effectiveTo,
        String aggregationType,
        @Nullable String fieldName,
        @Nullable String expression,
        boolean recurring,
        @Nullable String weightedInterval,
        @Nullable String roundingFunction,
        @Nullable Integer roundingPrecision,

        @TypeDef(type = DataType.STRING) @ColumnTransformer(write = "?::jsonb")
        String filters) {

    public List<MetricFilter> filterList() {
        return Json.readList(filters, MetricFilter.class);
    }
}
