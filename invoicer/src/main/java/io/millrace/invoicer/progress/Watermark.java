package io.millrace.invoicer.progress;

import io.millrace.topic.Keys;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/// Up to where usage is complete: every event that was ingested before the watermark was taken is in
/// ClickHouse, or is a dead letter, or is parked; and it is there as was agreed by then, but for what is held
/// back.
///
/// @param offsets ends of the event topics, exclusive: topic to partition to offset
/// @param heldBack since which event time, by [HeldBack#key]
public record Watermark(Map<String, Map<String, Long>> offsets, Map<String, Instant> heldBack) {
    static Watermark of(Map<TopicPartition, Long> ends, Collection<HeldBack> held) {
        var offsets = new TreeMap<String, Map<String, Long>>();
        ends.forEach((partition, end) -> offsets.computeIfAbsent(partition.topic(), ignored -> new TreeMap<>())
                .put(Integer.toString(partition.partition()), end));
        var since = new HashMap<String, Instant>();
        for (var each : held) {
            since.merge(
                    each.key(),
                    each.from() == null ? Instant.MIN : each.from(),
                    (one, other) -> one.isBefore(other) ? one : other);
        }
        return new Watermark(offsets, since);
    }

    /// True if something was agreed about the subscription's usage before a time that its rows do not show yet.
    /// Whatever comes before a period counts, too: what is held carries over.
    public boolean holdsBack(UUID organizationId, String externalSubscriptionId, Instant before) {
        if (heldBack.isEmpty()) return false;
        var organization = organizationId.toString();
        return Stream.of(Keys.subscription(organization, externalSubscriptionId), organization, HeldBack.ALL)
                .map(heldBack::get)
                .anyMatch(from -> from != null && from.isBefore(before));
    }
}
