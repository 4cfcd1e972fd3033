package io.millrace.invoicer.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.ApiClient;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.topic.Keys;
import java.net.URLEncoder;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The API over rows that stand in ClickHouse as the streams' do; the pipeline itself is not here.
@ExtendWith(MillraceStack.class)
class EventTest {
    private static final String NOON = "2026-03-15 12:00:00";

    private static RunningInvoicer service;

    private final UUID charge = UUID.randomUUID();
    private final UUID plan = UUID.randomUUID();
    private RunningInvoicer invoicer;
    private ApiClient api;
    private String clock;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        service = RunningInvoicer.start(stack, Map.of("MILLRACE_BILLING_INTERVAL_MS", "100"));
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
                                                                                           | [t4, t3, t2, t1]
        external_subscription_id=sub_a                                                     | [t4, t2, t1]
        code=bytes                                                                         | [t3, t2]
        code=bytes&external_subscription_id=sub_a                                          | [t2]
        timestamp_from=2026-03-15T12:00:01Z                                                | [t4, t3]
        timestamp_from=2026-03-15T12:00:01.000001Z                                         | [t4]
        timestamp_to=2026-03-15T12:00:00Z                                                  | [t1]
        timestamp_from=2026-03-15T12:00:00.5Z&timestamp_to=2026-03-15T14:00:01%2B02:00     | [t3, t2]
        code=nothing_like_it                                                               | []
        code=                                                                              | [t4, t3, t2, t1]
        """)
    void eventsAreListedNewestFirstByWhatIsAskedFor(String query, String transactions) throws Exception {
        raw("t1", "sub_a", "calls", NOON, 1);
        raw("t2", "sub_a", "bytes", "2026-03-15 12:00:00.5", 2);
        raw("t3", "sub_b", "bytes", "2026-03-15 12:00:01", 3);
        raw("t4", "sub_a", "calls", "2026-03-16 00:00:00", 4);
        var answer = api.get("/events?" + (query == null ? "" : query));
        assertThat(transactions(answer)).hasToString(transactions);
        assertThat(answer.text("meta.total_count"))
                .isEqualTo(Integer.toString(transactions(answer).size()));
    }

    @Test
    void listsComeInPages() throws Exception {
        for (int i = 1; i <= 3; i++) raw("t" + i, "sub_a", "calls", "2026-03-15 12:00:0" + i, i);
        var second = api.get("/events?per_page=2&page=2");
        assertThat(transactions(second)).containsExactly("t1");
        assertThat(second.text("meta"))
                .isEqualTo("{current_page=2, next_page=null, prev_page=1, total_pages=2, total_count=3}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"timestamp_from=yesterday", "timestamp_to=2026-13-01", "timestamp_from_started_at=true"})
    void aFilterThatMakesNoSenseIsRefused(String query) {
        var answer = api.get("/events?" + query);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.text("code")).isEqualTo("validation_errors");
    }

    @Test
    void anEventIsShownWithItsSubscription() throws Exception {
        var subscription = subscribe();
        raw("t1", "sub_a", "calls", "2026-03-15 12:00:00.000001", 1);
        assertThat(api.get("/events/t1").body()).contains("\"lago_subscription_id\":null", "\"lago_customer_id\":null");
        enriched("t1", "2026-03-15 12:00:00.000001", 1, subscription, 1, false);
        var event = api.get("/events/t1");
        assertThat(event.text("event"))
                .isEqualTo(
                        "{lago_id=%s, transaction_id=t1, lago_customer_id=%s, code=calls, timestamp=2026-03-15T12:00:00.000001Z, precise_total_amount_cents=1.5, properties={n=1}, lago_subscription_id=%s, external_subscription_id=sub_a, created_at=2026-03-20T00:00:01Z}"
                                .formatted(
                                        UUID.nameUUIDFromBytes((invoicer.organization() + "/sub_a/t1").getBytes(UTF_8)),
                                        api.get("/customers/acme").text("customer.lago_id"),
                                        subscription));
        assertThat(api.get("/events").text("events.0")).isEqualTo(event.text("event"));
        assertThat(transactions(api.get("/events?external_subscription_id=sub_a&timestamp_from_started_at=true")))
                .containsExactly("t1");
        raw("t0", "sub_a", "calls", "2026-02-15 12:00:00", 2);
        assertThat(transactions(api.get("/events?external_subscription_id=sub_a&timestamp_from_started_at=true")))
                .containsExactly("t1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "a b", "ü%2F?", "it's", "batch"})
    void anEventIsFoundWhateverItsIdIs(String id) throws Exception {
        raw(id, "sub_a", "calls", NOON, 1);
        var path = "/events/" + URLEncoder.encode(id, UTF_8).replace("+", "%20");
        assertThat(api.get(path).text("event.transaction_id")).isEqualTo(id);
        assertThat(api.get(path + "/trace").text("trace.transaction_id")).isEqualTo(id);
    }

    @Test
    void anIdThatSeveralSubscriptionsUseIsOneEventOfEach() throws Exception {
        raw("t1", "sub_b", "bytes", NOON, 1);
        raw("t1", "sub_a", "calls", NOON, 2);
        assertThat(api.get("/events/t1").text("event.external_subscription_id")).isEqualTo("sub_b");
        assertThat(api.get("/events/t1?external_subscription_id=sub_a").text("event.code"))
                .isEqualTo("calls");
        var trace = api.get("/events/t1/trace");
        assertThat(trace.text("trace.external_subscription_id")).isEqualTo("sub_b");
        assertThat(trace.text("trace.other_external_subscription_ids")).isEqualTo("[sub_a]");
        assertThat(outcomes(api.get("/events/t1/trace?external_subscription_id=sub_a")))
                .containsExactly(place("sub_a", 2) + " parked");
        assertThat(api.get("/events/t1?external_subscription_id=sub_c").status())
                .isEqualTo(404);
    }

    @Test
    void aTraceGoesFromARecordToItsCharges() throws Exception {
        var subscription = subscribe();
        raw("t1", "sub_a", "calls", NOON, 1);
        raw("t1", "sub_a", "calls", "2026-03-15 13:00:00", 2);
        enriched("t1", NOON, 1, subscription, 2, false);
        expanded("t1", subscription, false);
        var trace = api.get("/events/t1/trace");
        assertThat(trace.text("trace.outcome")).isEqualTo("enriched");
        assertThat(outcomes(trace)).containsExactly(place("sub_a", 1) + " enriched", place("sub_a", 2) + " duplicate");
        assertThat(trace.text("trace.records.1.duplicate_of")).isEqualTo(place("sub_a", 1));
        assertThat(trace.text("trace.records.0.taken_at")).isEqualTo("2026-03-20T00:00:01.123Z");
        assertThat(trace.text("trace.records.0.enrichment.version")).isEqualTo("2");
        assertThat(trace.text("trace.records.0.enrichment.lago_subscription_id"))
                .isEqualTo(subscription.toString());
        assertThat(trace.text("trace.records.0.enrichment.charges.0"))
                .isEqualTo(
                        "{lago_charge_id=%s, lago_charge_filter_id=null, grouped_by={region=eu}, plan_revision=3, pay_in_advance=false, counted=true, state=pending, fee_in_advance=null, fee=null, invoice=null}"
                                .formatted(charge));
        assertThat(trace.text("trace.records.1.enrichment")).isEqualTo("null");
    }

    @Test
    void anEventOfAPeriodThatWasBilledWithoutItIsLate() throws Exception {
        var subscription = subscribe();
        api.create("/test_clocks/" + clock + "/advance", "{\"test_clock\": {\"now\": \"2026-04-01\"}}");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> api.get("/invoices").text("meta.total_count").equals("1"));
        raw("t1", "sub_a", "calls", NOON, 1);
        enriched("t1", NOON, 1, subscription, 1, false);
        expanded("t1", subscription, false);
        var charge = "trace.records.0.enrichment.charges.0";
        var trace = api.get("/events/t1/trace");
        assertThat(trace.text(charge + ".state")).isEqualTo("late");
        assertThat(trace.text(charge + ".invoice.number"))
                .isEqualTo(api.get("/invoices").text("invoices.0.number"));
        assertThat(trace.text(charge + ".fee")).isEqualTo("null");
    }

    @Test
    void aChargePaidInAdvanceShowsTheFeeOfTheEvent() throws Exception {
        var subscription = subscribe();
        raw("t1", "sub_a", "calls", NOON, 1);
        enriched("t1", NOON, 1, subscription, 1, false);
        expanded("t1", subscription, true);
        var charge = "trace.records.0.enrichment.charges.0";
        assertThat(api.get("/events/t1/trace").text(charge + ".state")).isEqualTo("pending");
        chargedInAdvance("t1", subscription);
        var charged = api.get("/events/t1/trace");
        assertThat(charged.text(charge + ".state")).isEqualTo("charged");
        assertThat(charged.text(charge + ".fee_in_advance"))
                .isEqualTo(
                        "{amount_cents=2, amount_currency=EUR, precise_amount_cents=1.5, units=1.0, from_date=2026-03-01T00:00:00Z, to_date=2026-03-31T23:59:59Z, total_units=7.0, total_amount_cents=11}");

        // The event is taken out of the charge; what was charged stays.
        execute(
                "insert into events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp, charge_id, enrichment_version, is_deleted)"
                        + " values ('%s', 'sub_a', 't1', '%s', '%s', 9, 1)"
                                .formatted(invoicer.organization(), NOON, this.charge));
        var moved = api.get("/events/t1/trace");
        assertThat(moved.text(charge + ".counted")).isEqualTo("false");
        assertThat(moved.text(charge + ".state")).isEqualTo("charged");
    }

    @Test
    void whatTheChargerRefusedIsShownWithItsReason() throws Exception {
        var subscription = subscribe();
        raw("t1", "sub_a", "calls", NOON, 1);
        enriched("t1", NOON, 1, subscription, 1, false);
        expanded("t1", subscription, true);
        letter("t1", "charger", "not_payable_in_advance", "events_enriched_expanded", 1);
        var trace = api.get("/events/t1/trace");
        assertThat(trace.text("trace.records.0.enrichment.charges.0.state")).isEqualTo("refused");
        assertThat(trace.text("trace.refused_by_charger.0.reason")).isEqualTo("not_payable_in_advance");
        assertThat(trace.text("trace.outcome")).isEqualTo("enriched");
    }

    @Test
    void aDeadLetterIsShownWithItsReasonAndWhetherItWasSentAgain() throws Exception {
        raw("t1", "sub_a", "calls", NOON, 1);
        letter("t1", "enricher", "metric_not_found", "events_raw", 1);
        var trace = api.get("/events/t1/trace");
        assertThat(outcomes(trace)).containsExactly(place("sub_a", 1) + " dead_lettered");
        assertThat(trace.text("trace.records.0.dead_letter.reason")).isEqualTo("metric_not_found");
        assertThat(trace.text("trace.records.0.dead_letter.message")).isEqualTo("a sentence");
        assertThat(trace.text("trace.records.0.dead_letter.re_driven_at")).isEqualTo("null");

        execute(
                "insert into re_drives (organization_id, api_key_id, dead_letter_id, re_driven_as) values ('%s', '%s', '%s', '%s')"
                        .formatted(invoicer.organization(), UUID.randomUUID(), place("sub_a", 1), place("sub_a", 500)));
        raw("t1", "sub_a", "calls", NOON, 500);
        var again = api.get("/events/t1/trace");
        assertThat(again.text("trace.outcome")).isEqualTo("parked");
        assertThat(outcomes(again))
                .containsExactly(place("sub_a", 1) + " dead_lettered", place("sub_a", 500) + " parked");
        assertThat(again.text("trace.records.0.dead_letter.re_driven_as")).isEqualTo(place("sub_a", 500));
    }

    @Test
    void aRetractedEventIsShownWithTheReason() throws Exception {
        var subscription = subscribe();
        raw("t1", "sub_a", "calls", NOON, 1);
        enriched("t1", NOON, 1, subscription, 1, false);
        enriched("t1", NOON, 1, subscription, 2, true);
        letter("t1", "enricher", "subscription_not_found", "events_raw", 1);
        var trace = api.get("/events/t1/trace");
        assertThat(outcomes(trace)).containsExactly(place("sub_a", 1) + " retracted");
        assertThat(trace.text("trace.records.0.dead_letter.reason")).isEqualTo("subscription_not_found");
        assertThat(trace.text("trace.records.0.enrichment.version")).isEqualTo("2");
        assertThat(api.get("/events/t1").body()).contains("\"lago_subscription_id\":null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/events/t1", "/events/t1/trace", "/events/t2", "/events/t2/trace"})
    void anotherOrganizationsEventsAreNotFound(String path) throws Exception {
        var other = service.withNewOrganization();
        raw("t1", "sub_a", "calls", NOON, 1);
        var answer = other.api().get(path);
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text("code")).isEqualTo("event_not_found");
        assertThat(transactions(other.api().get("/events"))).isEmpty();
        assertThat(invoicer.withoutKey().get(path).status()).isEqualTo(401);
    }

    @Test
    void theRecordsOfATransactionAreFoundByTheirIndex() throws Exception {
        var sql =
                "explain indexes = 1 select code from events_raw where organization_id = 'o' and transaction_id = 't'";
        var plan = new ArrayList<String>();
        raw("t1", "sub_a", "calls", NOON, 1);
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            while (row.next()) plan.add(row.getString(1).strip());
        }
        assertThat(plan).anyMatch(line -> line.contains("by_transaction"));
    }

    /// @return the id of `sub_a`, in force since March by a clock of its own
    private UUID subscribe() {
        clock = api.create("/test_clocks", "{\"test_clock\": {\"now\": \"2026-03-10\"}}")
                .text("test_clock.lago_id");
        api.create("/plans", """
                {"plan": {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 100, "amount_currency": "EUR"}}""");
        api.create("/customers", """
                {"customer": {"external_id": "acme", "test_clock_id": "%s"}}""".formatted(clock));
        return UUID.fromString(api.create("/subscriptions", """
                {"subscription": {"external_customer_id": "acme", "external_id": "sub_a", "plan_code": "pro",
                 "subscription_at": "2026-03-01T00:00:00Z"}}""").text("subscription.lago_id"));
    }

    private void raw(String transaction, String subscription, String code, String time, long offset)
            throws SQLException {
        execute(
                "insert into events_raw_intake (organization_id, external_subscription_id, transaction_id, code, timestamp, properties, precise_total_amount_cents, source, kafka_partition, kafka_offset, kafka_timestamp)"
                        + " values ('%s', '%s', '%s', '%s', '%s', map('n', '%d'), '1.5', 'http', %d, %d, toDateTime64('2026-03-20 00:00:00.123', 3, 'UTC') + %d)"
                                .formatted(
                                        invoicer.organization(),
                                        subscription,
                                        transaction.replace("'", "''"),
                                        code,
                                        time,
                                        offset,
                                        partition(subscription),
                                        offset,
                                        offset));
    }

    private void enriched(
            String transaction, String time, long offset, UUID subscription, int version, boolean isRetracted)
            throws SQLException {
        execute(
                "insert into events_enriched_intake (organization_id, external_subscription_id, transaction_id, timestamp, subscription_id, plan_id, aggregation_type, value, raw_partition, raw_offset, ingested_at, enrichment_version, is_deleted)"
                        + " values ('%s', 'sub_a', '%s', '%s', '%s', '%s', 'count_agg', '1', %d, %d, '2026-03-20 00:00:01.123', %d, %b)"
                                .formatted(
                                        invoicer.organization(),
                                        transaction,
                                        time,
                                        subscription,
                                        plan,
                                        partition("sub_a"),
                                        offset,
                                        version,
                                        isRetracted));
    }

    private void expanded(String transaction, UUID subscription, boolean paidInAdvance) throws SQLException {
        execute(
                "insert into events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp, subscription_id, plan_id, charge_id, plan_revision, grouped_by, pay_in_advance, value, raw_partition, raw_offset, enrichment_version)"
                        + " values ('%s', 'sub_a', '%s', '%s', '%s', '%s', '%s', 3, map('region', 'eu'), %s, '1', %d, 1, 1)"
                                .formatted(
                                        invoicer.organization(),
                                        transaction,
                                        NOON,
                                        subscription,
                                        plan,
                                        charge,
                                        paidInAdvance,
                                        partition("sub_a")));
    }

    private void chargedInAdvance(String transaction, UUID subscription) throws SQLException {
        execute(
                "insert into events_charged_in_advance_intake (organization_id, external_subscription_id, transaction_id, timestamp, subscription_id, charge_id, period_from, period_to, units, amount_currency, amount_cents, precise_amount_cents, total_units, total_amount_cents, enrichment_version)"
                        + " values ('%s', 'sub_a', '%s', '%s', '%s', '%s', '2026-03-01 00:00:00', '2026-04-01 00:00:00', '1', 'EUR', 2, '1.5', '7', 11, 1)"
                                .formatted(invoicer.organization(), transaction, NOON, subscription, charge));
    }

    /// Refused a minute after the first record came.
    private void letter(String transaction, String stage, String reason, String topic, long offset)
            throws SQLException {
        execute(
                "insert into events_dead_letter (organization_id, external_subscription_id, transaction_id, code, timestamp, stage, reason, message, origin_topic, raw_partition, raw_offset, ingested_at, dead_lettered_at)"
                        + " values ('%s', 'sub_a', '%s', 'calls', '%s', '%s', '%s', 'a sentence', '%s', %d, %d, '2026-03-20 00:00:01.123', '2026-03-20 00:01:00')"
                                .formatted(
                                        invoicer.organization(),
                                        transaction,
                                        NOON,
                                        stage,
                                        reason,
                                        topic,
                                        partition("sub_a"),
                                        offset));
    }

    private String place(String subscription, long offset) {
        return partition(subscription) + "-" + offset;
    }

    private int partition(String subscription) {
        var key = Keys.subscription(invoicer.organization().toString(), subscription);
        return Utils.toPositive(Utils.murmur2(key.getBytes(UTF_8))) % 4;
    }

    private void execute(String sql) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> transactions(ApiClient.Answer list) {
        return ((List<?>) list.at("events"))
                .stream()
                        .map(event -> String.valueOf(((Map<?, ?>) event).get("transaction_id")))
                        .toList();
    }

    private static List<String> outcomes(ApiClient.Answer trace) {
        return ((List<?>) trace.at("trace.records"))
                .stream()
                        .map(record -> (Map<?, ?>) record)
                        .map(record -> record.get("id") + " " + record.get("outcome"))
                        .toList();
    }
}
