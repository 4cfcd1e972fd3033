package io.millrace.invoicer.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Another price for events with certain properties.
///
/// @param id the same in every revision of the charge that has a filter of these values
/// @param values accepted values of each property
/// @param properties the filter's price, in the API's spelling
public record ChargeFilter(
        UUID id,
        Instant createdAt,
        Map<String, List<String>> values,
        Map<String, Object> properties,
        @Nullable String invoiceDisplayName) {}
