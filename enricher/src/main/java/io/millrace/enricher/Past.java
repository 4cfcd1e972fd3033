package io.millrace.enricher;

import io.millrace.event.EnrichedEvent;

/// What was made of an event before.
sealed interface Past {
    Past NONE = new None();

    /// Nothing, as far as is known: it comes for the first time.
    record None() implements Past {}

    /// It was enriched. What it becomes now replaces the records of then.
    record Enriched(EnrichedEvent event) implements Past {}

    /// It became a dead letter, which it stays unless it is billable now.
    record Refused() implements Past {}
}
