package io.millrace.clickhouse;

import static io.millrace.clickhouse.Producers.rawEvent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Producers have schemas of their own, older and newer ones too. What a service reads by Avro's rules is in the
/// table, with the same words; what it cannot read is rejected; nothing is in between.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY, Engine.CLICKHOUSE})
class SchemaEvolutionTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Instant AT = Instant.parse("2026-02-03T04:05:06.789012Z");
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

    private final EmbeddedStack stack;
    private final String organization = "org-" + UUID.randomUUID();
    private final Producers producers;
    private final SchemaRegistry registry;
    private TestDatabase database;

    SchemaEvolutionTest(EmbeddedStack stack) {
        this.stack = stack;
        producers = new Producers(stack);
        registry = HttpSchemaRegistry.of(stack.registry().url());
    }

    @BeforeEach
    void createDatabase() throws SQLException {
        database = TestDatabase.create(stack.clickHouse().jdbcUrl(), "evolution_test");
    }

    @AfterEach
    void dropDatabase() throws SQLException {
        producers.close();
        database.close();
    }

    private static final String STRING = "\"string\"";
    private static final String TEXT_MAP = "{\"type\":\"map\",\"values\":\"string\"}";

    /// A producer's record: its schema's fields in order, each with a value that is set.
    private record Written(String name, String record, List<Field> fields) {
        Written(String name, Field... fields) {
            this(
                    name,
                    "{\"type\":\"record\",\"name\":\"RawEvent\",\"namespace\":\"io.millrace.event\"",
                    List.of(fields));
        }

        Schema schema() {
            var declared = fields.stream()
                    .map(field -> "{\"name\":\"%s\",\"type\":%s}".formatted(field.name, field.type))
                    .toList();
            return new Schema.Parser().parse(record + ",\"fields\":[" + String.join(",", declared) + "]}");
        }
    }

    private record Field(String name, String type, Object value) {}

    /// The fields of an event, with some replaced, added in front or, where the value is null without a type, left out.
    private Field[] event(String transaction, Field... changes) {
        var fields = new ArrayList<Field>();
        var changed = new TreeMap<String, Field>();
        for (var change : changes) changed.put(change.name, change);
        for (var field : List.of(
                new Field("organization_id", STRING, organization),
                new Field("external_subscription_id", STRING, "sub"),
                new Field("transaction_id", STRING, transaction),
                new Field("code", STRING, "calls"),
                new Field("timestamp", "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", micros()),
                new Field("properties", TEXT_MAP, Map.of("n", "12.50")),
                new Field("precise_total_amount_cents", "[\"null\",\"string\"]", "1.5"),
                new Field("source", STRING, "mine"))) {
            var one = changed.containsKey(field.name) ? changed.remove(field.name) : field;
            if (!one.type.isEmpty()) fields.add(one);
        }
        fields.addAll(0, changed.values());
        return fields.toArray(Field[]::new);
    }

    private static long micros() {
        return AT.getEpochSecond() * 1_000_000 + AT.getNano() / 1000;
    }

    private static Field without(String name) {
        return new Field(name, "", null);
    }

    private List<Written> producersOfAllKinds() {
        return List.of(
                new Written("as_ours", event("as_ours")),
                new Written(
                        "unknown_fields",
                        event(
                                "unknown_fields",
                                new Field("a_tenant", STRING, "t"),
                                new Field("an_array", "{\"type\":\"array\",\"items\":\"double\"}", List.of(1.5)))),
                new Written(
                        "defaults",
                        event(
                                "defaults",
                                without("properties"),
                                without("precise_total_amount_cents"),
                                without("source"))),
                new Written(
                        "null_last",
                        event("null_last", new Field("precise_total_amount_cents", "[\"string\",\"null\"]", "7"))),
                new Written(
                        "null_last_null",
                        event(
                                "null_last_null",
                                new Field("precise_total_amount_cents", "[\"string\",\"null\"]", null))),
                new Written("never_null", event("never_null", new Field("precise_total_amount_cents", STRING, "8"))),
                new Written("nullable", event("nullable", new Field("code", "[\"null\",\"string\"]", "calls"))),
                new Written("null_code", event("null_code", new Field("code", "[\"null\",\"string\"]", null))),
                new Written("null_source", event("null_source", new Field("source", "[\"null\",\"string\"]", null))),
                new Written(
                        "many_types",
                        event("many_types", new Field("code", "[\"null\",\"long\",\"string\"]", "calls"))),
                new Written("wrong_type", event("wrong_type", new Field("code", "[\"null\",\"long\",\"string\"]", 5L))),
                new Written("bytes", event("bytes", new Field("code", "\"bytes\"", ByteBuffer.wrap(new byte[] {
                    'c', 'a', 'l', 'l', 's'
                })))),
                new Written("number", event("number", new Field("code", "\"long\"", 5L))),
                new Written("plain_long", event("plain_long", new Field("timestamp", "\"long\"", micros()))),
                new Written(
                        "in_millis",
                        event(
                                "in_millis",
                                new Field(
                                        "timestamp",
                                        "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}",
                                        micros()))),
                new Written("int_time", event("int_time", new Field("timestamp", "\"int\"", 1_700_000_000))),
                new Written(
                        "nullable_values",
                        event(
                                "nullable_values",
                                new Field(
                                        "properties",
                                        "{\"type\":\"map\",\"values\":[\"null\",\"string\"]}",
                                        Map.of("n", "3")))),
                new Written(
                        "null_values",
                        event(
                                "null_values",
                                new Field(
                                        "properties",
                                        "{\"type\":\"map\",\"values\":[\"null\",\"string\"]}",
                                        java.util.Collections.singletonMap("n", null)))),
                new Written("no_code", event("no_code", without("code"))),
                new Written("no_transaction", event("no_transaction", without("transaction_id"))),
                new Written(
                        "other_name",
                        "{\"type\":\"record\",\"name\":\"Usage\",\"namespace\":\"com.example\"",
                        List.of(event("other_name"))),
                new Written(
                        "with_alias",
                        "{\"type\":\"record\",\"name\":\"Usage\",\"namespace\":\"com.example\",\"aliases\":[\"RawEvent\"]",
                        List.of(event("with_alias"))));
    }

    @Test
    void theTablesHoldWhatAServiceReads() throws Exception {
        var settings = settings();
        new ClickHouseMigrator(database.dataSource(), settings).migrate();
        var avro = new AvroDeserializer<RawEvent>(registry, Topics.EVENTS_RAW.value());
        var readable = new TreeMap<String, String>();
        var unreadable = new ArrayList<String>();
        var names = new TreeMap<String, String>();
        for (var written : producersOfAllKinds()) {
            var bytes = bytes(written);
            producers.send(Topics.EVENTS_RAW, "k", bytes);
            var place = producers.acknowledged().getFirst();
            names.put(place.partition() + "-" + place.offset(), written.name);
            try {
                readable.put(written.name, shown(avro.deserialize("", bytes)));
            } catch (SerializationException e) {
                unreadable.add(written.name);
            }
        }
        assertThat(readable).hasSizeGreaterThan(12);
        assertThat(unreadable).contains("no_code", "null_code", "wrong_type");

        try (var sink = Sink.start(database.dataSource(), registry, settings);
                var redrive = ErrorRedrive.start(database.dataSource(), registry, Duration.ofMillis(100))) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                var rows = new TreeMap<String, String>();
                for (var row :
                        database.rows("SELECT raw_partition || '-' || raw_offset, code, timestamp, mapSort(properties),"
                                + " precise_total_amount_cents, source, external_subscription_id FROM events_raw FINAL WHERE "
                                + "organization_id = '" + organization + "'")) {
                    var cut = row.indexOf(" | ");
                    rows.put(names.getOrDefault(row.substring(0, cut), "?"), row.substring(cut + 3));
                }
                assertThat(rows).isEqualTo(readable);
                assertThat(database
                                .rows("SELECT partition || '-' || offset FROM queue_errors FINAL"
                                        + " WHERE topic = 'events_raw' AND state = 'rejected'")
                                .stream()
                                .filter(names::containsKey)
                                .map(names::get))
                        .containsExactlyInAnyOrderElementsOf(unreadable);
            });
        }
    }

    private static String shown(RawEvent event) {
        return String.join(
                " | ",
                event.getCode(),
                MICROS.format(event.getTimestamp()).replaceFirst("\\.?0+$", ""),
                new TreeMap<>(event.getProperties()).toString(),
                String.valueOf(event.getPreciseTotalAmountCents()),
                event.getSource(),
                event.getExternalSubscriptionId());
    }

    /// In the wire format, under a schema that nobody's registry has refused.
    private byte[] bytes(Written written) throws IOException {
        var schema = written.schema();
        var record = new GenericRecordBuilder(schema);
        for (var field : written.fields) record.set(field.name, field.value);
        return bytes(schema, record.build());
    }

    private byte[] bytes(Schema schema, Object record) throws IOException {
        var id = registry.register("evolution-" + UUID.randomUUID(), schema);
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
        var encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<>(schema).write(record, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    /// The steps of `schemas/README.md` for a field of our own.
    @Test
    void aFieldIsAddedWithRecordsOfBothKindsInTheTopic() throws Exception {
        var newer = new Schema.Parser()
                .parse(Topics.EVENTS_RAW
                        .value()
                        .toString()
                        .replaceFirst("]}$", ",{\"name\":\"region\",\"type\":\"string\",\"default\":\"\"}]}"));
        var scripts = new ArrayList<>(
                ClickHouseMigrator.SCRIPTS.stream().map(Script::read).toList());
        var migrator = new ClickHouseMigrator(database.dataSource(), settings());
        producers.send(rawEvent(organization, "old before"));
        sendNewer(newer, "new before");
        migrator.migrate(scripts);
        try (var older = sink(Topics.EVENTS_RAW)) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(transactions()).hasSize(2));
            scripts.add(new Script("V999__region.sql", """
                    ALTER TABLE events_raw ADD COLUMN IF NOT EXISTS region String;
                    ALTER TABLE events_raw_intake ADD COLUMN IF NOT EXISTS region String;
                    ALTER TABLE events_raw_view MODIFY QUERY %s;""".formatted(scripts.stream()
                    .filter(script -> script.name().equals("V014__events_raw_intake.sql"))
                    .findFirst()
                    .orElseThrow()
                    .statements()
                    .getLast()
                    .replaceFirst("(?s).* AS\nSELECT", "SELECT")
                    .replaceFirst("    source,\n", "    source,\n    region,\n"))));
            assertThat(migrator.migrate(scripts)).containsExactly("V999__region.sql");
            producers.send(rawEvent(organization, "old while both are at work"));
            producers.acknowledged();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(transactions()).hasSize(3));
        }

        // what is in the topic when the new version starts, and has not been read
        producers.send(rawEvent(organization, "old waiting"));
        sendNewer(newer, "new waiting");
        try (var upgraded = sink(new Topic(
                Topics.EVENTS_RAW.name(),
                Topics.EVENTS_RAW.key(),
                newer,
                Topics.EVENTS_RAW.partitioning(),
                Topics.EVENTS_RAW.cleanup(),
                Topics.EVENTS_RAW.maxMessageSize(),
                Topics.EVENTS_RAW.owner()))) {
            sendNewer(newer, "new after");
            producers.send(rawEvent(organization, "old after"));
            producers.acknowledged();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(transactions())
                            .containsExactly(
                                    "new after | eu",
                                    // read before there was a column for it
                                    "new before | ",
                                    "new waiting | eu",
                                    "old after | ",
                                    "old before | ",
                                    "old waiting | ",
                                    "old while both are at work | "));
        }
        assertThat(database.count(
                        "SELECT count() FROM queue_errors WHERE ingested_at > now() - 60 AND error LIKE '%region%'"))
                .isZero();
    }

    private Sink sink(Topic topic) {
        return Sink.start(database.dataSource(), registry, settings(), List.of(topic), "");
    }

    private void sendNewer(Schema newer, String transaction) throws IOException {
        var record = new GenericRecordBuilder(newer)
                .set("organization_id", organization)
                .set("external_subscription_id", "sub")
                .set("transaction_id", transaction)
                .set("code", "calls")
                .set("timestamp", micros())
                .set("region", "eu")
                .build();
        producers.send(Topics.EVENTS_RAW, "k", bytes(newer, record));
    }

    private List<String> transactions() throws SQLException {
        var region = database.count("SELECT count() FROM system.columns WHERE database = currentDatabase()"
                        + " AND table = 'events_raw' AND name = 'region'")
                > 0;
        return database.rows("SELECT transaction_id" + (region ? ", region" : "") + " FROM events_raw FINAL WHERE"
                + " organization_id = '" + organization + "' ORDER BY transaction_id");
    }

    @Test
    void aLargeRecordOfAForeignSchemaIsRedrivenWhole() throws Exception {
        var settings = settings();
        new ClickHouseMigrator(database.dataSource(), settings).migrate();
        var large = "it's \\ \n \u0000 ü".repeat(60_000);
        producers.send(
                Topics.EVENTS_RAW,
                "k",
                bytes(new Written(
                        "large",
                        event(
                                "large",
                                new Field("code", "[\"null\",\"long\",\"string\"]", "calls"),
                                new Field("properties", TEXT_MAP, Map.of("text", large))))));
        producers.acknowledged();
        try (var sink = Sink.start(database.dataSource(), registry, settings);
                var redrive = ErrorRedrive.start(database.dataSource(), registry, Duration.ofMillis(100))) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(database.rows(
                                    "SELECT lower(hex(SHA256(properties['text']))) FROM events_raw FINAL WHERE organization_id = '"
                                            + organization + "'"))
                            .containsExactly(java.util.HexFormat.of()
                                    .formatHex(java.security.MessageDigest.getInstance("SHA-256")
                                            .digest(large.getBytes(java.nio.charset.StandardCharsets.UTF_8)))));
        }
    }

    private ClickHouseSettings settings() {
        return ClickHouseSettings.of(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS",
                stack.kafka().bootstrapServers(),
                "MILLRACE_CLICKHOUSE_GROUP_PREFIX",
                "evolution-" + organization + "-"));
    }
}
