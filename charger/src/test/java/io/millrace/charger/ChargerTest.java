package io.millrace.charger;

import static io.millrace.embedded.Engine.KAFKA;
import static io.millrace.embedded.Engine.REGISTRY;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.ChargedInAdvance;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The charger on a real broker.
@UsesEngines({KAFKA, REGISTRY})
class ChargerTest {
    private static final int SUBSCRIPTIONS = 6;
    private static final int EVENTS_OF_EACH = 300;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /// Other tests use the same topics.
    private final String organization = UUID.randomUUID().toString();

    private final EmbeddedStack stack;
    private final SchemaRegistry registry;

    ChargerTest(EmbeddedStack stack) {
        this.stack = stack;
        this.registry = HttpSchemaRegistry.of(requireNonNull(stack.environment().get("SCHEMA_REGISTRY_URL")));
    }

    @Test
    void aChargerThatIsKilledHalfWayChargesEveryEventExactlyOnce(@TempDir Path data) {
        chargeThroughKills(1, data);
    }

    @Test
    @Tag("soak")
    void aChargerThatIsKilledAgainAndAgainChargesEveryEventExactlyOnce(@TempDir Path data) {
        chargeThroughKills(12, data);
    }

    /// Events come before, between and after the kills; one subscription becomes known only after the last,
    /// so that its events wait through all of them.
    private void chargeThroughKills(int kills, Path data) {
        agreeOnPlan();
        for (int i = 1; i < SUBSCRIPTIONS; i++) agreeWith(i);
        int each = EVENTS_OF_EACH / (kills + 2);
        use(0, each);
        try (var charger = ChildProcess.of(ChargerProcess.class)
                .environment(stack.environment())
                .environment("MILLRACE_DATA", data.toString())
                .environment("MILLRACE_CHARGER_INSTANCE_ID", "charger-test")
                .start()) {
            for (int kill = 1; kill <= kills; kill++) {
                assertThat(feesOnceThereAre((SUBSCRIPTIONS - 1) * each * (kill - 1) + 1))
                        .isNotEmpty();
                use(kill * each, (kill + 1) * each);
                charger.kill();
                charger.restart();
            }
            use((kills + 1) * each, EVENTS_OF_EACH);
            agreeWith(0);

            var fees = feesOnceThereAre(SUBSCRIPTIONS * EVENTS_OF_EACH);

            assertThat(fees).hasSize(SUBSCRIPTIONS * EVENTS_OF_EACH);
            var bySubscription =
                    fees.stream().collect(Collectors.groupingBy(ChargedInAdvance::getExternalSubscriptionId));
            assertThat(bySubscription).hasSize(SUBSCRIPTIONS);
            bySubscription.forEach((subscription, its) -> {
                assertThat(its)
                        .as(subscription)
                        .extracting(ChargedInAdvance::getTransactionId, ChargedInAdvance::getTotalUnits)
                        .containsExactlyElementsOf(IntStream.range(0, EVENTS_OF_EACH)
                                .mapToObj(event -> tuple("e" + event, Integer.toString(event + 1)))
                                .toList());
                // 300 at EUR 0.004
                assertThat(its.stream()
                                .mapToLong(ChargedInAdvance::getAmountCents)
                                .sum())
                        .as(subscription)
                        .isEqualTo(120);
            });
        }
    }

    private void agreeOnPlan() {
        var plan = Plan.newBuilder(Agreement.plan("0.004"))
                .setOrganizationId(organization)
                .build();
        try (var producer = producer()) {
            send(producer, Topics.CONFIG_PLANS, organization + "/p1", plan, 0L);
        }
    }

    private void agreeWith(int i) {
        var subscription = Subscription.newBuilder(Agreement.subscription("sub_" + i, "UTC"))
                .setOrganizationId(organization)
                .build();
        try (var producer = producer()) {
            send(producer, Topics.CONFIG_SUBSCRIPTIONS, organization + "/sub_" + i, subscription, 0L);
        }
    }

    private void use(int from, int until) {
        try (var producer = producer()) {
            for (int event = from; event < until; event++) {
                for (int i = 0; i < SUBSCRIPTIONS; i++) {
                    var expanded = Agreement.event("e" + event, "1")
                            .setOrganizationId(organization)
                            .setExternalSubscriptionId("sub_" + i)
                            .build();
                    send(producer, Topics.EVENTS_ENRICHED_EXPANDED, organization + "/sub_" + i, expanded, null);
                }
            }
        }
    }

    private KafkaProducer<String, byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers()), new StringSerializer(), new ByteArraySerializer());
    }

    private <T extends SpecificRecord> void send(
            KafkaProducer<String, byte[]> producer, Topic topic, String key, T value, Long timestamp) {
        var bytes = new AvroSerializer<T>(registry, topic).serialize(topic.name(), value);
        producer.send(new ProducerRecord<>(topic.name(), null, timestamp, key, bytes));
    }

    /// All committed fees of this test's organization, in order, once there are so many; fails if there never
    /// are.
    private List<ChargedInAdvance> feesOnceThereAre(int count) {
        var topic = Topics.EVENTS_CHARGED_IN_ADVANCE;
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                bootstrapServers(),
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest");
        var fees = new ArrayList<ChargedInAdvance>();
        try (var consumer = new KafkaConsumer<>(
                settings, new StringDeserializer(), new AvroDeserializer<ChargedInAdvance>(registry, topic.value()))) {
            var partitions = consumer.partitionsFor(topic.name()).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (fees.size() < count && System.nanoTime() < deadline) {
                for (var fee : consumer.poll(Duration.ofMillis(200))) {
                    if (fee.value().getOrganizationId().equals(organization)) fees.add(fee.value());
                }
            }
        }
        assertThat(fees).as("fees").hasSizeGreaterThanOrEqualTo(count);
        return fees;
    }

    private String bootstrapServers() {
        return requireNonNull(stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"));
    }
}
