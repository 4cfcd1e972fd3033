package io.millrace.invoicer.progress;

import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/// Up to where usage is complete: every event that was ingested before the watermark was taken is in
/// ClickHouse, or is a dead letter, or is parked.
///
/// @param offsets ends of the event topics, exclusive: topic to partition to offset
public record Watermark(Map<String, Map<String, Long>> offsets) {
    static Watermark of(Map<TopicPartition, Long> ends) {
        var offsets = new TreeMap<String, Map<String, Long>>();
        ends.forEach((partition, end) -> offsets.computeIfAbsent(partition.topic(), ignored -> new TreeMap<>())
                .put(Integer.toString(partition.partition()), end));
        return new Watermark(offsets);
    }
}
