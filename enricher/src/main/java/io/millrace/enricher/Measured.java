package io.millrace.enricher;

import org.jspecify.annotations.Nullable;

/// An event that is billable: whose it is, and how much.
///
/// @param event as it came, or with what the metric's expression computed in the property that is measured
/// @param value what the metric measures, as text: a plain decimal, or what a unique count counts
/// @param operation add or remove; null but for a unique count
/// @param price the producer's own price in minor units, a plain decimal; null where it set none
/// @param version of its enrichment: 1, and higher where it was enriched before
record Measured(
        Attribution.Known attribution,
        RawEventView event,
        String value,
        @Nullable String operation,
        @Nullable String price,
        long version) {

    /// Appends the fields of a derived record from `value` to `precise_total_amount_cents`.
    void writeMeasure(AvroWriter to) {
        to.text(value).optionalText(operation).optionalText(price);
    }

    /// Appends its fields from `raw_partition` to `is_deleted`.
    void writeOrigin(AvroWriter to) {
        var origin = attribution.event().origin();
        to.number(origin.partition())
                .number(origin.offset())
                .number(origin.ingestedAt())
                .number(version)
                .flag(false);
    }
}
