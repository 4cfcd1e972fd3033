package io.millrace.invoicer.invoice;

import static io.millrace.topic.Topics.CONFIG_BILLABLE_METRICS;
import static io.millrace.topic.Topics.CONFIG_PLANS;
import static io.millrace.topic.Topics.CONFIG_SUBSCRIPTIONS;
import static io.millrace.topic.Topics.EVENTS_RAW;
import static io.millrace.topic.Topics.PENDING_REPAIRS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.event.PendingRepair;
import io.millrace.event.PendingRepairs;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.invoice.Streams.Counted;
import io.millrace.invoicer.organization.Organizations;
import io.millrace.invoicer.progress.PipelineBehind;
import io.millrace.invoicer.progress.PipelineProgress;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Topic;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A period is not billed over a change of what was agreed that the rows of its events do not show yet. The
/// test is the enricher: it commits its offsets, and tells what it has compared and has to repair.
@ExtendWith(MillraceStack.class)
class HeldBackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    private static final int PARTITIONS = EmbeddedStack.EVENT_PARTITIONS;

    private static EmbeddedStack stack;
    private static RunningInvoicer invoicer;
    private static KafkaProducer<byte[], byte @Nullable []> producer;
    private static Admin admin;
    private static AvroSerializer<PendingRepairs> serializer;

    private Organization ours;
    private Organization others;

    private record Organization(UUID id, ApiClient api, String clock) {}

    @BeforeAll
    static void start(EmbeddedStack engines) {
        stack = engines;
        Map<String, Object> broker =
                Map.of("bootstrap.servers", stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"));
        producer = new KafkaProducer<>(broker, new ByteArraySerializer(), new ByteArraySerializer());
        admin = Admin.create(broker);
        serializer = new AvroSerializer<>(
                HttpSchemaRegistry.of(stack.environment().get("SCHEMA_REGISTRY_URL")), PENDING_REPAIRS);
        invoicer = RunningInvoicer.start(
                stack,
                Map.of(
                        "MILLRACE_WATERMARK_TIMEOUT_MS",
                        "5000",
                        "MILLRACE_BILLING_INTERVAL_MS",
                        "100",
                        "MILLRACE_PROGRESS_INTERVAL_MS",
                        "100"));
    }

    @AfterAll
    static void stop() {
        invoicer.close();
        admin.close();
        producer.close();
        serializer.close();
    }

    @BeforeEach
    void sell() {
        ours = organization();
        others = organization();
        awaitPublished();
    }

    /// Other tests know no enricher that tells anything.
    @AfterEach
    void beSilent() throws Exception {
        for (int partition = 0; partition < PARTITIONS; partition++) send(partition, null);
    }

    private static Organization organization() {
        var key = "key-" + UUID.randomUUID();
        invoicer.get(Organizations.class).ensure(key);
        return sell(Ids.of("organization", Ids.hash(key)), invoicer.api(key));
    }

    private static Organization sell(UUID id, ApiClient api) {
        var clock = api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-10\"}}")
                .text("test_clock.lago_id");
        var metric = api.create(
                        "/billable_metrics",
                        "{\"billable_metric\": {\"name\": \"Calls\", \"code\": \"calls\", \"aggregation_type\": \"count_agg\"}}")
                .text("billable_metric.lago_id");
        api.create("/plans", """
                {"plan": {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR",
                 "charges": [{"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "1"}}]}}""".formatted(metric));
        api.create(
                "/customers",
                "{\"customer\": {\"external_id\": \"acme\", \"test_clock_id\": \"%s\"}}".formatted(clock));
        api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "pro", "external_id": "sub_1", "subscription_at": "2026-03-01"}}""");
        return new Organization(id, api, clock);
    }

    @Test
    void whoseEventsAreToBeEnrichedAgainWaitsAndOthersAreBilled() throws Exception {
        readAll();
        tell(2, pending(ours.id(), "sub_1", "2026-03-20T00:00:00Z"));
        advance(ours);
        advance(others);
        awaitInvoice(others);
        var unused = invoicer.get(BillingRun.class).run();
        assertThat(invoices(ours)).as("after a whole run").isEqualTo("0");

        await().atMost(PATIENCE).until(() -> !heldBack(ours).equals("[]"));
        assertThat(heldBack(ours))
                .startsWith("[{external_subscription_id=sub_1, from=2026-03-20T00:00:00Z, step=unrepaired, since=");
        assertThat(heldBack(others)).as("another organization's").isEqualTo("[]");
        var meters = invoicer.get(MeterRegistry.class);
        assertThat(meters.get("millrace.pipeline.held.back")
                        .tags("step", "unrepaired")
                        .gauge()
                        .value())
                .isOne();
        assertThat(meters.get("millrace.pipeline.held.back.age").gauge().value())
                .isPositive();

        // What is repaired comes before the word that it is.
        var charge = ours.api().get("/plans/pro").text("plan.charges.0.lago_id");
        var subscription = ours.api().get("/subscriptions/sub_1").text("subscription.lago_id");
        try (var streams = new Streams(stack, ours.id())) {
            streams.begin();
            streams.send(
                    new Counted("sub_1", subscription, charge, null, "count_agg"), "e1", "2026-03-20T00:00:00Z", "1");
            streams.commit();
        }
        tell(2);
        awaitInvoice(ours);
        assertThat(ours.api().get("/invoices").text("invoices.0.total_amount_cents"))
                .isEqualTo("3200");
        assertThat(others.api().get("/invoices").text("invoices.0.total_amount_cents"))
                .isEqualTo("3100");
        await().atMost(PATIENCE).until(() -> heldBack(ours).equals("[]"));
    }

    @Test
    void anInvoiceWaitsForAllSubscriptionsThatAreOnIt() throws Exception {
        ours.api().create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "plan_code": "pro", "external_id": "sub_2", "subscription_at": "2026-03-01"}}""");
        awaitPublished();
        readAll();
        tell(0, pending(ours.id(), "sub_2", null));
        advance(ours);
        advance(others);
        awaitInvoice(others);
        assertThat(invoices(ours)).isEqualTo("0");

        tell(0);
        awaitInvoice(ours);
        assertThat(ours.api().get("/invoices").text("invoices.0.total_amount_cents"))
                .isEqualTo("6200");
    }

    /// Usage is complete as it was agreed when the wait for it began, and terms are read when it has ended.
    @Test
    void whatIsAgreedWhileUsageIsWaitedForIsNotBilledByHalf() throws Exception {
        readAll();
        producer.send(new ProducerRecord<>(EVENTS_RAW.name(), 0, null, null)).get();
        advance(ours);
        var thread = new AtomicReference<Thread>();
        var run = CompletableFuture.supplyAsync(() -> {
            thread.set(Thread.currentThread());
            try {
                return invoicer.get(BillingRun.class).run();
            } catch (PipelineBehind | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(PATIENCE).until(() -> thread.get() != null && waitsForEvents(thread.get()));
        ours.api().put("/plans/pro", "{\"plan\": {\"amount_cents\": 3200, \"charges\": []}}");
        awaitPublished();
        commit(EVENTS_RAW);
        run.get();
        assertThat(invoices(ours)).as("of two agreements").isEqualTo("0");

        readAll();
        awaitInvoice(ours);
    }

    private static boolean waitsForEvents(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(PipelineProgress.class.getName())
                        && frame.getMethodName().equals("await"));
    }

    @Test
    void whatIsPendingConcernsWhomItNamesFromItsTimeOn() throws Exception {
        readAll();
        assertThat(isHeldBack(ours)).as("nothing is pending").isFalse();
        tell(1, pending(ours.id(), "sub_1", "2026-04-01T00:00:00Z"));
        assertThat(isHeldBack(ours)).as("what comes after the period").isFalse();
        tell(1, pending(ours.id(), "sub_1", "2026-03-31T23:59:59Z"));
        assertThat(isHeldBack(ours)).isTrue();
        tell(1, pending(ours.id(), "sub_2", null));
        assertThat(isHeldBack(ours)).as("another subscription").isFalse();
        tell(1, pending(ours.id(), null, "2026-02-01T00:00:00Z"));
        assertThat(isHeldBack(ours)).as("any of the organization's").isTrue();
        assertThat(isHeldBack(others)).isFalse();
        tell(1, pending(null, null, null));
        assertThat(isHeldBack(others)).as("anybody's").isTrue();
        tell(3, pending(ours.id(), "sub_2", null));
        tell(1);
        assertThat(isHeldBack(ours)).isFalse();
    }

    @Test
    void whatTheEnricherHasNotReadConcernsItsOrganizationOrSubscription() throws Exception {
        readAll();
        ours.api()
                .put("/plans/pro", "{\"plan\": {\"name\": \"Professional\", \"amount_cents\": 3200, \"charges\": []}}");
        awaitPublished();
        assertThat(isHeldBack(ours)).as("a plan that was not compared").isTrue();
        assertThat(isHeldBack(others)).isFalse();
        for (int partition = 0; partition < PARTITIONS - 1; partition++) tell(partition);
        assertThat(isHeldBack(ours)).as("one partition has not compared it").isTrue();
        tell(PARTITIONS - 1);
        assertThat(isHeldBack(ours)).isFalse();

        ours.api().create("/billable_metrics", """
                {"billable_metric": {"name": "Tokens", "code": "tokens", "aggregation_type": "count_agg"}}""");
        awaitPublished();
        assertThat(isHeldBack(ours)).as("a metric that was not compared").isTrue();
        assertThat(isHeldBack(others)).isFalse();
        readAll();
        assertThat(isHeldBack(ours)).isFalse();

        ours.api().delete("/subscriptions/sub_1");
        awaitPublished();
        assertThat(isHeldBack(ours)).as("a subscription that was not read").isTrue();
        assertThat(holdsBack(ours, "sub_2")).isFalse();
        assertThat(isHeldBack(others)).isFalse();
        commit(CONFIG_SUBSCRIPTIONS);
        assertThat(isHeldBack(ours)).isFalse();
    }

    @Test
    void whatIsNotPublishedYetConcernsItsOrganization() throws Exception {
        readAll();
        // The publisher stumbles over what nobody publishes.
        execute(
                "insert into outbox (topic, key, organization_id, version, changed_at) values ('none', 'none', '%s', 1, '2000-01-01')"
                        .formatted(others.id()));
        try {
            ours.api().put("/plans/pro", "{\"plan\": {\"amount_cents\": 3200, \"charges\": []}}");
            assertThat(isHeldBack(ours)).isTrue();
            assertThat(isHeldBack(others)).isFalse();
        } finally {
            execute("delete from outbox where topic = 'none'");
        }
        awaitPublished();
        readAll();
        assertThat(isHeldBack(ours)).isFalse();
    }

    @Test
    void whereNoEnricherTellsAnythingNobodyIsWaitedFor() throws Exception {
        assertThat(isHeldBack(ours)).isFalse();
        tell(0);
        assertThat(isHeldBack(ours)).as("the other partitions are to tell, too").isTrue();
    }

    private static boolean isHeldBack(Organization organization) throws Exception {
        return holdsBack(organization, "sub_1");
    }

    private static boolean holdsBack(Organization organization, String subscription) throws Exception {
        return invoicer.get(PipelineProgress.class)
                .awaitCompleteness()
                .holdsBack(organization.id(), subscription, APRIL);
    }

    private static String heldBack(Organization organization) {
        return organization.api().get("/pipeline_progress").text("pipeline_progress.held_back");
    }

    private static void advance(Organization organization) {
        organization
                .api()
                .create(
                        "/test_clocks/" + organization.clock() + "/advance",
                        "{\"test_clock\": {\"now\": \"2026-04-01\"}}");
    }

    private static void awaitInvoice(Organization organization) {
        await().atMost(PATIENCE).until(() -> invoices(organization).equals("1"));
    }

    private static String invoices(Organization organization) {
        return organization.api().get("/invoices").text("meta.total_count");
    }

    // What the enricher does.

    /// It has read all that is published and has nothing to repair.
    private static void readAll() throws ExecutionException, InterruptedException {
        commit(CONFIG_SUBSCRIPTIONS);
        for (int partition = 0; partition < PARTITIONS; partition++) tell(partition);
    }

    /// One partition has compared all that is published.
    private static void tell(int partition, PendingRepair... pending) throws ExecutionException, InterruptedException {
        send(
                partition,
                new PendingRepairs(
                        partition,
                        ends(CONFIG_PLANS).values().iterator().next(),
                        ends(CONFIG_BILLABLE_METRICS).values().iterator().next(),
                        List.of(pending)));
    }

    private static PendingRepair pending(
            @Nullable UUID organization, @Nullable String subscription, @Nullable String from) {
        return new PendingRepair(
                organization == null ? null : organization.toString(),
                subscription,
                from == null ? null : Instant.parse(from));
    }

    private static void send(int partition, @Nullable PendingRepairs word)
            throws ExecutionException, InterruptedException {
        var key = Integer.toString(partition).getBytes(UTF_8);
        var value = word == null ? null : serializer.serialize(PENDING_REPAIRS.name(), word);
        producer.send(new ProducerRecord<>(PENDING_REPAIRS.name(), key, value)).get();
    }

    private static void commit(Topic topic) throws ExecutionException, InterruptedException {
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        ends(topic).forEach((partition, end) -> offsets.put(partition, new OffsetAndMetadata(end)));
        admin.alterConsumerGroupOffsets("millrace-enricher", offsets).all().get();
    }

    private static Map<TopicPartition, Long> ends(Topic topic) throws ExecutionException, InterruptedException {
        var latest = new HashMap<TopicPartition, OffsetSpec>();
        for (var partition : admin.describeTopics(List.of(topic.name()))
                .allTopicNames()
                .get()
                .get(topic.name())
                .partitions()) {
            latest.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
        }
        var ends = new HashMap<TopicPartition, Long>();
        admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private static void awaitPublished() {
        await().atMost(PATIENCE).until(() -> {
            try (var connection =
                            DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                    var statement = connection.createStatement();
                    var row = statement.executeQuery("select count(*) from outbox where version > published_version")) {
                row.next();
                return row.getLong(1) == 0;
            }
        });
    }

    private static void execute(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(stack.environment().get("DATABASE_URL"));
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
