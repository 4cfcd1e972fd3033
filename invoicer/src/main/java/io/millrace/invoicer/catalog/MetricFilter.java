package io.millrace.invoicer.catalog;

import io.millrace.invoicer.contract.Wire;
import java.util.List;

/// A property that charges may filter by.
///
/// @param values declared values; a wildcard means these
@Wire
public record MetricFilter(String key, List<String> values) {}
