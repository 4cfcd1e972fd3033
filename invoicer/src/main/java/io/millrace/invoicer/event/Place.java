package io.millrace.invoicer.event;

import java.util.Comparator;

/// Where a record lies in `events_raw`, such as `3-1234`: partition 3, offset 1234. Dead letters are named the same
/// way.
record Place(int partition, long offset) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
            Comparator.comparingInt(Place::partition).thenComparingLong(Place::offset);

    /// True if the enricher reads this one first, as far as there is an order: within a partition.
    boolean isBefore(Place other) {
        return partition == other.partition && offset < other.offset;
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return partition + "-" + offset;
    }
}
