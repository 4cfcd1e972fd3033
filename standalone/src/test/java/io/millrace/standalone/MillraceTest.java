package io.millrace.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.standalone.demo.Demo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The whole of Millrace in one process, as its users meet it: one billed month, then questions about it.
class MillraceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int EVENTS = 6_000;
    private static Millrace millrace;
    private static String printed;
    private static boolean exact;
    private static JsonNode result;

    @BeforeAll
    static void billAMonth() throws Exception {
        var environment = Map.of("MILLRACE_PORT", "0", "MILLRACE_ENRICHER_PARKED_UP_TO", "15s");
        millrace = Millrace.start(environment, step -> {});
        var out = new ByteArrayOutputStream();
        exact = Demo.ofVendor(millrace, EVENTS, true, new PrintStream(out, true, UTF_8));
        printed = out.toString(UTF_8);
        result = JSON.readTree(printed.lines().toList().getLast());
    }

    @AfterAll
    static void stop() {
        if (millrace != null) millrace.close();
    }

    @Test
    void everyFeeIsExactAndEveryEventAccountedFor() {
        assertThat(exact).as(printed).isTrue();
        assertThat(result.path("exact").booleanValue()).isTrue();
        long accounted =
                number("events_enriched") + number("duplicates_dropped") + number("dead_letters") + number("parked");
        assertThat(accounted).isEqualTo(number("events_sent")).isEqualTo(EVENTS);
        assertThat(number("duplicates_dropped"))
                .isEqualTo(number("duplicates_sent"))
                .isPositive();
        assertThat(number("dead_letters")).isPositive();
        long invoiced = StreamSupport.stream(result.path("invoices").spliterator(), false)
                .mapToLong(invoice -> invoice.path("total_amount_cents").longValue())
                .sum();
        assertThat(invoiced).isEqualTo(number("reference_total_amount_cents")).isPositive();
        assertThat(millrace.accounting().addsUp()).isTrue();
    }

    @Test
    void thePublicClientFetchesAnInvoice() throws Exception {
        var id =
                get("/api/v1/invoices").path("invoices").path(0).path("lago_id").asText();
        var fetched = JSON.readTree(PublicClient.run(millrace, "fetch_invoice.mjs", id));
        var invoice = fetched.path("invoice");
        assertThat(invoice.path("lago_id").asText()).isEqualTo(id);
        assertThat(fetched.path("listed").toString()).contains(id);
        assertThat(fetched.path("total_count"))
                .isEqualTo(get("/api/v1/invoices").at("/meta/total_count"));
        assertThat(invoice.path("status").asText()).isEqualTo("finalized");
        assertThat(invoice.path("fees")).isNotEmpty();
        long fees = StreamSupport.stream(invoice.path("fees").spliterator(), false)
                .mapToLong(fee -> fee.path("amount_cents").longValue())
                .sum();
        assertThat(invoice.path("total_amount_cents").longValue()).isEqualTo(fees);
    }

    @Test
    void thePublicClientFetchesUsageAsItWasBilled() throws Exception {
        var listed = get("/api/v1/invoices").path("invoices").path(0);
        var invoice = get("/api/v1/invoices/" + listed.path("lago_id").asText()).path("invoice");
        var subscription = invoice.at("/subscriptions/0/external_id").asText();
        var customer = invoice.at("/customer/external_id").asText();
        long charged = StreamSupport.stream(invoice.path("fees").spliterator(), false)
                .filter(fee -> fee.path("external_subscription_id").asText().equals(subscription))
                .filter(fee -> fee.at("/item/type").asText().equals("charge"))
                .mapToLong(fee -> fee.path("amount_cents").longValue())
                .sum();

        var past = JSON.readTree(PublicClient.run(millrace, "fetch_usage.mjs", customer, subscription))
                .path("past");
        assertThat(past.at("/meta/total_count").intValue()).isPositive();
        var period = StreamSupport.stream(past.path("usage_periods").spliterator(), false)
                .filter(each -> each.path("lago_invoice_id").equals(invoice.path("lago_id")))
                .findFirst()
                .orElseThrow();
        assertThat(period.path("amount_cents").longValue()).isEqualTo(charged).isPositive();
        assertThat(period.path("charges_usage")).isNotEmpty();
    }

    @Test
    void usageThatIsHeldIsSeenAsSoonAsItIsSent() throws Exception {
        create("/billable_metrics", """
                {"billable_metric": {"name": "Storage", "code": "storage", "aggregation_type": "weighted_sum_agg",
                 "field_name": "gb", "recurring": true, "weighted_interval": "seconds"}}""");
        create("/billable_metrics", """
                {"billable_metric": {"name": "Seats", "code": "seats", "aggregation_type": "unique_count_agg",
                 "field_name": "seat", "recurring": true}}""");
        create("/plans", """
                {"plan": {"name": "Held", "code": "held", "interval": "monthly", "amount_cents": 0,
                 "amount_currency": "EUR", "pay_in_advance": false, "charges": [
                   {"billable_metric_id": "%s", "charge_model": "standard", "properties": {"amount": "3"}},
                   {"billable_metric_id": "%s", "charge_model": "standard", "prorated": true, "properties": {"amount": "30"}}]}}""".formatted(metric("storage"), metric("seats")));
        create("/customers", "{\"customer\": {\"external_id\": \"held\"}}");
        create("/subscriptions", """
                {"subscription": {"external_customer_id": "held", "external_id": "held", "plan_code": "held",
                 "billing_time": "anniversary", "subscription_at": "%s"}}""".formatted(Instant.now().minusSeconds(3600)));
        create("/events", """
                {"event": {"transaction_id": "held_1", "external_subscription_id": "held", "code": "storage",
                 "properties": {"gb": "10.5"}}}""");
        create("/events", """
                {"event": {"transaction_id": "held_2", "external_subscription_id": "held", "code": "seats",
                 "properties": {"seat": "ann"}}}""");
        await(() -> stored("events_enriched_expanded", "held_1") + stored("events_enriched_expanded", "held_2") == 2);

        var usage = JSON.readTree(PublicClient.run(millrace, "fetch_usage.mjs", "held", "held"));
        assertThat(usage.at("/past/usage_periods")).isEmpty();
        var storage = usage.at("/current/charges_usage/0");
        assertThat(storage.at("/billable_metric/aggregation_type").asText()).isEqualTo("weighted_sum_agg");
        assertThat(storage.path("total_aggregated_units").asText()).isEqualTo("10.5");
        assertThat(storage.path("events_count").intValue()).isEqualTo(1);
        // From now until the period ends, which began with this day: all but a part of a day.
        assertThat(new BigDecimal(storage.path("units").asText()))
                .isBetween(new BigDecimal("10.1"), new BigDecimal("10.5"));
        assertThat(usage.at("/current/charges_usage/1/events_count").intValue()).isEqualTo(1);
        assertThat(usage.at("/current/amount_cents").longValue()).isBetween(3_030L + 2_890, 3_150L + 3_000);
    }

    private static String metric(String code) throws Exception {
        return get("/api/v1/billable_metrics/" + code)
                .at("/billable_metric/lago_id")
                .asText();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /api/v1/no_such_thing, 404",
        "GET,    /api/v1/invoices/no_such_invoice, 404",
        "DELETE, /api/v1/events, 405",
        "GET,    /api/v1/events, 200",
        "GET,    /api/v1/events/no_such_event, 404",
        "GET,    /health, 200",
        "GET,    /prometheus, 200",
    })
    void ingestionAndControlPlaneShareOneServer(String method, String path, int status) throws Exception {
        var response = send(method, path, "Bearer " + millrace.apiKey());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        if (status >= 400)
            assertThat(JSON.readTree(response.body()).path("status").intValue()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({"GET, /api/v1/invoices", "GET, /api/v1/events", "POST, /api/v1/events", "POST, /api/v1/events/batch"})
    void nobodyGetsInWithoutAKey(String method, String path) throws Exception {
        assertThat(send(method, path, "Bearer wrong").statusCode()).isEqualTo(401);
    }

    @Test
    void anEventThatCameBeforeItsSubscriptionIsSentAgainAndBilledOnce() throws Exception {
        create("/billable_metrics", """
                {"billable_metric": {"name": "Calls", "code": "early_calls", "aggregation_type": "count_agg"}}""");
        var metric = get("/api/v1/billable_metrics/early_calls")
                .at("/billable_metric/lago_id")
                .asText();
        create("/plans", """
                {"plan": {"name": "Early", "code": "early", "interval": "monthly", "amount_cents": 0,
                 "amount_currency": "EUR", "pay_in_advance": false, "charges": [{"billable_metric_id": "%s",
                 "charge_model": "standard", "properties": {"amount": "1"}}]}}""".formatted(metric));
        create("/customers", "{\"customer\": {\"external_id\": \"early\"}}");
        sendEarlyEvent("early_1");
        await(() -> letters("--subscription", "early").size() == 1);
        var letter = letters("--subscription", "early").getFirst();
        assertThat(letter.path("reason").asText()).isEqualTo("subscription_not_found");
        var id = letter.path("id").asText();
        assertThat(deadLetters("list", "--subscription", "early"))
                .contains("id ", "message", id, "early_1", "early_calls", "1 of 1");
        assertThat(deadLetters("show", id))
                .contains("origin.event.code", "early_calls", "�[2J")
                .doesNotContain("\u001b", "\u009b");

        create("/subscriptions", """
                {"subscription": {"external_customer_id": "early", "external_id": "early", "plan_code": "early",
                 "billing_time": "anniversary", "subscription_at": "%s"}}""".formatted(Instant.now().minusSeconds(3600)));
        // Once a new event is billable, the subscription is known to the streams.
        sendEarlyEvent("early_2");
        await(() -> stored("events_enriched", "early_2") == 1);
        assertThat(deadLetters("re-drive", id)).contains(id);
        await(() -> stored("events_enriched", "early_1") == 1);
        assertThat(letters("--subscription", "early")).isEmpty();
        assertThat(letters("--subscription", "early", "--all")
                        .getFirst()
                        .path("re_driven_at")
                        .isNull())
                .isFalse();

        long duplicates = millrace.accounting().total().duplicates();
        deadLetters("re-drive", id, "--json");
        await(() -> millrace.accounting().total().duplicates() == duplicates + 1);
        await(() -> stored("events_raw", "early_1") == 3);
        assertThat(stored("events_enriched", "early_1")).isEqualTo(1);
        assertThat(stored("events_enriched_expanded", "early_1")).isEqualTo(1);

        // Its dead letter is enriched where it lies, or as what it was sent again as: whichever is first.
        var trace = get("/api/v1/events/early_1/trace").path("trace");
        assertThat(trace.path("outcome").asText()).isEqualTo("enriched");
        var counted = StreamSupport.stream(trace.path("records").spliterator(), false)
                .filter(record -> record.path("outcome").asText().equals("enriched"))
                .toList();
        assertThat(counted).hasSize(1);
        assertThat(counted.getFirst().at("/enrichment/charges/0/state").asText())
                .isEqualTo("pending");
        assertThat(trace.at("/records/0/dead_letter/id").asText()).isEqualTo(id);
        assertThat(trace.at("/records/0/dead_letter/re_driven_as")).isEqualTo(trace.at("/records/2/id"));
        assertThat(trace.at("/records/2/outcome").asText()).isEqualTo("duplicate");
        assertThat(trace.at("/records/2/duplicate_of"))
                .isEqualTo(counted.getFirst().path("id"));
    }

    /// It is due long before its dead letters are enriched.
    @Test
    void aSubscriptionThatIsAgreedAfterItsUsageWasRefusedAndEndsAtOnceIsBilledInFull() throws Exception {
        create("/billable_metrics", """
                {"billable_metric": {"name": "Calls", "code": "agreed_late", "aggregation_type": "count_agg"}}""");
        create("/plans", """
                {"plan": {"name": "Agreed late", "code": "agreed_late", "interval": "monthly", "amount_cents": 0,
                 "amount_currency": "EUR", "pay_in_advance": false, "charges": [{"billable_metric_id": "%s",
                 "charge_model": "standard", "properties": {"amount": "1.07"}}]}}""".formatted(metric("agreed_late")));
        create("/customers", "{\"customer\": {\"external_id\": \"agreed_late\"}}");
        var started = Instant.now().minusSeconds(3600);
        for (int i = 0; i < 12; i++) {
            create("/events", """
                    {"event": {"transaction_id": "agreed_late_%d", "external_subscription_id": "agreed_late",
                     "code": "agreed_late", "timestamp": %d}}""".formatted(i, started.getEpochSecond() + 60 + i));
        }
        await(() -> letters("--subscription", "agreed_late").size() == 12);

        create("/subscriptions", """
                {"subscription": {"external_customer_id": "agreed_late", "external_id": "agreed_late",
                 "plan_code": "agreed_late", "billing_time": "anniversary", "subscription_at": "%s"}}""".formatted(started));
        var ended = send("DELETE", "/api/v1/subscriptions/agreed_late", "Bearer " + millrace.apiKey());
        assertThat(ended.statusCode()).as(ended.body()).isEqualTo(200);
        await(() -> invoicesOf("agreed_late").size() == 1);
        assertThat(invoicesOf("agreed_late").path(0).path("total_amount_cents").longValue())
                .isEqualTo(12 * 107);
    }

    private static JsonNode invoicesOf(String customer) throws Exception {
        return get("/api/v1/invoices?external_customer_id=" + customer).path("invoices");
    }

    @Test
    void anEventLeadsToItsFeeAndItsInvoice() throws Exception {
        // The demo's month is March; some of its events are of April, which is not billed.
        var listed = get("/api/v1/events?per_page=10&timestamp_to=2026-03-31T00:00:00Z");
        var states = new TreeSet<String>();
        for (var event : listed.path("events")) {
            var trace =
                    get("/api/v1/events/" + event.path("transaction_id").asText() + "/trace?external_subscription_id="
                            + event.path("external_subscription_id").asText());
            for (var record : trace.path("trace").path("records")) {
                for (var charge : record.path("enrichment").path("charges")) {
                    states.add(charge.path("state").asText());
                    if (!charge.path("state").asText().equals("billed")) continue;
                    var fee = get("/api/v1/fees/" + charge.at("/fee/lago_id").asText())
                            .path("fee");
                    assertThat(fee.path("lago_charge_id")).isEqualTo(charge.path("lago_charge_id"));
                    assertThat(fee.path("amount_cents")).isEqualTo(charge.at("/fee/amount_cents"));
                    assertThat(fee.path("lago_invoice_id")).isEqualTo(charge.at("/invoice/lago_id"));
                    assertThat(fee.path("external_subscription_id")).isEqualTo(event.path("external_subscription_id"));
                    assertThat(fee.path("from_date").asText())
                            .isLessThanOrEqualTo(event.path("timestamp").asText());
                }
            }
        }
        assertThat(states).contains("billed").doesNotContain("late", "refused");
    }

    @Test
    void whatFailsAgainIsANewDeadLetter() throws Exception {
        var before = letters("--reason", "unreadable_record");
        assertThat(before).isNotEmpty();
        assertThat(deadLetters("re-drive", "--reason", "unreadable_record")).startsWith(before.size() + " sent again");
        var sent = letters("--reason", "unreadable_record", "--all").stream()
                .filter(letter -> before.stream().anyMatch(one -> one.path("id").equals(letter.path("id"))))
                .map(letter -> letter.path("re_driven_as").asText())
                .toList();
        await(() -> letters("--reason", "unreadable_record").size() == before.size());
        assertThat(letters("--reason", "unreadable_record"))
                .extracting(letter -> letter.path("id").asText())
                .containsExactlyInAnyOrderElementsOf(sent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"topics events_raw events_enriched events_enriched_expanded", "raw"})
    void tablesThatAreLostAreMadeAnewWhileEventsCome(String from) throws Exception {
        var before = marchInForce();
        execute("TRUNCATE TABLE events_enriched_expanded");
        execute("ALTER TABLE events_enriched DELETE WHERE row_version % 2 = 0 SETTINGS mutations_sync = 2");
        assertThat(marchInForce()).isNotEqualTo(before);
        var printed = new ByteArrayOutputStream();
        var command = new RebuildCommand(millrace.environment(), new PrintStream(printed, true, UTF_8));
        var rebuild = CompletableFuture.runAsync(() -> {
            try {
                command.run(List.of(("--from " + from).split(" ")));
            } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        int sent = 0;
        while (!rebuild.isDone() || sent == 0) sendEvent("rebuilt", from.substring(0, 3) + "_" + sent++);
        rebuild.join();
        assertThat(marchInForce()).as(printed.toString(UTF_8)).isEqualTo(before);
        for (int i = 0; i < sent; i++) {
            var transaction = from.substring(0, 3) + "_" + i;
            await(() -> stored("events_raw", transaction) == 1);
        }
        assertThat(printed.toString(UTF_8)).contains("events_enriched_expanded is in place", "done:");
    }

    @Test
    void configurationThatIsPublishedAgainChangesNothing() throws Exception {
        var before = marchInForce();
        long again = JSON.readTree(send("POST", "/api/v1/configuration/republish", "Bearer " + millrace.apiKey())
                        .body())
                .at("/configuration/republished_count")
                .longValue();
        assertThat(again).isPositive();
        await(() -> get("/api/v1/configuration")
                        .at("/configuration/unpublished_count")
                        .longValue()
                == 0);
        // Subscriptions of every partition come behind it: once their events are enriched, it has been heard.
        create("/billable_metrics", """
                {"billable_metric": {"name": "Calls", "code": "again_calls", "aggregation_type": "count_agg"}}""");
        create("/plans", """
                {"plan": {"name": "Again", "code": "again", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}}""");
        for (int i = 0; i < 16; i++) {
            create("/subscriptions", """
                    {"subscription": {"external_customer_id": "again", "external_id": "again_%d", "plan_code": "again"}}""".formatted(i));
            create("/events", """
                    {"event": {"transaction_id": "again_%d", "external_subscription_id": "again_%d", "code": "again_calls"}}""".formatted(i, i));
        }
        for (int i = 0; i < 16; i++) {
            var transaction = "again_" + i;
            await(() -> stored("events_enriched", transaction) == 1);
        }
        assertThat(marchInForce())
                .as("no event of the month was enriched again")
                .isEqualTo(before);
    }

    /// An upper bound: it ends when an event that waits for the subscription has been released and committed, too.
    @Test
    @Tag("soak")
    void whatIsAgreedReachesTheEnrichersTableWithinHalfASecond() throws Exception {
        create("/billable_metrics", """
                {"billable_metric": {"name": "Calls", "code": "early_calls", "aggregation_type": "count_agg"}}""");
        create("/plans", """
                {"plan": {"name": "Soon", "code": "soon", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}}""");
        var properties = Map.<String, Object>of(
                "bootstrap.servers",
                millrace.environment().get("KAFKA_BOOTSTRAP_SERVERS"),
                "isolation.level",
                "read_committed");
        var delays = new ArrayList<Duration>();
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = consumer.partitionsFor("events_enriched").stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            for (var partition : partitions) consumer.position(partition);
            for (int i = 0; i < 200; i++) {
                var name = "soon_" + i;
                long parked = millrace.accounting().total().parked();
                sendEvent(name, name);
                await(() -> millrace.accounting().total().parked() > parked);
                create("/subscriptions", """
                        {"subscription": {"external_customer_id": "soon", "external_id": "%s", "plan_code": "soon",
                         "billing_time": "anniversary", "subscription_at": "%s"}}""".formatted(name, Instant.now().minusSeconds(3600)));
                var committed = Instant.now();
                boolean isEnriched = false;
                while (!isEnriched) {
                    for (var record : consumer.poll(Duration.ofSeconds(5))) {
                        isEnriched |= new String(record.key(), UTF_8).endsWith("/" + name);
                    }
                    assertThat(committed).isAfter(Instant.now().minusSeconds(30));
                }
                delays.add(Duration.between(committed, Instant.now()));
            }
        }
        Collections.sort(delays);
        System.out.printf("commit to enriched: median %s, p99 %s%n", delays.get(100), delays.get(198));
        assertThat(delays.get(198)).as("p99, median is %s", delays.get(100)).isLessThan(Duration.ofMillis(500));
    }

    /// What is billed and what was taken, of the demo's month.
    private static String marchInForce() throws SQLException {
        var totals = new StringBuilder();
        for (var each : List.of(
                "count() FROM events_raw FINAL",
                "concat(toString(count()), ' ', toString(sum(enrichment_version))) FROM events_enriched FINAL",
                "concat(toString(count()), ' ', toString(sum(toDecimal256(decimal_value, 18)))) FROM events_enriched_expanded FINAL")) {
            try (var connection =
                            DriverManager.getConnection(millrace.environment().get("CLICKHOUSE_URL"));
                    var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT " + each + " WHERE timestamp < '2026-04-01'"
                            + " SETTINGS do_not_merge_across_partitions_select_final = 1")) {
                row.next();
                totals.append(row.getString(1)).append('\n');
            }
        }
        return totals.toString();
    }

    private static void execute(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(millrace.environment().get("CLICKHOUSE_URL"));
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--from raw events_raw",
                "--from",
                "events_raw",
                "--from topics no_such_table",
                "--abandon events_raw"
            })
    void aRebuildThatMakesNoSenseIsRefused(String words) {
        var command = new RebuildCommand(millrace.environment(), System.out);
        assertThatThrownBy(() -> command.run(words.isEmpty() ? List.of() : List.of(words.split(" "))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rebuild");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "burn",
                "show",
                "list 1-2",
                "re-drive",
                "re-drive 1-2 --code c",
                "list --reason",
                "show 1-2 --all"
            })
    void aCommandThatMakesNoSenseIsRefused(String words) {
        assertThatThrownBy(() -> deadLetters(words.isEmpty() ? new String[0] : words.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(words.endsWith("--reason") ? "--reason" : "dead-letters");
    }

    @Test
    void aKeyWorksEverywhereUntilItIsRevokedAndNowhereAfterwards() throws Exception {
        var made = new Api(millrace.url(), millrace.apiKey())
                .post("/api_keys", JSON.readTree("{\"api_key\": {\"name\": \"for a while\"}}"))
                .path("api_key");
        var key = "Bearer " + made.path("value").asText();
        assertThat(send("GET", "/api/v1/plans", key).statusCode()).isEqualTo(200);
        // Whoever is let in hears that the body holds no event.
        await(() -> send("POST", "/api/v1/events", key).statusCode() == 400);

        var path = "/api/v1/api_keys/" + made.path("lago_id").asText();
        assertThat(send("DELETE", path, "Bearer " + millrace.apiKey()).statusCode())
                .isEqualTo(200);
        var revoked = Instant.now();
        assertThat(send("GET", "/api/v1/plans", key).statusCode()).isEqualTo(401);
        await(() -> send("POST", "/api/v1/events", key).statusCode() == 401);
        assertThat(Instant.now()).isBefore(revoked.plusSeconds(10));
    }

    @Test
    void aCommandFailsWhereTheServerRefuses() {
        assertThatThrownBy(() -> deadLetters("show", "0-999999"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("dead_letter_not_found");
    }

    /// What `./millrace dead-letters` prints.
    private static String deadLetters(String... words) throws IOException, InterruptedException {
        var out = new ByteArrayOutputStream();
        var environment = Map.of("MILLRACE_URL", millrace.url().toString(), "MILLRACE_API_KEY", millrace.apiKey());
        DeadLettersCommand.run(List.of(words), environment, new PrintStream(out, true, UTF_8));
        return out.toString(UTF_8);
    }

    private static List<JsonNode> letters(String... filters) throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("list", "--json"));
        words.addAll(List.of(filters));
        var letters = new ArrayList<JsonNode>();
        JSON.readTree(deadLetters(words.toArray(String[]::new)))
                .path("dead_letters")
                .forEach(letters::add);
        return letters;
    }

    private static void sendEarlyEvent(String transaction) throws Exception {
        sendEvent("early", transaction);
    }

    private static void sendEvent(String subscription, String transaction) throws Exception {
        create("/events", """
                {"event": {"transaction_id": "%s", "external_subscription_id": "%s", "code": "early_calls",
                 "properties": {"\\u001b[2J": "\\u009b2J"}}}""".formatted(transaction, subscription));
    }

    private static void create(String path, String body) throws IOException, InterruptedException {
        new Api(millrace.url(), millrace.apiKey()).post(path, JSON.readTree(body));
    }

    private static long stored(String table, String transaction) throws SQLException {
        var sql = "SELECT count() FROM " + table + " FINAL WHERE transaction_id = ?";
        try (var connection = DriverManager.getConnection(millrace.environment().get("CLICKHOUSE_URL"));
                var query = connection.prepareStatement(sql)) {
            query.setString(1, transaction);
            try (var row = query.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static void await(Callable<Boolean> isTrue) throws Exception {
        var deadline = Instant.now().plusSeconds(120);
        while (!isTrue.call()) {
            assertThat(Instant.now()).isBefore(deadline);
            Thread.sleep(100);
        }
    }

    private static long number(String field) {
        return result.path(field).longValue();
    }

    private static JsonNode get(String path) throws Exception {
        return JSON.readTree(send("GET", path, "Bearer " + millrace.apiKey()).body());
    }

    private static HttpResponse<String> send(String method, String path, String authorization) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(millrace.url() + path))
                .header("Authorization", authorization)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(method.equals("POST") ? "{}" : ""))
                .build();
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }
}
