package io.millrace.enricher;

/// Fingerprints in as little heap as they take: 16 bytes each and some room between them, no objects. Beside each
/// one stands a mark, in which the owner keeps when it was added.
///
/// ```
///       high, 64 bits                low, 56 bits       mark
///  ┌────────────────────────┬────────────────────────┬──────┐   a slot; all zero where it is empty
///  └────────────────────────┴────────────────────────┴──────┘
///   └ segment ┘└ place in the segment
/// ```
///
/// Slots are filled from the place on, up to three quarters, so a look-up reads one stretch of memory, most often one
/// cache line. The set is cut into segments that grow on their own, by a quarter: so growing never takes
/// long, and takes little on top of what is there. From 21 to 27 bytes of heap a fingerprint once there are many.
///
/// Fingerprints must be spread evenly, as parts of a cryptographic hash are.
final class FingerprintSet {
    /// The mark of a fingerprint that is not there.
    static final int ABSENT = 0;

    static final int MARK_AT_MOST = 255;

    private static final int SEGMENT_BITS = 5;

    private final Segment[] segments = new Segment[1 << SEGMENT_BITS];
    private int size;

    FingerprintSet() {
        for (int i = 0; i < segments.length; i++) segments[i] = new Segment();
    }

    /// @param low its lowest 8 bits are not looked at
    /// @return the fingerprint's mark, or [#ABSENT]
    int mark(long high, long low) {
        return segment(high).mark(high, low);
    }

    /// Adds a fingerprint that is not there yet.
    ///
    /// @param mark from 1 to [#MARK_AT_MOST]
    void add(long high, long low, int mark) {
        segment(high).add(high, low & ~0xffL | mark);
        size++;
    }

    /// Removes a fingerprint that is there.
    void remove(long high, long low) {
        segment(high).remove(high, low);
        size--;
    }

    /// Removes all fingerprints with this mark: one sweep over all there are.
    void removeAll(int mark) {
        for (var segment : segments) size -= segment.removeAll(mark);
    }

    int size() {
        return size;
    }

    /// Heap that the slots take, filled or not.
    long bytes() {
        long bytes = 0;
        for (var segment : segments) bytes += (long) segment.slots.length * Long.BYTES;
        return bytes;
    }

    private Segment segment(long high) {
        return segments[(int) (high >>> Long.SIZE - SEGMENT_BITS)];
    }

    /// A hash table with linear probing. Slot `i` is the two numbers from `2 * i` on.
    private static final class Segment {
        private static final int CAPACITY_AT_FIRST = 8;

        private long[] slots = new long[2 * CAPACITY_AT_FIRST];
        private int size;

        int mark(long high, long low) {
            int found = find(high, low);
            return found < 0 ? ABSENT : (int) (slots[2 * found + 1] & 0xff);
        }

        void add(long high, long lowAndMark) {
            int capacity = slots.length / 2;
            if ((size + 1) * 4L > capacity * 3L) rebuild(capacity + capacity / 4, ABSENT);
            insert(slots, high, lowAndMark);
            size++;
        }

        /// Closes the gap, so that nothing behind it is cut off from its place.
        void remove(long high, long low) {
            int capacity = slots.length / 2;
            int gap = find(high, low);
            for (int i = next(gap, capacity); slots[2 * i + 1] != 0; i = next(i, capacity)) {
                int place = place(slots[2 * i], capacity);
                if (distance(place, i, capacity) >= distance(gap, i, capacity)) {
                    slots[2 * gap] = slots[2 * i];
                    slots[2 * gap + 1] = slots[2 * i + 1];
                    gap = i;
                }
            }
            slots[2 * gap] = 0;
            slots[2 * gap + 1] = 0;
            size--;
        }

        int removeAll(int mark) {
            int marked = 0;
            for (int i = 1; i < slots.length; i += 2) {
                if ((slots[i] & 0xff) == mark) marked++;
            }
            if (marked == 0) return 0;
            int left = size - marked;
            int capacity = slots.length / 2;
            // What has shrunk much will hardly grow back; else the room is kept for what comes next.
            rebuild(left < capacity / 4 ? Math.max(CAPACITY_AT_FIRST, 2 * left) : capacity, mark);
            size = left;
            return marked;
        }

        /// Moves everything but what bears a mark. Since places keep their order, it goes through memory once.
        private void rebuild(int capacity, int without) {
            var moved = new long[2 * capacity];
            for (int i = 0; i < slots.length; i += 2) {
                int mark = (int) (slots[i + 1] & 0xff);
                if (mark != ABSENT && mark != without) insert(moved, slots[i], slots[i + 1]);
            }
            slots = moved;
        }

        private static void insert(long[] into, long high, long lowAndMark) {
            int capacity = into.length / 2;
            int i = place(high, capacity);
            while (into[2 * i + 1] != 0) i = next(i, capacity);
            into[2 * i] = high;
            into[2 * i + 1] = lowAndMark;
        }

        /// The slot, or -1.
        private int find(long high, long low) {
            var all = slots;
            int capacity = all.length / 2;
            for (int i = place(high, capacity); ; i = next(i, capacity)) {
                long there = all[2 * i + 1];
                if (there == 0) return -1;
                if (all[2 * i] == high && (there ^ low) >>> 8 == 0) return i;
            }
        }

        /// 32 bits of the fingerprint, spread over the slots.
        private static int place(long high, int capacity) {
            return (int) ((high << SEGMENT_BITS >>> Integer.SIZE) * capacity >>> Integer.SIZE);
        }

        private static int next(int slot, int capacity) {
            return slot + 1 == capacity ? 0 : slot + 1;
        }

        /// Steps from one slot to another.
        private static int distance(int from, int to, int capacity) {
            return to >= from ? to - from : to - from + capacity;
        }
    }
}
