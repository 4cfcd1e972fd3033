package io.millrace.clickhouse;

import io.millrace.topic.CommittedReader;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// Where topics begin and end, and how far groups are.
record Offsets(Admin admin) {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    /// The first offset of each partition that is still there.
    Map<TopicPartition, Long> beginnings(String topic) throws InterruptedException {
        return list(topic, OffsetSpec.earliest());
    }

    /// Exclusive, whether committed or not.
    Map<TopicPartition, Long> ends(String topic) throws InterruptedException {
        return list(topic, OffsetSpec.latest());
    }

    /// Waits until no transaction is open before some ends of a topic.
    void awaitStable(String topic, Map<TopicPartition, Long> ends) throws InterruptedException {
        while (true) {
            var stable = list(topic, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
            if (ends.entrySet().stream().allMatch(end -> stable.getOrDefault(end.getKey(), 0L) >= end.getValue()))
                return;
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private Map<TopicPartition, Long> list(String topic, OffsetSpec which) throws InterruptedException {
        return list(topic, which, IsolationLevel.READ_UNCOMMITTED);
    }

    private Map<TopicPartition, Long> list(String topic, OffsetSpec which, IsolationLevel isolation)
            throws InterruptedException {
        try {
            var wanted = new HashMap<TopicPartition, OffsetSpec>();
            admin.describeTopics(List.of(topic)).allTopicNames().get().values().stream()
                    .flatMap(found -> found.partitions().stream())
                    .forEach(partition -> wanted.put(new TopicPartition(topic, partition.partition()), which));
            var offsets = new HashMap<TopicPartition, Long>();
            admin.listOffsets(wanted, new ListOffsetsOptions(isolation))
                    .all()
                    .get()
                    .forEach((partition, found) -> offsets.put(partition, found.offset()));
            return offsets;
        } catch (ExecutionException e) {
            throw new KafkaException("the broker does not tell where " + topic + " begins and ends", e.getCause());
        }
    }

    /// How far a group is in some partitions, with all transactions that it has committed; one that it has not begun
    /// is not named. Waits while a transaction with an offset of theirs is open.
    Map<TopicPartition, Long> committed(String group, Collection<TopicPartition> partitions)
            throws InterruptedException {
        var asked = Map.of(group, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions));
        try {
            while (true) {
                var told = admin.listConsumerGroupOffsets(
                                asked, new ListConsumerGroupOffsetsOptions().requireStable(true))
                        .partitionsToOffsetAndMetadata()
                        .get();
                // Null is told of what the group has not begun, and nothing of what is not stable.
                if (told.keySet().containsAll(partitions)) {
                    var committed = new HashMap<TopicPartition, Long>();
                    told.forEach((partition, offset) -> {
                        if (offset != null) committed.put(partition, offset.offset());
                    });
                    return committed;
                }
                Thread.sleep(BETWEEN_LOOKS);
            }
        } catch (ExecutionException e) {
            throw new KafkaException("the broker does not tell how far " + group + " is", e.getCause());
        }
    }

    /// Has a group that has no members yet begin there.
    void begin(String group, Map<TopicPartition, Long> offsets) throws InterruptedException {
        var committed = new HashMap<TopicPartition, OffsetAndMetadata>();
        offsets.forEach((partition, offset) -> committed.put(partition, new OffsetAndMetadata(offset)));
        try {
            admin.alterConsumerGroupOffsets(group, committed).all().get();
        } catch (ExecutionException e) {
            throw new KafkaException("the broker does not let " + group + " begin where it should", e.getCause());
        }
    }

    /// Has the members of a group join it anew: none can commit any more what it has read by now.
    void expelMembers(String group) throws InterruptedException {
        try {
            var described =
                    admin.describeConsumerGroups(List.of(group)).all().get().values();
            if (described.stream().allMatch(each -> each.members().isEmpty())) return;
            admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                    .all()
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) return;
            throw new KafkaException("the broker does not expel the members of " + group, e.getCause());
        }
    }

    /// Waits until a group has no record left to read before some ends; markers of transactions may lie there.
    void awaitRead(String group, Map<TopicPartition, Long> ends, CommittedReader reader) throws InterruptedException {
        var left = new HashMap<>(ends);
        while (true) {
            var committed = committed(group, left.keySet());
            left.entrySet().removeIf(end -> {
                long position = committed.getOrDefault(end.getKey(), 0L);
                return position >= end.getValue() || !reader.findsRecord(end.getKey(), position, end.getValue());
            });
            if (left.isEmpty()) return;
            Thread.sleep(BETWEEN_LOOKS);
        }
    }
}
