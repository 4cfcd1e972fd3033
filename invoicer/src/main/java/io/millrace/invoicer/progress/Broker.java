package io.millrace.invoicer.progress;

import io.millrace.invoicer.InvoicerSettings;
import io.millrace.topic.CommittedReader;
import io.millrace.topic.Topic;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/// What Kafka tells of topics and of who reads them.
@Singleton
class Broker {
    private final InvoicerSettings settings;
    private final Admin admin;

    Broker(InvoicerSettings settings) {
        this.settings = settings;
        this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()));
    }

    @PreDestroy
    void close() {
        admin.close(Duration.ofSeconds(5));
    }

    /// Where the partitions of topics end, exclusive, whether committed or not.
    Map<TopicPartition, Long> ends(Collection<Topic> topics) throws InterruptedException {
        try {
            var names = topics.stream().map(Topic::name).toList();
            var latest = new HashMap<TopicPartition, OffsetSpec>();
            for (var found : admin.describeTopics(names).allTopicNames().get().values()) {
                for (var partition : found.partitions()) {
                    latest.put(new TopicPartition(found.name(), partition.partition()), OffsetSpec.latest());
                }
            }
            var ends = new HashMap<TopicPartition, Long>();
            admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the ends of topics cannot be listed", e.getCause());
        }
    }

    /// How far a consumer group has come; a partition that it has not begun is not named.
    Map<TopicPartition, Long> committed(String group) throws InterruptedException {
        try {
            var committed = new HashMap<TopicPartition, Long>();
            admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions())
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null) committed.put(partition, offset.offset());
                    });
            return committed;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the offsets of group %s cannot be listed".formatted(group), e.getCause());
        }
    }

    /// @param patience of one look, where nothing comes
    CommittedReader reader(Duration patience) {
        return new CommittedReader(settings.bootstrapServers(), patience);
    }
}
