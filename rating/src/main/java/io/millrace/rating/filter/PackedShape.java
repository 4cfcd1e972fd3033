package io.millrace.rating.filter;

import java.util.Arrays;

/// A shape of so few filters that a set of them is a bit each of one number. There may be a hundred thousand such
/// shapes, one for each charge of each plan, and hardly ever two events of the same one after the other: a match
/// should touch little memory, more than it should compute little.
final class PackedShape implements FilterShape {

    static final int FILTERS_AT_MOST = Long.SIZE;

    /// By filter of the shape, oldest first: its number in the charge.
    private final int[] numbers;
    /// Where the shape's properties stand in the numbers of an event.
    private final int[] keyPositions;
    /// Where the sets of each property begin, and behind them where the narrower ones do.
    private final int[] from;
    /// Sets of filters: for each property those that accept each value, then for each filter those that are
    /// narrower.
    private final long[] sets;

    private PackedShape(int[] numbers, int[] keyPositions, int[] from, long[] sets) {
        this.numbers = numbers;
        this.keyPositions = keyPositions;
        this.from = from;
        this.sets = sets;
    }

    /// @param accepting by property and number of the value: the filters that accept it
    /// @param narrower by filter: those that accept strictly less
    static PackedShape of(int[] numbers, int[] keyPositions, int[][][] accepting, int[][] narrower) {
        int[] from = new int[accepting.length + 1];
        for (int k = 0; k < accepting.length; k++) {
            from[k + 1] = from[k] + accepting[k].length;
        }
        long[] sets = new long[from[accepting.length] + narrower.length];
        for (int k = 0; k < accepting.length; k++) {
            pack(accepting[k], sets, from[k]);
        }
        pack(narrower, sets, from[accepting.length]);
        return new PackedShape(numbers, keyPositions, from, sets);
    }

    private static void pack(int[][] filters, long[] sets, int at) {
        for (int[] each : filters) {
            sets[at++] = Arrays.stream(each).mapToLong(filter -> 1L << filter).sum();
        }
    }

    @Override
    public int size() {
        return keyPositions.length;
    }

    @Override
    public int match(int[] valueNumbers) {
        long matching = -1;
        for (int k = 0; k < keyPositions.length; k++) {
            int value = valueNumbers[keyPositions[k]];
            // A value that was numbered for a filter of another shape may lie beyond.
            if (value == FilterKey.UNKNOWN || value >= from[k + 1] - from[k]) {
                return NONE;
            }
            matching &= sets[from[k] + value];
        }
        int narrower = from[keyPositions.length];
        for (long left = matching; left != 0; left &= left - 1) {
            int filter = Long.numberOfTrailingZeros(left);
            if ((sets[narrower + filter] & matching) == 0) {
                return numbers[filter];
            }
        }
        return NONE;
    }
}
