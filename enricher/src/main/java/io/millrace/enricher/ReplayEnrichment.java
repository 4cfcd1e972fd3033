package io.millrace.enricher;

import io.millrace.clickhouse.Rebuild;
import io.millrace.topic.Replay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Utils;

/// What a rebuild from raw events needs of the enricher: one of its own, and what the one at work has before it.
///
/// @param settings of the enricher at work
public record ReplayEnrichment(EnricherSettings settings) implements Rebuild.Enrichment {
    private static final Duration POLL = Duration.ofMillis(100);

    @Override
    public String group() {
        return settings.streams().applicationId();
    }

    /// As the changelog of the waiting ones has it.
    @Override
    public Map<Integer, Set<Long>> waiting() {
        var changelog = group() + "-" + ParkedEvents.STORE + "-changelog";
        var parked = new HashMap<Bytes, Origin>();
        try (var all = consumer("read_uncommitted");
                var committed = consumer("read_committed")) {
            var partitions = all.listTopics().getOrDefault(changelog, List.of()).stream()
                    .map(partition -> new TopicPartition(changelog, partition.partition()))
                    .toList();
            // Of a reader of committed records the end would be before what has just been committed.
            var ends = all.endOffsets(partitions);
            committed.assign(partitions);
            committed.seekToBeginning(partitions);
            while (ends.entrySet().stream().anyMatch(end -> committed.position(end.getKey()) < end.getValue())) {
                for (var record : committed.poll(POLL)) {
                    var place = Bytes.wrap(record.key());
                    if (record.value() == null) parked.remove(place);
                    else
                        parked.put(
                                place,
                                ParkedEvents.Parked.decode(record.value()).origin());
                }
            }
        }
        var offsets = new HashMap<Integer, Set<Long>>();
        for (var origin : parked.values()) {
            offsets.computeIfAbsent(origin.partition(), same -> new HashSet<>()).add(origin.offset());
        }
        return offsets;
    }

    private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        settings.streams().bootstrapServers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        isolation,
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /// Of two at a time on one machine the later one goes on.
    @Override
    public Running start(Replay replay) {
        forget();
        var enricher = Enricher.start(settings, replay);
        return () -> {
            enricher.close();
            forget();
        };
    }

    /// Deletes what replays have left on this machine.
    public void forget() {
        try {
            Utils.delete(settings.replayState().toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
