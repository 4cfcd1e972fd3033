package io.millrace.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.topic.Topics;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

@UsesEngines(Engine.KAFKA)
class OffsetsTest {
    private static final TopicPartition BEGUN = new TopicPartition(Topics.EVENTS_RAW.name(), 0);
    private static final TopicPartition NOT_BEGUN = new TopicPartition(Topics.EVENTS_RAW.name(), 1);

    private final EmbeddedStack stack;

    OffsetsTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    /// Of a group with an open transaction the broker tells nothing, as of one that has not begun.
    @Test
    void howFarAGroupIsIsToldOnceItsTransactionIsOver() throws Exception {
        var group = "group-" + UUID.randomUUID();
        var servers = stack.kafka().bootstrapServers();
        try (var admin = Admin.create(Map.of("bootstrap.servers", servers));
                var producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", servers, "transactional.id", group),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(
                    Map.of(BEGUN, new OffsetAndMetadata(7)), new ConsumerGroupMetadata(group));
            var asked = new FutureTask<>(() -> new Offsets(admin).committed(group, List.of(BEGUN, NOT_BEGUN)));
            var asking = Thread.ofPlatform().start(asked);
            await().until(() -> asked.isDone() || asking.getState() == Thread.State.TIMED_WAITING);
            producer.commitTransaction();
            assertThat(asked.get(1, TimeUnit.MINUTES)).isEqualTo(Map.of(BEGUN, 7L));
        }
    }
}
