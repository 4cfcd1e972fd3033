package io.millrace.enricher;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// The enricher's books over the partitions that one instance holds: every raw event is enriched, a duplicate,
/// parked or dead-lettered.
///
/// @param partitions by number
/// @param duplicatesByOrganization dropped duplicates, over these partitions
public record Accounting(SortedMap<Integer, Partition> partitions, SortedMap<String, Long> duplicatesByOrganization) {

    /// The books of one partition, since its first record.
    ///
    /// @param raw records taken in under their right key
    /// @param enriched events that are billable
    /// @param duplicates repetitions that were dropped
    /// @param parked events that wait now: a level, not a sum
    /// @param deadLettered events that cannot be billed
    /// @param rekeyed records sent again under their right key: each comes back as a raw one, and is not counted
    /// before
    public record Partition(long raw, long enriched, long duplicates, long parked, long deadLettered, long rekeyed) {
        public boolean addsUp() {
            return raw == enriched + duplicates + parked + deadLettered;
        }
    }

    /// All partitions together.
    public Partition total() {
        return new Partition(
                sum(Partition::raw),
                sum(Partition::enriched),
                sum(Partition::duplicates),
                sum(Partition::parked),
                sum(Partition::deadLettered),
                sum(Partition::rekeyed));
    }

    public boolean addsUp() {
        return partitions.values().stream().allMatch(Partition::addsUp);
    }

    /// Reads tallies by their names, such as `2/enriched` and `2/duplicates/acme`.
    static Accounting of(Map<String, Long> tallies) {
        var partitions = new TreeMap<Integer, Partition>();
        var byOrganization = new TreeMap<String, Long>();
        for (var tally : tallies.entrySet()) {
            var name = tally.getKey().split("/", 3);
            var added = entry(name[1], tally.getValue());
            partitions.merge(Integer.valueOf(name[0]), added, Accounting::add);
            if (name.length == 3) byOrganization.merge(name[2], tally.getValue(), Long::sum);
        }
        return new Accounting(partitions, byOrganization);
    }

    private static Partition entry(String name, long value) {
        return switch (name) {
            case Tally.RAW -> new Partition(value, 0, 0, 0, 0, 0);
            case Tally.ENRICHED -> new Partition(0, value, 0, 0, 0, 0);
            case Tally.DUPLICATES -> new Partition(0, 0, value, 0, 0, 0);
            case Tally.PARKED -> new Partition(0, 0, 0, value, 0, 0);
            case Tally.DEAD_LETTERED -> new Partition(0, 0, 0, 0, value, 0);
            case Tally.REKEYED -> new Partition(0, 0, 0, 0, 0, value);
            default -> throw new IllegalArgumentException("no such tally: " + name);
        };
    }

    private static Partition add(Partition one, Partition other) {
        return new Partition(
                one.raw + other.raw,
                one.enriched + other.enriched,
                one.duplicates + other.duplicates,
                one.parked + other.parked,
                one.deadLettered + other.deadLettered,
                one.rekeyed + other.rekeyed);
    }

    private long sum(ToLongFunction<Partition> part) {
        return partitions.values().stream().mapToLong(part).sum();
    }
}
