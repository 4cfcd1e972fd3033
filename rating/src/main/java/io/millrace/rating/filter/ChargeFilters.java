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
/// properties in use, a look at a bit for each filter or, where there are many, at those that accept the rarest
/// of the event's values: no scan of all filters, and nothing is allocated but a small array.
public final class ChargeFilters {

    /// The filters of a charge that has none: every event is priced by the charge's default.
    public static final ChargeFilters NONE = new ChargeFilters(List.of(), new FilterKey[0], new FilterShape[0]);

    /// In place of a filter's number: none takes the event.
    public static final int DEFAULT = FilterShape.NONE;

    private static final Comparator<ChargeFilter> OLDEST_FIRST =
            Comparator.comparing(ChargeFilter::createdAt).thenComparing(ChargeFilter::id);

    /// Those that can match anything, oldest first: a filter's number is its index here.
    private final List<ChargeFilter> filters;
    /// Every property that a filter names, each with a number for every value that a filter accepts.
    private final FilterKey[] keys;
    /// One for each set of properties, the largest sets first.
    private final FilterShape[] shapes;

    private ChargeFilters(List<ChargeFilter> filters, FilterKey[] keys, FilterShape[] shapes) {
        this.filters = filters;
        this.keys = keys;
        this.shapes = shapes;
    }

    /// Prepares the filters of one charge.
    ///
    /// @param declaredValues the metric's filters: property → declared values; what the wildcard means
    /// @param filters the charge's filters, in any order
    public static ChargeFilters compile(
            Map<String, ? extends Collection<String>> declaredValues, Collection<ChargeFilter> filters) {
        List<ChargeFilter> numbered = new ArrayList<>();
        Map<Set<String>, List<ExpandedFilter>> byShape = new LinkedHashMap<>();
        Map<String, TreeSet<String>> values = new TreeMap<>();
        for (ChargeFilter filter : filters.stream().sorted(OLDEST_FIRST).toList()) {
            Map<String, Set<String>> expanded = expand(filter, declaredValues);
            if (expanded == null) {
                continue;
            }
            byShape.computeIfAbsent(new TreeSet<>(expanded.keySet()), shape -> new ArrayList<>())
                    .add(new ExpandedFilter(numbered.size(), expanded));
            expanded.forEach((key, accepted) ->
                    values.computeIfAbsent(key, name -> new TreeSet<>()).addAll(accepted));
            numbered.add(filter);
        }
        Map<String, FilterKey> keys = new TreeMap<>();
        values.forEach((name, accepted) -> keys.put(name, FilterKey.of(name, keys.size(), accepted)));
        return new ChargeFilters(
                List.copyOf(numbered),
                keys.values().toArray(FilterKey[]::new),
                byShape.entrySet().stream()
                        .map(shape -> FilterShape.of(
                                shape.getKey().stream().map(keys::get).toList(), shape.getValue()))
                        .sorted(Comparator.comparingInt(FilterShape::size).reversed())
                        .toArray(FilterShape[]::new));
    }

    /// The filters that can match anything, oldest first.
    public List<ChargeFilter> filters() {
        return filters;
    }

    /// The filter that takes an event with these properties; empty is the charge's default.
    public Optional<ChargeFilter> match(Map<String, String> properties) {
        int number = number(properties);
        return number == DEFAULT ? Optional.empty() : Optional.of(filters.get(number));
    }

    /// As [#match], but the filter's index in [#filters], or [#DEFAULT].
    public int number(Map<String, String> properties) {
        int[] valueNumbers = new int[keys.length];
        for (int i = 0; i < valueNumbers.length; i++) {
            valueNumbers[i] = keys[i].numberIn(properties);
        }
        int taken = DEFAULT;
        int most = 0;
        for (FilterShape shape : shapes) {
            if (shape.size() < most) {
                break;
            }
            int candidate = shape.match(valueNumbers);
            // Sets of equal size but other properties are neither wider nor narrower: the oldest filter decides.
            if (candidate != FilterShape.NONE && (taken == DEFAULT || candidate < taken)) {
                taken = candidate;
                most = shape.size();
            }
        }
        return taken;
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

    /// A filter's number, and its values with the declared ones instead of wildcards.
    record ExpandedFilter(int number, Map<String, Set<String>> values) {}
}
