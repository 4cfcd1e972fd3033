package io.millrace.streams;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a charge counts an event.
///
/// @param chargeFilterId the filter that took the event; null is the charge's default price
/// @param groupedBy value of each pricing group key, empty text where the event has none
public record Bucket(@Nullable String chargeFilterId, Map<String, String> groupedBy) {}
