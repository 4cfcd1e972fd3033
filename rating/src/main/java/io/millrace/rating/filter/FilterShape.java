package io.millrace.rating.filter;

import io.millrace.rating.filter.ChargeFilters.ExpandedFilter;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The filters that name the same set of properties, numbered from the oldest: for each property and value,
/// which of them accept it.
final class FilterShape {

    /// The last rule of the order of filters.
    static final Comparator<ChargeFilter> OLDEST_FIRST =
            Comparator.comparing(ChargeFilter::createdAt).thenComparing(ChargeFilter::id);

    private static final int[] NOBODY = {};

    /// Oldest first; a filter's number is its index here.
    private final ChargeFilter[] filters;
    /// Where the shape's properties stand in the numbers of an event.
    private final int[] keyPositions;
    /// By property of the shape and number of the value: the filters that accept it, rising.
    private final int[][][] accepting;
    /// By filter: those that accept strictly less, rising. Where one of them matches too, the filter does not
    /// get the event.
    private final int[][] narrower;

    private FilterShape(ChargeFilter[] filters, int[] keyPositions, int[][][] accepting, int[][] narrower) {
        this.filters = filters;
        this.keyPositions = keyPositions;
        this.accepting = accepting;
        this.narrower = narrower;
    }

    static FilterShape of(List<FilterKey> keys, List<ExpandedFilter> filters) {
        List<ExpandedFilter> oldestFirst = filters.stream()
                .sorted(Comparator.comparing(ExpandedFilter::filter, OLDEST_FIRST))
                .toList();
        int[][][] accepting =
                keys.stream().map(key -> accepting(key, oldestFirst)).toArray(int[][][]::new);
        int[][] narrower = IntStream.range(0, oldestFirst.size())
                .mapToObj(filter -> narrower(filter, keys, oldestFirst, accepting))
                .toArray(int[][]::new);
        return new FilterShape(
                oldestFirst.stream().map(ExpandedFilter::filter).toArray(ChargeFilter[]::new),
                keys.stream().mapToInt(FilterKey::position).toArray(),
                accepting,
                narrower);
    }

    /// How many properties its filters name.
    int size() {
        return keyPositions.length;
    }

    /// The filter of this shape that takes an event with these values; null where none matches.
    @Nullable
    ChargeFilter match(int[] valueNumbers) {
        int[][] lists = new int[keyPositions.length][];
        int rarest = 0;
        for (int k = 0; k < lists.length; k++) {
            int value = valueNumbers[keyPositions[k]];
            if (value == FilterKey.UNKNOWN) {
                return null;
            }
            // A value that was numbered for a filter of another shape may lie beyond, or be accepted by nobody here.
            lists[k] = value < accepting[k].length ? accepting[k][value] : NOBODY;
            if (lists[k].length < lists[rarest].length) {
                rarest = k;
            }
        }
        for (int candidate : lists[rarest]) {
            if (matches(candidate, lists, rarest) && !isWiderThanAnother(candidate, lists)) {
                return filters[candidate];
            }
        }
        return null;
    }

    private boolean isWiderThanAnother(int candidate, int[][] lists) {
        for (int other : narrower[candidate]) {
            if (matches(other, lists, -1)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(int filter, int[][] lists, int known) {
        for (int k = 0; k < lists.length; k++) {
            if (k != known && Arrays.binarySearch(lists[k], filter) < 0) {
                return false;
            }
        }
        return true;
    }

    private static int[][] accepting(FilterKey key, List<ExpandedFilter> filters) {
        BitSet[] byValue = new BitSet[key.values()];
        for (int filter = 0; filter < filters.size(); filter++) {
            for (String value : values(filters.get(filter), key)) {
                int number = key.number(value);
                if (byValue[number] == null) {
                    byValue[number] = new BitSet();
                }
                byValue[number].set(filter);
            }
        }
        return Arrays.stream(byValue)
                .map(bits -> bits == null ? NOBODY : bits.stream().toArray())
                .toArray(int[][]::new);
    }

    private static int[] narrower(int filter, List<FilterKey> keys, List<ExpandedFilter> filters, int[][][] accepting) {
        Map<String, Set<String>> values = filters.get(filter).values();
        // What is narrower shares, for every property, a value with the filter: no need to compare all with all.
        BitSet candidates = null;
        for (int k = 0; k < keys.size(); k++) {
            BitSet sharing = new BitSet();
            for (String value : values(filters.get(filter), keys.get(k))) {
                for (int other : accepting[k][keys.get(k).number(value)]) {
                    sharing.set(other);
                }
            }
            if (candidates == null) {
                candidates = sharing;
            } else {
                candidates.and(sharing);
            }
        }
        Objects.requireNonNull(candidates, "a shape has at least one property");
        return candidates.stream()
                .filter(other -> isStrictSubset(filters.get(other).values(), values))
                .toArray();
    }

    private static boolean isStrictSubset(Map<String, Set<String>> narrow, Map<String, Set<String>> wide) {
        boolean smaller = false;
        for (Map.Entry<String, Set<String>> property : narrow.entrySet()) {
            Set<String> others = Objects.requireNonNull(wide.get(property.getKey()));
            if (!others.containsAll(property.getValue())) {
                return false;
            }
            smaller |= property.getValue().size() < others.size();
        }
        return smaller;
    }

    private static Set<String> values(ExpandedFilter filter, FilterKey key) {
        return Objects.requireNonNull(filter.values().get(key.name()));
    }
}
