package io.millrace.invoicer.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.config.ApiKey;
import io.millrace.config.BillableMetric;
import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.ApiClient.Answer;
import io.millrace.invoicer.Invoicer;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.contract.Ids;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(MillraceStack.class)
class OutboxTest {
    private final EmbeddedStack stack;

    OutboxTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    @Test
    void aChangeReachesTheStreamsWithItsHistory() {
        try (var invoicer = RunningInvoicer.start(stack)) {
            var api = invoicer.api();
            metric(api, "calls", "count_agg");
            api.put("/billable_metrics/calls", """
                    {"billable_metric": {"aggregation_type": "sum_agg", "field_name": "n"}}""");
            api.put("/billable_metrics/calls", """
                    {"billable_metric": {"name": "Only the name is another"}}""");
            api.delete("/billable_metrics/calls");

            var published = awaitVersion(
                    Topics.CONFIG_BILLABLE_METRICS, BillableMetric.class, organization(invoicer) + "/calls", 4);

            assertThat(published.getRevisions()).hasSize(2);
            var first = published.getRevisions().getFirst();
            var second = published.getRevisions().getLast();
            assertThat(first.getEffectiveFrom())
                    .as("events may be older than the metric")
                    .isNull();
            assertThat(first.getAggregationType()).isEqualTo("count_agg");
            assertThat(second.getEffectiveFrom()).isEqualTo(first.getEffectiveTo());
            assertThat(second.getEffectiveTo()).as("a delete is an end").isNotNull();
        }
    }

    @Test
    void configurationComesBeforeEveryEvent() {
        try (var invoicer = RunningInvoicer.start(stack)) {
            metric(invoicer.api(), "calls", "count_agg");
            awaitVersion(Topics.CONFIG_BILLABLE_METRICS, BillableMetric.class, organization(invoicer) + "/calls", 1);
            assertThat(records(Topics.CONFIG_BILLABLE_METRICS)).allMatch(record -> record.timestamp() == 0);
        }
    }

    @Test
    void anEditThatChangesNothingMakesNoRevision() {
        try (var invoicer = RunningInvoicer.start(stack)) {
            var api = invoicer.api();
            var id = metric(api, "calls", "count_agg");
            var plan = """
                    {"plan": {"code": "p", "name": "P", "interval": "monthly", "amount_cents": 100, "amount_currency": "EUR",
                     "charges": [{"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "1"}}]}}""".formatted(id);
            var planId = api.create("/plans", plan).text("plan.lago_id");
            assertThat(api.put("/plans/p", plan).status()).isEqualTo(200);
            api.put("/plans/p", plan.replace("\"1\"", "\"2\""));

            var published = awaitVersion(Topics.CONFIG_PLANS, Plan.class, organization(invoicer) + "/" + planId, 3);
            assertThat(published.getRevisions()).hasSize(2);
            assertThat(published
                            .getRevisions()
                            .getFirst()
                            .getCharges()
                            .getFirst()
                            .getChargeId())
                    .isEqualTo(published
                            .getRevisions()
                            .getLast()
                            .getCharges()
                            .getFirst()
                            .getChargeId());
        }
    }

    @Test
    void aKeyReachesIngestionWithItsPermissionsAndItsEnd() {
        try (var invoicer = RunningInvoicer.start(stack)) {
            var key = invoicer.api().create("/api_keys", """
                    {"api_key": {"permissions": {"event": ["write"]}}}""");
            var hash = Ids.hash(key.text("api_key.value"));
            var published = awaitVersion(Topics.CONFIG_API_KEYS, ApiKey.class, hash, 1);
            assertThat(published.getPermissions()).containsExactly("event:write");
            assertThat(published.getOrganizationId()).isEqualTo(organization(invoicer));
            assertThat(published.getExpiresAt()).isNull();

            invoicer.api().delete("/api_keys/" + key.text("api_key.lago_id"));
            assertThat(awaitVersion(Topics.CONFIG_API_KEYS, ApiKey.class, hash, 2)
                            .getExpiresAt())
                    .isBeforeOrEqualTo(Instant.now());
        }
    }

    @Test
    void aTerminatedSubscriptionIsAnEndedSpan() {
        try (var invoicer = RunningInvoicer.start(stack)) {
            var api = invoicer.api();
            api.create("/plans", """
                    {"plan": {"code": "p", "name": "P", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}}""");
            var subscription = """
                    {"subscription": {"external_customer_id": "c", "plan_code": "p", "external_id": "s", "subscription_at": "2026-01-15T10:00:00Z"}}""";
            api.create("/subscriptions", subscription);
            api.delete("/subscriptions/s");
            api.create("/subscriptions", subscription);

            var published =
                    awaitVersion(Topics.CONFIG_SUBSCRIPTIONS, Subscription.class, organization(invoicer) + "/s", 3);
            assertThat(published.getSpans()).hasSize(2);
            assertThat(published.getSpans().getFirst().getStartedAt()).isEqualTo("2026-01-15T10:00:00Z");
            assertThat(published.getSpans().getLast().getStartedAt())
                    .as("spans do not overlap")
                    .isEqualTo(published.getSpans().getFirst().getTerminatedAt());
        }
    }

    @Test
    void whoeverIsKilledBetweenCommitAndPublicationLosesNothing() throws SQLException, IOException {
        var key = "killed-" + System.nanoTime();
        var organization = Ids.of("organization", Ids.hash(key));
        // Whoever holds the lock publishes: held here, the first instance commits and publishes nothing.
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var statement = connection.createStatement();
                var first = child(key)) {
            statement.execute("select pg_advisory_lock(%d)".formatted(OutboxPublisher.LOCK));
            var api = new ApiClient(URI.create("http://localhost:" + first.port()), key);
            await().atMost(Duration.ofMinutes(2))
                    .ignoreExceptions()
                    .until(() -> api.get("/plans").status() == 200);
            for (int i = 0; i < 30; i++) metric(api, "m" + i, "count_agg");
            for (int i = 0; i < 10; i++) {
                api.put("/billable_metrics/m" + i, """
                        {"billable_metric": {"aggregation_type": "sum_agg", "field_name": "n"}}""");
            }
            assertThat(records(Topics.CONFIG_BILLABLE_METRICS))
                    .noneMatch(
                            record -> new String(record.key(), StandardCharsets.UTF_8).startsWith(organization + "/"));
            // It may have published all, some or none, and noted it or not, when it is gone.
            statement.execute("select pg_advisory_unlock(%d)".formatted(OutboxPublisher.LOCK));
            first.process().kill();
        }
        try (var next = RunningInvoicer.start(stack, Map.of("MILLRACE_API_KEY", key))) {
            awaitPublished(next.api(key));
            var published = metrics(organization + "/");
            assertThat(published).hasSize(30);
            published.forEach((name, values) -> {
                assertThat(values).as(name).isSortedAccordingTo(Comparator.comparing(BillableMetric::getVersion));
                long changes = name.matches(".*/m[0-9]") ? 2 : 1;
                assertThat(values.getLast().getVersion()).as(name).isEqualTo(changes);
                assertThat(values.getLast().getRevisions()).as(name).hasSize((int) changes);
            });

            assertThat(next.api(key).create("/configuration/republish", "").text("configuration.republished_count"))
                    .as("metrics and the key")
                    .isEqualTo("31");
            awaitPublished(next.api(key));
            metrics(organization + "/").forEach((name, values) -> {
                assertThat(values)
                        .as("published again")
                        .hasSizeGreaterThan(published.get(name).size());
                assertThat(values.getLast())
                        .as("nothing is another")
                        .usingRecursiveComparison()
                        .isEqualTo(published.get(name).getLast());
            });
        }
    }

    @Test
    void republishingWaitsForChangesAndForNoneForEver() throws Exception {
        try (var invoicer = RunningInvoicer.start(stack);
                var threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 40; i++) metric(invoicer.api(), "m" + i, "count_agg");
            var answers = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 120; i++) {
                var path = "/billable_metrics/m" + i * 7 % 40;
                var name = "{\"billable_metric\": {\"name\": \"%d\"}}".formatted(i);
                answers.add(threads.submit(() -> invoicer.api().post("/configuration/republish", "")));
                answers.add(threads.submit(() -> invoicer.api().put(path, name)));
            }
            for (var answer : answers) assertThat(answer.get().status()).isEqualTo(200);
            awaitPublished(invoicer.api());
        }
    }

    @Test
    void ofSeveralInstancesOnePublishes() throws SQLException {
        try (var one = RunningInvoicer.start(stack);
                var other = RunningInvoicer.start(stack, Map.of("MILLRACE_API_KEY", one.key()))) {
            for (int i = 0; i < 20; i++) metric((i % 2 == 0 ? one : other).api(), "m" + i, "count_agg");
            awaitPublished(one.api());
            assertThat(metrics(organization(one) + "/").values()).hasSize(20).allMatch(values -> values.size() == 1);
            try (var connection =
                            DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                    var row = connection.createStatement().executeQuery("""
                            select count(*) from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
                            where l.locktype = 'advisory' and l.granted and (l.classid::bigint << 32 | l.objid::bigint) = %d""".formatted(OutboxPublisher.LOCK))) {
                assertThat(row.next() && row.getLong(1) == 1).isTrue();
            }
        }
    }

    @Test
    @Tag("soak")
    void configurationReachesTheStreamsWithinHalfASecond() {
        var properties = Map.<String, Object>of(
                "bootstrap.servers",
                stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"),
                "isolation.level",
                "read_committed");
        try (var invoicer = RunningInvoicer.start(stack);
                var consumer =
                        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var topic = new TopicPartition(Topics.CONFIG_BILLABLE_METRICS.name(), 0);
            consumer.assign(List.of(topic));
            consumer.seekToEnd(List.of(topic));
            consumer.position(topic);
            var delays = new ArrayList<Duration>();
            for (int i = 0; i < 200; i++) {
                var code = "metric_" + i;
                metric(invoicer.api(), code, "count_agg");
                var committed = Instant.now();
                var key = (organization(invoicer) + "/" + code).getBytes(StandardCharsets.UTF_8);
                boolean arrived = false;
                while (!arrived) {
                    for (var record : consumer.poll(Duration.ofSeconds(30)))
                        arrived |= Arrays.equals(record.key(), key);
                }
                delays.add(Duration.between(committed, Instant.now()));
            }
            Collections.sort(delays);
            assertThat(delays.get(198)).as("p99, median is %s", delays.get(100)).isLessThan(Duration.ofMillis(500));
        }
    }

    /// An instance that can be killed.
    private record Child(ChildProcess process, int port) implements AutoCloseable {
        @Override
        public void close() {
            process.close();
        }
    }

    private Child child(String key) throws IOException {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        return new Child(
                ChildProcess.of(Invoicer.class)
                        .environment(stack.environment())
                        .environment("MILLRACE_API_KEY", key)
                        .environment("MILLRACE_PORT", Integer.toString(port))
                        .start(),
                port);
    }

    private static void awaitPublished(ApiClient api) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.get("/configuration")
                        .text("configuration.unpublished_count")
                        .equals("0"));
    }

    /// What was published of metrics whose key begins so, by key.
    private Map<String, List<BillableMetric>> metrics(String prefix) {
        var registry = HttpSchemaRegistry.of(stack.environment().get("SCHEMA_REGISTRY_URL"));
        var topic = Topics.CONFIG_BILLABLE_METRICS;
        try (var reader = new AvroDeserializer<BillableMetric>(registry, topic.value())) {
            var metrics = new HashMap<String, List<BillableMetric>>();
            for (var record : records(topic)) {
                var key = new String(record.key(), StandardCharsets.UTF_8);
                if (!key.startsWith(prefix)) continue;
                metrics.computeIfAbsent(key, ignored -> new ArrayList<>())
                        .add(BillableMetric.class.cast(reader.deserialize(topic.name(), record.value())));
            }
            return metrics;
        }
    }

    private static String metric(ApiClient api, String code, String aggregation) {
        return api.create("/billable_metrics", """
                {"billable_metric": {"name": "%s", "code": "%s", "aggregation_type": "%s"}}""".formatted(code, code, aggregation))
                .text("billable_metric.lago_id");
    }

    private static String organization(RunningInvoicer invoicer) {
        return invoicer.organization().toString();
    }

    private <T extends SpecificRecord> T awaitVersion(Topic topic, Class<T> type, String key, long version) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(values(topic, type, key))
                        .anyMatch(value -> value.get(
                                        value.getSchema().getField("version").pos())
                                .equals(version)));
        return values(topic, type, key).getLast();
    }

    private <T extends SpecificRecord> List<T> values(Topic topic, Class<T> type, String key) {
        var registry = HttpSchemaRegistry.of(stack.environment().get("SCHEMA_REGISTRY_URL"));
        try (var reader = new AvroDeserializer<T>(registry, topic.value())) {
            return records(topic).stream()
                    .filter(record -> Arrays.equals(record.key(), key.getBytes(StandardCharsets.UTF_8)))
                    .map(record -> type.cast(reader.deserialize(topic.name(), record.value())))
                    .toList();
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> records(Topic topic) {
        var properties = Map.<String, Object>of(
                "bootstrap.servers",
                stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"),
                "isolation.level",
                "read_committed");
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                var admin = Admin.create(properties)) {
            var partitions = consumer.partitionsFor(topic.name()).stream()
                    .map(partition -> new TopicPartition(topic.name(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            // With what is committed, but not marked so in its partition yet.
            var ends = admin.listOffsets(
                            partitions.stream().collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())))
                    .all()
                    .get();
            var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            while (partitions.stream()
                    .anyMatch(partition ->
                            consumer.position(partition) < ends.get(partition).offset())) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
