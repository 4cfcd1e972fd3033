package io.millrace.rating.filter;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The filters of one charge, compiled: which one prices an event?
///
/// Of the matching filters, those with the most properties stay. Of these, each that is a strict superset, on
/// the same properties, of another matching one goes (the narrower wins). Of the rest the oldest takes the
/// event, by creation, then id. So every event has exactly one filter, or none and is priced by the charge's
/// default.
///
/// ```
/// filters                          event {size: 512, steps: 75}
///  a  size: 512 | 1024             matches, 1 property
///  b  size: 512 | 1024, steps: 75  matches, 2 properties, but is wider than c
///  c  size: 512,        steps: 75  matches, 2 properties             ◀── takes it
///  d  size: 512,        steps: 25  does not match
/// ```
///
/// Immutable. A match costs one look-up for each property that any filter names, then, for each set of
/// properties in use, a look at the filters that accept the rarest of the event's values: no scan of all
/// filters, and nothing is allocated but a small array.
public final class ChargeFilters {

    /// The filters of a charge that has none: every event is priced by the charge's default.
    public static final ChargeFilters NONE = new ChargeFilters(List.of(), List.of());

    /// Every property that a filter names, each with a number for every value that a filter accepts.
    private final List<FilterKey> keys;
    /// One for each set of properties, the largest sets first.
    private final List<FilterShape> shapes;

    private ChargeFilters(List<FilterKey> keys, List<FilterShape> shapes) {
        this.keys = keys;
        this.shapes = shapes;
    }

    /// Prepares the filters of one charge.
    ///
    /// @param declaredValues the metric's filters: property → declared values; what the wildcard means
    /// @param filters the charge's filters, in any order
    public static ChargeFilters compile(
            Map<String, ? extends Collection<String>> declaredValues, Collection<ChargeFilter> filters) {
        Map<Set<String>, List<ExpandedFilter>> byShape = new LinkedHashMap<>();
        Map<String, FilterKey> keys = new TreeMap<>();
        for (ChargeFilter filter : filters) {
            Map<String, Set<String>> expanded = expand(filter, declaredValues);
            if (expanded == null) {
                continue;
            }
            expanded.forEach((key, values) ->
                    values.forEach(keys.computeIfAbsent(key, name -> new FilterKey(name, keys.size()))::number));
            byShape.computeIfAbsent(new TreeSet<>(expanded.keySet()), shape -> new ArrayList<>())
                    .add(new ExpandedFilter(filter, expanded));
        }
        List<FilterShape> shapes = byShape.entrySet().stream()
                .map(shape ->
                        FilterShape.of(shape.getKey().stream().map(keys::get).toList(), shape.getValue()))
                .sorted(Comparator.comparingInt(FilterShape::size).reversed())
                .toList();
        return new ChargeFilters(
                keys.values().stream()
                        .sorted(Comparator.comparingInt(FilterKey::position))
                        .map(FilterKey::compiled)
                        .toList(),
                shapes);
    }

    /// The filter that takes an event with these properties; empty is the charge's default.
    public Optional<ChargeFilter> match(Map<String, String> properties) {
        int[] valueNumbers = new int[keys.size()];
        for (int i = 0; i < valueNumbers.length; i++) {
            valueNumbers[i] = keys.get(i).numberIn(properties);
        }
        ChargeFilter taken = null;
        int most = 0;
        for (FilterShape shape : shapes) {
            if (taken != null && shape.size() < most) {
                break;
            }
            ChargeFilter candidate = shape.match(valueNumbers);
            // Sets of equal size but other properties are neither wider nor narrower: the oldest filter decides.
            if (candidate != null && (taken == null || FilterShape.OLDEST_FIRST.compare(candidate, taken) < 0)) {
                taken = candidate;
                most = shape.size();
            }
        }
        return Optional.ofNullable(taken);
    }

    /// Null for a filter that cannot match anything.
    private static @Nullable Map<String, Set<String>> expand(
            ChargeFilter filter, Map<String, ? extends Collection<String>> declaredValues) {
        Map<String, Set<String>> expanded = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> property : filter.values().entrySet()) {
            Set<String> values = new LinkedHashSet<>(property.getValue());
            if (values.remove(ChargeFilter.ALL_VALUES)) {
                Collection<String> declared = declaredValues.get(property.getKey());
                if (declared != null) {
                    values.addAll(declared);
                }
            }
            if (values.isEmpty()) {
                return null;
            }
            expanded.put(property.getKey(), values);
        }
        return expanded.isEmpty() ? null : expanded;
    }

    /// A filter with its wildcards replaced by the declared values.
    record ExpandedFilter(ChargeFilter filter, Map<String, Set<String>> values) {}
}
