package io.millrace.invoicer.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.event.RawEvent;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.topic.Headers;
import io.millrace.topic.Topics;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The API over letters that stand in ClickHouse as the enricher's do; the pipeline itself is not here.
@ExtendWith(MillraceStack.class)
class DeadLetterTest {
    private static final Instant INGESTED = Instant.parse("2026-03-01T00:00:00.123Z");

    private static RunningInvoicer service;

    private final EmbeddedStack stack;
    private final AvroSerializer<RawEvent> events;
    private RunningInvoicer invoicer;
    private ApiClient api;

    DeadLetterTest(EmbeddedStack stack) {
        this.stack = stack;
        this.events = new AvroSerializer<>(
                HttpSchemaRegistry.of(stack.environment().get("SCHEMA_REGISTRY_URL")), Topics.EVENTS_RAW);
    }

    @BeforeAll
    static void start(EmbeddedStack stack) {
        service = RunningInvoicer.start(stack);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @BeforeEach
    void makeOrganization() {
        invoicer = service.withNewOrganization();
        api = invoicer.api();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                                                           | [0-3, 0-2, 0-1]
        reason=metric_not_found                                            | [0-3, 0-2]
        reason=metric_not_found&transaction_id=t2                          | [0-2]
        code=calls                                                         | [0-2, 0-1]
        external_subscription_id=sub_b                                     | [0-3]
        reason=nothing_like_it                                             | []
        reason=                                                            | [0-3, 0-2, 0-1]
        """)
    void lettersAreListedNewestFirstByWhatIsAskedFor(String query, String ids) throws Exception {
        store(
                letter(1).reason("subscription_not_found").code("calls"),
                letter(2).reason("metric_not_found").code("calls"),
                letter(3).reason("metric_not_found").code("bytes").subscription("sub_b"));
        var answer = api.get("/dead_letters?" + (query == null ? "" : query));
        assertThat(ids(answer)).hasToString(ids);
        assertThat(answer.text("meta.total_count"))
                .isEqualTo(Integer.toString(ids(answer).size()));
    }

    @Test
    void listsComeInPages() throws Exception {
        store(letter(1), letter(2), letter(3));
        var second = api.get("/dead_letters?per_page=2&page=2");
        assertThat(ids(second)).containsExactly("0-1");
        assertThat(second.text("meta"))
                .isEqualTo("{current_page=2, next_page=null, prev_page=1, total_pages=2, total_count=3}");
    }

    @Test
    void anEventIsShownAsItWasSent() throws Exception {
        store(letter(7).reason("metric_not_found").code("calls"));
        var shown = api.get("/dead_letters/0-7");
        assertThat(shown.text("dead_letter.stage")).isEqualTo("enricher");
        assertThat(shown.text("dead_letter.reason")).isEqualTo("metric_not_found");
        assertThat(shown.text("dead_letter.message")).isEqualTo("a sentence");
        assertThat(shown.text("dead_letter.timestamp")).isEqualTo("2026-02-28T12:00:00.000001Z");
        assertThat(shown.text("dead_letter.ingested_at")).isEqualTo("2026-03-01T00:00:07Z");
        assertThat(shown.text("dead_letter.origin.topic")).isEqualTo("events_raw");
        assertThat(shown.text("dead_letter.origin.key")).isEqualTo(invoicer.organization() + "/sub_a");
        assertThat(shown.text("dead_letter.origin.event.transaction_id")).isEqualTo("t7");
        assertThat(shown.text("dead_letter.origin.event.properties")).isEqualTo("{n=7}");
        assertThat(shown.body()).contains("\"value_base64\":null", "\"re_driven_at\":null");
        assertThat(api.get("/dead_letters").body()).doesNotContain("\"origin\"");
    }

    @Test
    void whatNobodyCanReadIsShownAsBytesToTheOrganizationOfItsKey() throws Exception {
        byte[] garbage = {0, -1, 'n', 'o'};
        store(
                letter(1).unreadable(garbage, key("sub_x").getBytes(UTF_8)),
                letter(2).unreadable(garbage, "somebody/sub_x".getBytes(UTF_8)),
                letter(3).unreadable(garbage, null),
                letter(4).unreadable(garbage, new byte[] {-1}));
        assertThat(ids(api.get("/dead_letters"))).containsExactly("0-1");
        var shown = api.get("/dead_letters/0-1");
        assertThat(shown.text("dead_letter.origin.value_base64"))
                .isEqualTo(Base64.getEncoder().encodeToString(garbage));
        assertThat(shown.body()).contains("\"event\":null", "\"code\":null", "\"timestamp\":null");
        assertThat(api.get("/dead_letters/0-3").status()).isEqualTo(404);

        api.create("/dead_letters/0-1/re_drive", "");
        var sent = sent("0-1");
        assertThat(sent.value()).isEqualTo(garbage);
        assertThat(new String(sent.key(), UTF_8)).isEqualTo(key("sub_x"));
    }

    @Test
    void aLetterIsSentAgainUnderItsRightKeyWithTheTimeOfItsFirstIngestion() throws Exception {
        var letter = letter(5).key("wrong key");
        store(letter);
        var answer = api.create("/dead_letters/0-5/re_drive", "");
        assertThat(answer.text("dead_letter.re_driven_at")).startsWith("20");
        var sent = sent("0-5");
        assertThat(sent.value()).isEqualTo(letter.value);
        assertThat(new String(sent.key(), UTF_8)).isEqualTo(key("sub_a"));
        assertThat(sent.headers().toArray()).hasSize(1);
        assertThat(new String(sent.headers().lastHeader(Headers.INGESTED_AT).value(), UTF_8))
                .isEqualTo(Long.toString(INGESTED.plusSeconds(5).toEpochMilli()));
    }

    @Test
    void whatWasSentAgainIsHiddenUnlessAskedForAndCanBeSentOnceMore() throws Exception {
        store(letter(1), letter(2));
        var first = api.create("/dead_letters/0-1/re_drive", "").text("dead_letter.re_driven_as");
        assertThat(ids(api.get("/dead_letters"))).containsExactly("0-2");
        assertThat(api.get("/dead_letters").text("meta.total_count")).isEqualTo("1");
        var all = api.get("/dead_letters?include_re_driven=true");
        assertThat(ids(all)).containsExactly("0-2", "0-1");
        assertThat(all.text("dead_letters.0.re_driven_at")).isEqualTo("null");
        assertThat(all.text("dead_letters.1.re_driven_as")).isEqualTo(first);

        var second = api.create("/dead_letters/0-1/re_drive", "").text("dead_letter.re_driven_as");
        assertThat(second).isNotEqualTo(first);
        assertThat(api.get("/dead_letters/0-1").text("dead_letter.re_driven_as"))
                .isEqualTo(second);
        assertThat(remembered()).containsExactly("0-1 as " + first, "0-1 as " + second);
    }

    @Test
    void whatCountsSinceIsHiddenUnlessAskedForAndNotSentAgainWithOthers() throws Exception {
        store(
                letter(1),
                letter(2),
                letter(3),
                letter(4),
                letter(5).unreadable(new byte[] {0}, key("sub_a").getBytes(UTF_8)));
        // 1 counts by its own record; 2 by another one of its event; 3 did until it was retracted
        count("t1", 1, 2, false);
        count("t2", 9, 2, false);
        count("t3", 3, 2, false);
        count("t3", 3, 3, true);
        assertThat(ids(api.get("/dead_letters"))).containsExactly("0-5", "0-4", "0-3", "0-2");
        assertThat(api.get("/dead_letters").text("meta.total_count")).isEqualTo("4");
        assertThat(api.get("/dead_letters").text("dead_letters.0.enriched")).isEqualTo("false");
        assertThat(ids(api.get("/dead_letters?code=calls"))).containsExactly("0-4", "0-3", "0-2");
        assertThat(ids(api.get("/dead_letters?include_re_driven=true"))).containsExactly("0-5", "0-4", "0-3", "0-2");
        var all = api.get("/dead_letters?include_enriched=true");
        assertThat(ids(all)).containsExactly("0-5", "0-4", "0-3", "0-2", "0-1");
        assertThat(all.text("dead_letters.4.enriched")).isEqualTo("true");
        assertThat(all.text("dead_letters.3.enriched")).isEqualTo("false");
        assertThat(api.get("/dead_letters/0-1").text("dead_letter.enriched")).isEqualTo("true");

        assertThat(api.create("/dead_letters/re_drive?code=calls", "").text("re_drive"))
                .isEqualTo("{re_driven_count=3, remaining_count=0}");
        assertThat(ids(api.get("/dead_letters?include_enriched=true"))).containsExactly("0-5", "0-1");
        // By its id it can be sent all the same: it is a duplicate then.
        api.create("/dead_letters/0-1/re_drive", "");
        assertThat(ids(api.get("/dead_letters?include_enriched=true"))).containsExactly("0-5");
    }

    @Test
    void manyAreSentAgainOldestFirstAtMostAThousandAtATime() throws Exception {
        var letters = IntStream.rangeClosed(1, 1002)
                .mapToObj(i -> letter(i).reason("metric_not_found"))
                .toList();
        store(letters.toArray(Letter[]::new));
        store(
                letter(2000).reason("code_missing"),
                letter(2001).reason("metric_not_found").cut());

        var first = api.create("/dead_letters/re_drive?reason=metric_not_found", "");
        assertThat(first.text("re_drive")).isEqualTo("{re_driven_count=1000, remaining_count=2}");
        assertThat(ids(api.get("/dead_letters"))).containsExactly("0-2001", "0-2000", "0-1002", "0-1001");
        var second = api.create("/dead_letters/re_drive?reason=metric_not_found", "");
        assertThat(second.text("re_drive")).isEqualTo("{re_driven_count=2, remaining_count=0}");
        var third = api.create("/dead_letters/re_drive?reason=metric_not_found", "");
        assertThat(third.text("re_drive")).isEqualTo("{re_driven_count=0, remaining_count=0}");

        // One subscription is one partition: there they lie in the order in which they were sent.
        var places = new ArrayList<Long>();
        for (int id : List.of(1, 2, 50, 51, 1000, 1001, 1002)) {
            var place = api.get("/dead_letters/0-" + id).text("dead_letter.re_driven_as");
            places.add(Long.valueOf(place.substring(place.indexOf('-') + 1)));
        }
        assertThat(places).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void noMoreIsSentAgainAtATimeThanMemoryHolds() throws Exception {
        store(IntStream.rangeClosed(1, 34)
                .mapToObj(i -> letter(i).size(1_000_000))
                .toArray(Letter[]::new));
        assertThat(api.create("/dead_letters/re_drive?code=calls", "").text("re_drive"))
                .isEqualTo("{re_driven_count=33, remaining_count=1}");
        assertThat(ids(api.get("/dead_letters"))).containsExactly("0-34");
    }

    @Test
    void whatCannotBeSentAgainIsRefused() throws Exception {
        store(letter(1).cut(), letter(2).topic("events_enriched_expanded"));
        var cut = api.post("/dead_letters/0-1/re_drive", "");
        assertThat(cut.status()).isEqualTo(422);
        assertThat(cut.text("code")).isEqualTo("validation_errors");
        assertThat(cut.text("error_details")).isEqualTo("{origin_value=[value_is_too_long]}");
        assertThat(api.get("/dead_letters/0-1").text("dead_letter.origin.value_sha256"))
                .isEqualTo("abc");
        assertThat(api.get("/dead_letters/0-2").status()).isEqualTo(404);
        var charger = api.post("/dead_letters/events_enriched_expanded-0-2/re_drive", "");
        assertThat(charger.text("error_details")).isEqualTo("{origin_topic=[value_is_invalid]}");
        assertThat(api.post("/dead_letters/re_drive", "").text("error_details"))
                .isEqualTo("{reason=[value_is_mandatory]}");
    }

    @ParameterizedTest
    @CsvSource({"GET, /dead_letters/0-1", "GET, /dead_letters/no_id", "POST, /dead_letters/0-1/re_drive"})
    void anotherOrganizationsLettersAreNotFound(String method, String path) throws Exception {
        var other = service.withNewOrganization();
        store(letter(1));
        var answer = other.api().send(method, path, method.equals("POST") ? "" : null);
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text("code")).isEqualTo("dead_letter_not_found");
        assertThat(ids(other.api().get("/dead_letters"))).isEmpty();
        assertThat(other.api().create("/dead_letters/re_drive?code=calls", "").text("re_drive.re_driven_count"))
                .isEqualTo("0");
    }

    private static List<String> ids(ApiClient.Answer list) {
        return ((List<?>) list.at("dead_letters"))
                .stream()
                        .map(letter -> String.valueOf(((Map<?, ?>) letter).get("id")))
                        .toList();
    }

    /// What the letter was sent again as.
    private ConsumerRecord<byte[], byte[]> sent(String id) {
        var place =
                api.get("/dead_letters/" + id).text("dead_letter.re_driven_as").split("-");
        var partition = new TopicPartition(Topics.EVENTS_RAW.name(), Integer.parseInt(place[0]));
        Map<String, Object> properties =
                Map.of("bootstrap.servers", stack.environment().get("KAFKA_BOOTSTRAP_SERVERS"));
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, Long.parseLong(place[1]));
            return consumer.poll(Duration.ofSeconds(20)).records(partition).getFirst();
        }
    }

    /// What was sent again, in the order of time, as far as it is known by which key.
    private List<String> remembered() throws SQLException {
        var sql =
                "select dead_letter_id || ' as ' || re_driven_as from re_drives where organization_id = '%s' and notEmpty(api_key_id) order by re_driven_at"
                        .formatted(invoicer.organization());
        var rows = new ArrayList<String>();
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            while (row.next()) rows.add(row.getString(1));
        }
        return rows;
    }

    private String key(String subscription) {
        return invoicer.organization() + "/" + subscription;
    }

    private Letter letter(long offset) {
        return new Letter(offset);
    }

    /// The letter of an event `t<offset>` that lay in partition 0, ingested as many seconds after the first.
    private final class Letter {
        private final long offset;
        private String organization = invoicer.organization().toString();
        private String subscription = "sub_a";
        private String transaction;
        private String code = "calls";
        private String time = "2026-02-28 12:00:00.000001";
        private String reason = "metric_not_found";
        private String topic = Topics.EVENTS_RAW.name();
        private byte[] key;
        private byte[] value;
        private long size;
        private String sha256;

        Letter(long offset) {
            this.offset = offset;
            this.transaction = "t" + offset;
        }

        Letter reason(String reason) {
            this.reason = reason;
            return this;
        }

        Letter code(String code) {
            this.code = code;
            return this;
        }

        Letter subscription(String subscription) {
            this.subscription = subscription;
            return this;
        }

        Letter topic(String topic) {
            this.topic = topic;
            return this;
        }

        Letter key(String key) {
            this.key = key.getBytes(UTF_8);
            return this;
        }

        Letter cut() {
            this.sha256 = "abc";
            return size(2_000_000);
        }

        Letter size(long size) {
            this.size = size;
            return this;
        }

        Letter unreadable(byte[] value, byte[] key) {
            this.organization = "";
            this.subscription = "";
            this.transaction = "";
            this.code = "";
            this.time = null;
            this.value = value;
            this.key = key;
            return this;
        }

        String row() {
            if (value == null) {
                if (key == null) key = (organization + "/" + subscription).getBytes(UTF_8);
                value = events.serialize(
                        "",
                        RawEvent.newBuilder()
                                .setOrganizationId(organization)
                                .setExternalSubscriptionId(subscription)
                                .setTransactionId(transaction)
                                .setCode(code)
                                .setTimestamp(Instant.parse("2026-02-28T12:00:00.000001Z"))
                                .setProperties(Map.of("n", Long.toString(offset)))
                                .build());
            }
            var ingested = INGESTED.plusSeconds(offset).toEpochMilli();
            return "('%s', '%s', '%s', '%s', %s, 'enricher', '%s', 'a sentence', '%s', 0, %d, fromUnixTimestamp64Milli(%d), %s, %s, %d, %s, 0, %d, fromUnixTimestamp64Milli(%d))"
                    .formatted(
                            organization,
                            subscription,
                            transaction,
                            code,
                            text(time),
                            reason,
                            topic,
                            offset,
                            ingested,
                            bytes(key),
                            bytes(value),
                            size == 0 ? value.length : size,
                            text(sha256),
                            offset,
                            ingested + 60_000);
        }

        private static String text(String text) {
            return text == null ? "null" : "'" + text + "'";
        }

        private static String bytes(byte[] bytes) {
            return bytes == null
                    ? "null"
                    : "base64Decode('" + Base64.getEncoder().encodeToString(bytes) + "')";
        }
    }

    /// As the enricher writes of a letter's event.
    private void count(String transaction, long offset, int version, boolean deleted) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    "insert into events_enriched_intake (organization_id, external_subscription_id, transaction_id, timestamp,"
                            + " raw_partition, raw_offset, enrichment_version, is_deleted) values ('%s', 'sub_a', '%s',"
                                    .formatted(invoicer.organization(), transaction)
                            + " '2026-02-28 12:00:00.000001', 0, %d, %d, %b)".formatted(offset, version, deleted));
        }
    }

    private void store(Letter... letters) throws SQLException {
        var rows = new ArrayList<String>();
        for (var letter : letters) rows.add(letter.row());
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            for (int from = 0; from < rows.size(); from += 200) {
                statement.execute("insert into events_dead_letter values "
                        + String.join(", ", rows.subList(from, Math.min(from + 200, rows.size()))));
            }
        }
    }
}
