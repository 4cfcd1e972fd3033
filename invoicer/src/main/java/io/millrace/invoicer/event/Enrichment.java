package io.millrace.invoicer.event;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the enricher made of an event, in its last version.
///
/// @param value what the metric measures: a plain decimal, or the text that a unique count counts
/// @param operation add or remove, for a unique count
/// @param place of the record that was enriched: of an event's records, the one that counts
/// @param ingestedAt of the first time that the broker took the record, however often it was sent again since
/// @param version from 1; higher where a change with effect in the past had it enriched again
/// @param isRetracted true where the event was billable once and is not any more
record Enrichment(
        UUID subscriptionId,
        UUID planId,
        String aggregationType,
        String value,
        @Nullable String operation,
        Place place,
        Instant ingestedAt,
        long version,
        boolean isRetracted) {}
