package io.millrace.streams;

import io.millrace.rating.filter.ChargeFilter;
import io.millrace.rating.filter.ChargeFilters;
import io.millrace.rating.filter.PricingGroupKeys;
import java.util.Map;
import java.util.Objects;

/// The buckets in which one charge counts the events of one metric. Immutable.
public final class Buckets {
    private final ChargeFilters filters;
    private final PricingGroupKeys standing;
    private final Map<String, PricingGroupKeys> byFilter;

    /// @param standing how events are grouped that no filter takes
    /// @param byFilter filter id → how its events are grouped
    Buckets(ChargeFilters filters, PricingGroupKeys standing, Map<String, PricingGroupKeys> byFilter) {
        this.filters = filters;
        this.standing = standing;
        this.byFilter = byFilter;
    }

    /// The bucket of an event with these properties.
    public Bucket of(Map<String, String> properties) {
        var filter = filters.match(properties).map(ChargeFilter::id).orElse(null);
        var groups = filter == null ? standing : Objects.requireNonNull(byFilter.get(filter));
        return new Bucket(filter, groups.groupOf(properties));
    }
}
