package io.millrace.rating.filter;

import io.millrace.rating.filter.ChargeFilters.ExpandedFilter;
import java.util.List;

/// The filters of one charge that name the same set of properties.
sealed interface FilterShape permits PackedShape, IndexedShape {

    /// No filter.
    int NONE = -1;

    /// @param keys the properties
    /// @param filters oldest first
    static FilterShape of(List<FilterKey> keys, List<ExpandedFilter> filters) {
        IndexedShape indexed = IndexedShape.of(keys, filters);
        return filters.size() <= PackedShape.FILTERS_AT_MOST ? indexed.packed() : indexed;
    }

    /// How many properties its filters name.
    int size();

    /// The filter of this shape that takes an event.
    ///
    /// @param valueNumbers by property of the charge, the number of the event's value
    /// @return its number in the charge, or [#NONE]
    int match(int[] valueNumbers);
}
