package io.millrace.invoicer.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ChargeUsage.Needs;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(MillraceStack.class)
class UsageQueryTest {
    private static final TimeSpan MARCH =
            new TimeSpan(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));

    private static RunningInvoicer invoicer;

    private final UUID organization = UUID.randomUUID();
    private final UUID subscription = UUID.randomUUID();
    private final UUID charge = UUID.randomUUID();
    private long offset;

    @BeforeAll
    static void start(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(stack);
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void onlyThePeriodsOwnArrearsUsageIsBilled() throws SQLException {
        insert(List.of(
                row("first", "2026-03-01T00:00:00Z", "1", "sum_agg", "null", "", "{}", false),
                row("last", "2026-03-31T23:59:59.999999Z", "10", "sum_agg", "null", "", "{}", false),
                row("before", "2026-02-28T23:59:59.999999Z", "100", "sum_agg", "null", "", "{}", false),
                row("after", "2026-04-01T00:00:00Z", "1000", "sum_agg", "null", "", "{}", false),
                row("paid", "2026-03-02T00:00:00Z", "10000", "sum_agg", "null", "", "{}", true)));
        assertThat(only(ask()).sum()).isEqualByComparingTo("11");
    }

    @Test
    void aRowThatIsDeliveredTwiceCountsOnce() throws SQLException {
        var row = row("t", "2026-03-02T00:00:00Z", "5", "sum_agg", "null", "", "{}", false);
        insert(List.of(row));
        insert(List.of(row));
        assertThat(only(ask()).sum()).isEqualByComparingTo("5");
    }

    /// Whatever a statement asks for before rows are merged must not bring back what an event was enriched to before.
    @ParameterizedTest
    @EnumSource(Needs.class)
    void anEventCountsByItsLastEnrichmentAlone(Needs needs) throws SQLException {
        var arrears = row("t", "2026-03-02T00:00:00Z", "5", "sum_agg", "null", "", "{}", false);
        var here = row("u", "2026-03-02T00:00:00Z", "7", "sum_agg", "null", "", "{}", false);
        insert(List.of(arrears, here));
        assertThat(ask(needs)).hasSize(1);
        var advance = arrears.replace("false", "true");
        var elsewhere = here.replace(subscription.toString(), UUID.randomUUID().toString());
        insert(Stream.of(advance, elsewhere)
                .map(row -> row.replace(", 1)", ", 2)"))
                .toList());
        assertThat(ask(needs)).isEmpty();
    }

    @Test
    void aGroupThatIsEmptyAndHadNoEventIsNoneAnyMore() throws SQLException {
        var emptied = "{'region':'eu'}";
        var standing = "{'region':'us'}";
        insert(List.of(
                row("a", "2026-02-02T00:00:00Z", "5", "sum_agg", "null", "", emptied, false),
                row("b", "2026-02-03T00:00:00Z", "-5", "sum_agg", "null", "", emptied, false),
                row("c", "2026-02-03T00:00:00Z", "-5", "sum_agg", "null", "", standing, false)));
        assertThat(ask(new ChargeUsage(Needs.TOTALS, true, false)))
                .extracting(line -> line.groupedBy() + " " + totals(line).sum())
                .containsExactly("{region=us} -5");
    }

    @Test
    void textsThatWereAllTakenAwayAreNoUsageAnyMore() throws SQLException {
        insert(List.of(
                row("a", "2026-02-02T00:00:00Z", "seat", "unique_count_agg", "'add'", "", "{'region':'eu'}", false),
                row("b", "2026-02-03T00:00:00Z", "seat", "unique_count_agg", "'remove'", "", "{'region':'eu'}", false),
                row("c", "2026-02-03T00:00:00Z", "seat", "unique_count_agg", "'add'", "", "{'region':'us'}", false)));
        assertThat(ask(new ChargeUsage(Needs.TOTALS, true, true)))
                .extracting(line -> line.groupedBy() + " " + totals(line).unique())
                .containsExactly("{region=us} 1");
    }

    @Test
    void filtersAndGroupsAreApart() throws SQLException {
        var filter = UUID.randomUUID();
        insert(List.of(
                row(
                        "a",
                        "2026-03-02T00:00:00Z",
                        "1",
                        "sum_agg",
                        "null",
                        filter.toString(),
                        "{'region':'eu','tier':'1'}",
                        false),
                row(
                        "b",
                        "2026-03-02T00:00:00Z",
                        "2",
                        "sum_agg",
                        "null",
                        filter.toString(),
                        "{'tier':'1','region':'eu'}",
                        false),
                row("c", "2026-03-02T00:00:00Z", "4", "sum_agg", "null", "", "{'region':'eu','tier':'1'}", false),
                row(
                        "d",
                        "2026-03-02T00:00:00Z",
                        "8",
                        "sum_agg",
                        "null",
                        filter.toString(),
                        "{'region':'us','tier':''}",
                        false)));
        assertThat(ask())
                .extracting(line -> line.filterId() + " " + line.groupedBy() + " "
                        + totals(line).sum())
                .containsExactlyInAnyOrder(
                        filter + " {region=eu, tier=1} 3",
                        "null {region=eu, tier=1} 4",
                        filter + " {region=us, tier=} 8");
    }

    /// Also where JSON writes a character otherwise, or a text looks as if it were no text.
    @ParameterizedTest
    @ValueSource(strings = {"", "null", "1.0", "true", "{}", "a\"b\\c/d", "line\nand\ttab\u0001\u007f", "ü€😀", "it's"})
    void aGroupIsToldAsItCame(String text) throws SQLException {
        var row = row("t", "2026-03-02T00:00:00Z", "5", "sum_agg", "null", "", "{'TEXT':'TEXT'}", false);
        insert(List.of(row.replace("TEXT", text.replace("\\", "\\\\").replace("'", "\\'"))));
        for (var needs : Needs.values()) {
            assertThat(ask(needs)).extracting(UsageLine::groupedBy).containsExactly(Map.of(text, text));
        }
    }

    @Test
    void sumsBeyondThirtyEightDigitsDoNotWrap() throws SQLException {
        var most = "99999999999999999999.999999999999999999";
        var rows = new ArrayList<String>();
        for (int i = 0; i < 20; i++)
            rows.add(row("t" + i, "2026-03-02T00:00:00Z", most, "sum_agg", "null", "", "{}", false));
        insert(rows);
        assertThat(only(ask()).sum()).isEqualByComparingTo("1999999999999999999999.99999999999999998");
    }

    @Test
    void anEventThatIsNeitherEnrichedNorDeadIsParked() throws SQLException {
        var raw =
                "insert into events_raw_intake (organization_id, external_subscription_id, transaction_id, timestamp, kafka_offset) values ";
        execute(raw + rawRow("waits", "2026-03-02 00:00:00"));
        execute(raw + rawRow("waits", "2026-03-02 00:00:00"));
        execute(raw + rawRow("enriched", "2026-03-02 00:00:00"));
        execute(raw + rawRow("dead", "2026-03-02 00:00:00"));
        execute(raw + rawRow("duplicate of another month", "2026-03-02 00:00:00"));
        execute(raw + rawRow("another month", "2026-04-02 00:00:00"));
        var enriched =
                "insert into events_enriched_intake (organization_id, external_subscription_id, transaction_id, timestamp) values ('%s', 's', '%s', '%s')";
        execute(enriched.formatted(organization, "enriched", "2026-03-02 00:00:00"));
        execute(enriched.formatted(organization, "duplicate of another month", "2026-02-02 00:00:00"));
        execute(
                "insert into events_dead_letter (organization_id, external_subscription_id, transaction_id, origin_topic, raw_offset) values ('%s', 's', 'dead', 'events_raw', 3)"
                        .formatted(organization));
        assertThat(parked()).isEqualTo(1);
    }

    @Test
    void aDeadLetterThatWasSentAgainIsParkedUntilItIsEnrichedOrRefusedAgain() throws SQLException {
        ingest("sent again", 1, "2026-03-02 00:00:00");
        ingest("repeated while it waited", 2, "2026-03-02 00:00:00");
        ingest("repeated while it waited", 3, "2026-03-02 00:30:00");
        refuse("sent again", 1, "2026-03-02 01:00:00");
        refuse("repeated while it waited", 2, "2026-03-02 01:00:00");
        assertThat(parked()).isZero();
        ingest("sent again", 4, "2026-03-09 00:00:00");
        assertThat(parked()).isEqualTo(1);
        refuse("sent again", 4, "2026-03-09 00:00:00");
        assertThat(parked()).isZero();
        ingest("sent again", 5, "2026-03-10 00:00:00");
        enrich("sent again", 1, false);
        assertThat(parked()).isZero();
    }

    @Test
    void aRetractedEventThatWasSentAgainIsParked() throws SQLException {
        ingest("moved", 1, "2026-03-02 00:00:00");
        enrich("moved", 1, false);
        enrich("moved", 2, true);
        refuse("moved", 1, "2026-03-05 00:00:00");
        assertThat(parked()).isZero();
        ingest("moved", 2, "2026-03-06 00:00:00");
        assertThat(parked()).isEqualTo(1);
        enrich("moved", 3, false);
        assertThat(parked()).isZero();
    }

    /// Brokers' clocks differ a little: a dead letter may seem older than what it was.
    @Test
    void aDeadLetterIsNeverParkedWhateverTheClocksSay() throws SQLException {
        ingest("dead", 1, "2026-03-02 00:00:00.005");
        refuse("dead", 1, "2026-03-02 00:00:00.001");
        assertThat(parked()).isZero();
    }

    private void ingest(String transaction, long offset, String time) throws SQLException {
        execute(
                "insert into events_raw_intake (organization_id, external_subscription_id, transaction_id, timestamp, kafka_offset, kafka_timestamp)"
                        + " values ('%s', 's', '%s', '2026-03-01 00:00:00', %d, '%s')"
                                .formatted(organization, transaction, offset, time));
    }

    private void refuse(String transaction, long offset, String time) throws SQLException {
        execute(
                "insert into events_dead_letter (organization_id, external_subscription_id, transaction_id, origin_topic, raw_offset, dead_letter_offset, dead_lettered_at)"
                        + " values ('%s', 's', '%s', 'events_raw', %d, %d, '%s')"
                                .formatted(organization, transaction, offset, offset, time));
    }

    private void enrich(String transaction, int version, boolean isRetracted) throws SQLException {
        execute(
                "insert into events_enriched_intake (organization_id, external_subscription_id, transaction_id, timestamp, enrichment_version, is_deleted)"
                        + " values ('%s', 's', '%s', '2026-03-01 00:00:00', %d, %b)"
                                .formatted(organization, transaction, version, isRetracted));
    }

    private String rawRow(String transaction, String time) {
        return "('%s', 's', '%s', '%s', %d)".formatted(organization, transaction, time, offset++);
    }

    private List<UsageLine> ask() {
        return ask(Needs.TOTALS);
    }

    private List<UsageLine> ask(Needs needs) {
        return ask(new ChargeUsage(needs, false, false));
    }

    /// What is said whether ClickHouse adds rows up or they are read.
    private List<UsageLine> ask(ChargeUsage usage) {
        var days = new TreeMap<>(Map.of(MARCH.from(), 31L));
        var question = new UsageQuery.Question(organization, MARCH, MARCH.to(), days, Map.of(charge, usage), asked());
        var ofRows = invoicer.get(UsageQuery.class).usage(question);
        var addedUp = new UsageQuery(invoicer.get(ClickHouse.class), 0).usage(question);
        assertThat(ofRows)
                .usingRecursiveComparison()
                .withComparatorForType(BigDecimal::compareTo, BigDecimal.class)
                .ignoringCollectionOrder()
                .isEqualTo(addedUp);
        assertThat(Set.of(subscription)).containsAll(ofRows.keySet());
        return ofRows.getOrDefault(subscription, List.of());
    }

    private long parked() {
        return invoicer.get(UsageQuery.class)
                .parked(organization, MARCH, asked())
                .getOrDefault("s", 0L);
    }

    private List<UsageQuery.Asked> asked() {
        return List.of(new UsageQuery.Asked(subscription, "s"));
    }

    private static Measured.Totals only(List<UsageLine> lines) {
        assertThat(lines).hasSize(1);
        return totals(lines.getFirst());
    }

    private static Measured.Totals totals(UsageLine line) {
        return (Measured.Totals) line.measured();
    }

    private String row(
            String transaction,
            String time,
            String value,
            String aggregation,
            String operation,
            String filter,
            String grouped,
            boolean paid) {
        return "('%s', 's', '%s', '%s', '%s', '%s', '%s', %s, %s, '%s', '%s', %s, %d, 1)"
                .formatted(
                        organization,
                        transaction,
                        time.replace('T', ' ').replace("Z", ""),
                        subscription,
                        charge,
                        filter,
                        grouped.replace("{", "map(").replace("}", ")").replace(":", ","),
                        paid,
                        value,
                        aggregation,
                        operation,
                        offset++);
    }

    private static void insert(List<String> rows) throws SQLException {
        execute(
                "insert into events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp, subscription_id, charge_id,"
                        + " charge_filter_id, grouped_by, pay_in_advance, value, aggregation_type, operation, raw_offset, enrichment_version) values "
                        + String.join(", ", rows));
    }

    private static void execute(String sql) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
