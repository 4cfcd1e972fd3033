package io.millrace.streams;

import io.millrace.rating.filter.ChargeFilters;
import io.millrace.rating.filter.PricingGroupKeys;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The buckets in which one charge counts the events of one metric. Immutable.
public final class Buckets {
    private final ChargeFilters filters;
    private final Price standing;
    private final List<Price> byFilter;

    /// @param standing how events are grouped that no filter takes
    /// @param byFilter filter id → how its events are grouped
    Buckets(ChargeFilters filters, PricingGroupKeys standing, Map<String, PricingGroupKeys> byFilter) {
        this.filters = filters;
        this.standing = Price.of(null, standing);
        this.byFilter = filters.filters().stream()
                .map(filter -> Price.of(filter.id(), Objects.requireNonNull(byFilter.get(filter.id()))))
                .toList();
    }

    /// The bucket of an event with these properties.
    public Bucket of(Map<String, String> properties) {
        int filter = filters.number(properties);
        var price = filter == ChargeFilters.DEFAULT ? standing : byFilter.get(filter);
        return price.groups().keys().isEmpty() ? price.whole() : price.group(properties);
    }

    /// What is priced alike.
    ///
    /// @param groups how its events are grouped
    /// @param whole all of them, where they are not grouped
    private record Price(PricingGroupKeys groups, Bucket whole) {
        static Price of(@Nullable String filter, PricingGroupKeys groups) {
            return new Price(groups, new Bucket(filter, Map.of()));
        }

        Bucket group(Map<String, String> properties) {
            return new Bucket(whole.chargeFilterId(), groups.groupOf(properties));
        }
    }
}
