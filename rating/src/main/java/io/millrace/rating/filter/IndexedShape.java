package io.millrace.rating.filter;

import io.millrace.rating.filter.ChargeFilters.ExpandedFilter;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/// A shape of any number of filters: for each property and value, the list of those that accept it. A match looks
/// at the filters that accept the rarest of the event's values.
final class IndexedShape implements FilterShape {

    private static final int[] NOBODY = {};

    /// By filter of the shape, oldest first: its number in the charge.
    private final int[] numbers;
    /// Where the shape's properties stand in the numbers of an event.
    private final int[] keyPositions;
    /// By property of the shape and number of the value: the filters that accept it, rising.
    private final int[][][] accepting;
    /// By filter and property of the shape: the numbers of the values that it accepts, rising.
    private final int[][][] accepted;
    /// By filter: those that accept strictly less, rising. Where one of them matches too, the filter does
    /// not get the event.
    private final int[][] narrower;

    private IndexedShape(int[] numbers, int[] keyPositions, int[][][] accepting, int[][][] accepted, int[][] narrower) {
        this.numbers = numbers;
        this.keyPositions = keyPositions;
        this.accepting = accepting;
        this.accepted = accepted;
        this.narrower = narrower;
    }

    /// @param filters oldest first
    static IndexedShape of(List<FilterKey> keys, List<ExpandedFilter> filters) {
        int[][][] accepting = keys.stream().map(key -> accepting(key, filters)).toArray(int[][][]::new);
        int[][][] accepted =
                filters.stream().map(filter -> accepted(filter, keys)).toArray(int[][][]::new);
        int[][] narrower = IntStream.range(0, filters.size())
                .mapToObj(filter -> narrower(accepted[filter], accepted, accepting))
                .toArray(int[][]::new);
        return new IndexedShape(
                filters.stream().mapToInt(ExpandedFilter::number).toArray(),
                keys.stream().mapToInt(FilterKey::position).toArray(),
                accepting,
                accepted,
                narrower);
    }

    /// The same, packed into bits.
    PackedShape packed() {
        return PackedShape.of(numbers, keyPositions, accepting, narrower);
    }

    @Override
    public int size() {
        return keyPositions.length;
    }

    @Override
    public int match(int[] valueNumbers) {
        int[] rarest = null;
        for (int k = 0; k < keyPositions.length; k++) {
            int value = valueNumbers[keyPositions[k]];
            if (value == FilterKey.UNKNOWN) {
                return NONE;
            }
            // A value that was numbered for a filter of another shape may lie beyond, or be accepted by nobody here.
            int[] candidates = value < accepting[k].length ? accepting[k][value] : NOBODY;
            if (rarest == null || candidates.length < rarest.length) {
                rarest = candidates;
            }
        }
        Objects.requireNonNull(rarest, "a shape has at least one property");
        for (int candidate : rarest) {
            if (matches(candidate, valueNumbers) && !isWiderThanAnother(candidate, rarest, valueNumbers)) {
                return numbers[candidate];
            }
        }
        return NONE;
    }

    /// Whatever is narrower and matches is among those that accept the rarest value too: of the two lists the
    /// shorter one is gone through. One price for any value beside thousands for one each is a usual price list.
    private boolean isWiderThanAnother(int candidate, int[] rarest, int[] valueNumbers) {
        boolean fewerAreNarrower = narrower[candidate].length < rarest.length;
        int[] shorter = fewerAreNarrower ? narrower[candidate] : rarest;
        int[] longer = fewerAreNarrower ? rarest : narrower[candidate];
        for (int other : shorter) {
            if (Arrays.binarySearch(longer, other) >= 0 && matches(other, valueNumbers)) {
                return true;
            }
        }
        return false;
    }

    private boolean matches(int filter, int[] valueNumbers) {
        int[][] values = accepted[filter];
        for (int k = 0; k < values.length; k++) {
            if (Arrays.binarySearch(values[k], valueNumbers[keyPositions[k]]) < 0) {
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

    private static int[][] accepted(ExpandedFilter filter, List<FilterKey> keys) {
        return keys.stream()
                .map(key -> values(filter, key).stream()
                        .mapToInt(key::number)
                        .sorted()
                        .toArray())
                .toArray(int[][]::new);
    }

    private static int[] narrower(int[][] wide, int[][][] accepted, int[][][] accepting) {
        return sharingAValue(wide, accepting, accepted.length)
                .filter(other -> isStrictSubset(accepted[other], wide))
                .toArray();
    }

    /// Filters among which all narrower ones are, rising: what is narrower shares a value of each property,
    /// so the property with the fewest to look at will do. Wide filters would look at many more than once.
    private static IntStream sharingAValue(int[][] wide, int[][][] accepting, int filters) {
        int fewest = filters;
        int property = -1;
        for (int k = 0; k < wide.length; k++) {
            int[][] byValue = accepting[k];
            long sharing = Arrays.stream(wide[k])
                    .mapToLong(value -> byValue[value].length)
                    .sum();
            if (sharing < fewest) {
                fewest = (int) sharing;
                property = k;
            }
        }
        if (property < 0) {
            return IntStream.range(0, filters);
        }
        BitSet sharing = new BitSet();
        for (int value : wide[property]) {
            for (int other : accepting[property][value]) {
                sharing.set(other);
            }
        }
        return sharing.stream();
    }

    private static boolean isStrictSubset(int[][] narrow, int[][] wide) {
        boolean smaller = false;
        for (int k = 0; k < wide.length; k++) {
            if (narrow[k].length > wide[k].length) {
                return false;
            }
            smaller |= narrow[k].length < wide[k].length;
        }
        return smaller && IntStream.range(0, wide.length).allMatch(k -> isSubset(narrow[k], wide[k]));
    }

    /// Both rising.
    private static boolean isSubset(int[] narrow, int[] wide) {
        int at = 0;
        for (int value : narrow) {
            while (at < wide.length && wide[at] < value) {
                at++;
            }
            if (at == wide.length || wide[at] != value) {
                return false;
            }
        }
        return true;
    }

    private static Set<String> values(ExpandedFilter filter, FilterKey key) {
        return Objects.requireNonNull(filter.values().get(key.name()));
    }
}
