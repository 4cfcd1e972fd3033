package io.millrace.invoicer.catalog;

import java.time.Instant;
import java.util.List;

/// A metric with all its revisions.
///
/// @param revisions in order of time; never empty
public record MetricHistory(BillableMetric metric, List<BillableMetricRevision> revisions) {
    /// The revision by which a period is measured: the one in force at its last instant; of a metric that was
    /// deleted before, its last.
    ///
    /// @param end exclusive
    public BillableMetricRevision pricing(Instant end) {
        return revisions.reversed().stream()
                .filter(revision -> revision.effectiveFrom() == null
                        || revision.effectiveFrom().isBefore(end))
                .findFirst()
                .orElseGet(revisions::getFirst);
    }
}
