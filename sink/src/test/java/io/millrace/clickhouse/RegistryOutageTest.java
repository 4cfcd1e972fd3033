package io.millrace.clickhouse;

import static io.millrace.clickhouse.Producers.rawEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.ChildProcess;
import io.millrace.embedded.EmbeddedClickHouse;
import io.millrace.embedded.EmbeddedRegistry;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.Ports;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.RawEvent;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The registry is killed while events flow, and so is ClickHouse meanwhile: it forgets the schemas that it knew.
/// Registry and engine are processes of their own.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY})
class RegistryOutageTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final EmbeddedStack stack;
    private final String organization = "org-" + UUID.randomUUID();
    private final Instant begun = Instant.now();
    private ChildProcess registryProcess;
    private ChildProcess engine;
    private @Nullable Sink sink;

    RegistryOutageTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    /// Only one registry may run on a broker.
    @BeforeEach
    void startRegistry() {
        stack.registry().stop();
        registryProcess = ChildProcess.of(EmbeddedRegistry.class)
                .arguments(stack.kafka().bootstrapServers(), Integer.toString(Ports.free()))
                .start();
    }

    @AfterEach
    void stopRegistry() {
        if (sink != null) sink.close();
        if (engine != null) engine.close();
        registryProcess.close();
        stack.registry().restart();
    }

    @Test
    void anOutageUnderLoadLosesNothingAndDoublesNothing(@TempDir Path directory) throws Exception {
        outage(Duration.ofSeconds(3), 500, directory);
    }

    @Test
    @Tag("soak")
    void aMinuteWithoutARegistryUnderLoadLosesNothingAndDoublesNothing(@TempDir Path directory) throws Exception {
        outage(Duration.ofMinutes(1), 2_000, directory);
    }

    /// ```
    ///  schemas 1, 2 known ──▶ registry killed ──▶ another sink ──▶ … ──▶ registry back ──▶ schema 3
    ///  events of 1            of 1 and 2          engine killed                            of all three
    /// ```
    private void outage(Duration length, int perSecond, Path directory) throws Exception {
        var url = registryProcess.awaitReady();
        var registry = HttpSchemaRegistry.of(url);
        var settings = ClickHouseSettings.of(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS",
                stack.kafka().bootstrapServers(),
                "MILLRACE_CLICKHOUSE_GROUP_PREFIX",
                "outage-" + organization + "-"));
        engine = ChildProcess.of(EmbeddedClickHouse.class)
                .arguments(directory.toString(), Integer.toString(Ports.free()))
                .start();
        var database = TestDatabase.open(engine.awaitReady());
        new ClickHouseMigrator(database.dataSource(), settings).migrate();

        var writers = new AtomicInteger(1);
        var stopped = new AtomicBoolean();
        var sent = new AtomicInteger();
        sink = Sink.start(database.dataSource(), registry, settings);
        try (var producers = new Producers(stack)) {
            var schemas = new Schema[] {Topics.EVENTS_RAW.value(), withField("second"), withField("third")};
            var ids = new int[3];
            for (var known = 0; known < 2; known++) ids[known] = register(registry, schemas[known]);
            var sender = Thread.ofPlatform().start(() -> {
                while (!stopped.get()) {
                    for (var i = 0; i < perSecond / 20; i++) {
                        var number = sent.getAndIncrement();
                        var kind = number % writers.get();
                        var event = rawEvent(organization, "t" + number);
                        producers.send(
                                Topics.EVENTS_RAW,
                                Keys.subscription(organization, event.getExternalSubscriptionId()),
                                bytes(ids[kind], schemas[kind], event));
                    }
                    LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                }
            });
            try {
                await().atMost(PATIENCE).until(() -> rows(database) > 100);
                registryProcess.kill();
                var end = Instant.now().plus(length);
                writers.set(2); // an id that the sink has not met yet
                var begun = sent.get();
                await().atMost(PATIENCE).until(() -> sent.get() > begun + perSecond);
                // one that knows no schema at all
                sink.close();
                engine.kill();
                engine.restart();
                engine.awaitReady();
                sink = Sink.start(database.dataSource(), HttpSchemaRegistry.of(url), settings);
                var before = rows(database);
                await().atMost(PATIENCE).until(() -> Instant.now().isAfter(end) && sent.get() > before + perSecond);
                assertThat(rows(database)).as("usage stands still").isEqualTo(before);

                registryProcess.restart();
                registryProcess.awaitReady();
                ids[2] = register(registry, schemas[2]);
                writers.set(3);
                var reached = sent.get() + perSecond;
                await().atMost(PATIENCE).until(() -> sent.get() > reached);
            } finally {
                stopped.set(true);
                sender.join();
            }
            assertThat(producers.acknowledged()).hasSize(sent.get());
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(database.rows(
                                    "SELECT count(), uniqExact(transaction_id), uniqExact(raw_partition, raw_offset)"
                                            + " FROM events_raw FINAL WHERE " + own()))
                            .containsExactly("%1$d | %1$d | %1$d".formatted(sent.get())));
            assertThat(database.count("SELECT count() FROM queue_errors WHERE " + sinceTheBeginning()))
                    .as("an outage is no fault of a record")
                    .isZero();
            assertThat(database.count(
                            "SELECT countIf(properties['tokens'] != '12' OR code != 'api_calls') FROM events_raw"
                                    + " WHERE " + own()))
                    .as("misread")
                    .isZero();
        }
    }

    private static int register(HttpSchemaRegistry registry, Schema schema) {
        return registry.register("outage-" + UUID.randomUUID(), schema);
    }

    /// A schema of its own: the events', with a field in front that nobody else has.
    private Schema withField(String name) {
        var unique = name + "_" + organization.replaceAll("\\W", "_");
        return new Schema.Parser()
                .parse(Topics.EVENTS_RAW
                        .value()
                        .toString()
                        .replaceFirst(
                                "\"fields\":\\[",
                                "\"fields\":[{\"name\":\"%s\",\"type\":\"string\",\"default\":\"x\"},"
                                        .formatted(unique)));
    }

    private static byte[] bytes(int id, Schema schema, RawEvent event) {
        var record = new GenericRecordBuilder(schema)
                .set("organization_id", event.getOrganizationId())
                .set("external_subscription_id", event.getExternalSubscriptionId())
                .set("transaction_id", event.getTransactionId())
                .set("code", event.getCode())
                .set("timestamp", 1_770_000_000_000_000L)
                .set("properties", event.getProperties())
                .build();
        try {
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
            var encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new GenericDatumWriter<>(schema).write(record, encoder);
            encoder.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String own() {
        return "organization_id = '" + organization + "'";
    }

    private long rows(TestDatabase database) throws SQLException {
        return database.count("SELECT count() FROM events_raw WHERE " + own());
    }

    /// What other tests have left in the topic is not looked at.
    private String sinceTheBeginning() {
        return "ingested_at >= fromUnixTimestamp64Milli(%d)".formatted(begun.toEpochMilli());
    }
}
