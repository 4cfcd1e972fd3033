package io.millrace.enricher;

import io.millrace.event.EnrichedEvent;

/// An event that is billable: whose it is, and how much.
record Measured(Attribution.Known attribution, EnrichedEvent enriched) {}
