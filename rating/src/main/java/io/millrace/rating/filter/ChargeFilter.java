package io.millrace.rating.filter;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A price of its own for the events that have certain properties, such as `model: [large], region: [eu, us]`.
///
/// @param id identity of the filter, unique within its charge
/// @param createdAt when it came into being: of equal filters the oldest takes the event
/// @param values accepted texts of each property; all properties must match. [#ALL_VALUES] stands for every
/// value that the metric declares. A filter without properties, or with a property without values, matches
/// nothing
public record ChargeFilter(String id, Instant createdAt, Map<String, List<String>> values) {

    /// Stands for every value that the metric declares for the property; an undeclared value does not match it.
    public static final String ALL_VALUES = "__ALL_FILTER_VALUES__";
}
