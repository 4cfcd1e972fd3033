package io.millrace.invoicer.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.clickhouse.ExclusionPass;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.rating.period.TimeSpan;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// An event that was enriched again at another time, because its id was forgotten: the first one is billed,
/// through the tables and views that the sink fills.
@ExtendWith(MillraceStack.class)
class RepeatedEventsTest {
    private static final TimeSpan MARCH =
            new TimeSpan(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));
    private static final UUID SUBSCRIPTION = UUID.randomUUID();
    private static final UUID CHARGE = UUID.randomUUID();

    private static RunningInvoicer invoicer;
    private static int lastPartition = 1000;

    private final UUID organization = UUID.randomUUID();
    private final int partition = ++lastPartition; // a cursor of its own
    private final List<Row> written = new ArrayList<>();

    @BeforeAll
    static void start(EmbeddedStack stack) {
        invoicer = RunningInvoicer.start(stack);
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    /// A record of `events_enriched`, and of `events_enriched_expanded`; its place there is its index.
    private record Row(
            String subscription,
            String transaction,
            Instant at,
            long rawOffset,
            int version,
            boolean deleted,
            int value) {
        List<Object> key() {
            return List.of(subscription, transaction, at);
        }

        String identity() {
            return subscription + "/" + transaction;
        }
    }

    @Test
    void theFirstIsBilledWhicheverTimeItBears() throws SQLException {
        write(row("t", "2026-03-09T00:00:00Z", 1, 1, false, 5), row("t", "2026-03-02T00:00:00Z", 7, 1, false, 70));
        cover();
        assertThat(total("s")).isEqualByComparingTo("5");
    }

    @Test
    void aRepetitionInAPeriodOfItsOwnIsNotBilled() throws SQLException {
        write(row("t", "2026-02-09T00:00:00Z", 1, 1, false, 5), row("t", "2026-03-02T00:00:00Z", 7, 1, false, 70));
        cover();
        assertThat(total("s")).isEqualByComparingTo("0");
    }

    @Test
    void theNextOneCountsOnceTheFirstIsRetracted() throws SQLException {
        write(row("t", "2026-03-09T00:00:00Z", 1, 1, false, 5), row("t", "2026-03-02T00:00:00Z", 7, 1, false, 70));
        cover();
        write(row("t", "2026-03-09T00:00:00Z", 1, 2, true, 5));
        cover();
        assertThat(total("s")).isEqualByComparingTo("70");
    }

    @Test
    void theFirstStaysTheFirstWhenItIsEnrichedAgain() throws SQLException {
        write(row("t", "2026-03-09T00:00:00Z", 1, 1, false, 5), row("t", "2026-03-02T00:00:00Z", 7, 1, false, 70));
        write(row("t", "2026-03-09T00:00:00Z", 1, 2, false, 6));
        cover();
        assertThat(total("s")).isEqualByComparingTo("6");
    }

    @Test
    void ofTwoAtTheSameTimeTheFirstIsBilledBeforeAnyPassOrMerge() throws SQLException {
        write(row("t", "2026-03-09T00:00:00Z", 7, 1, false, 70));
        write(row("t", "2026-03-09T00:00:00Z", 1, 1, false, 5));
        assertThat(total("s")).isEqualByComparingTo("5");
    }

    @Test
    void theSameIdOfAnotherSubscriptionIsAnotherEvent() throws SQLException {
        write(
                row("t", "2026-03-09T00:00:00Z", 1, 1, false, 5),
                new Row("other", "t", Instant.parse("2026-03-02T00:00:00Z"), 7, 1, false, 70));
        cover();
        assertThat(total("s")).isEqualByComparingTo("5");
        assertThat(total("other")).isEqualByComparingTo("70");
    }

    @RepeatedTest(3)
    void whateverComesInWhicheverOrderTheFirstOfEachIsBilled() throws SQLException {
        anyHistory(new Random().nextLong(), 12);
    }

    @Test
    @Tag("soak")
    void whateverComesForLongTheFirstOfEachIsBilled() throws SQLException {
        for (int i = 0; i < 20; i++) anyHistory(new Random().nextLong(), 60);
    }

    /// Records in batches, some delivered again, and between them passes that end anywhere and may be cut
    /// short at any statement.
    private void anyHistory(long seed, int batches) throws SQLException {
        var random = new Random(seed);
        var account = "history" + seed;
        var retracted = new HashMap<String, Integer>();
        long raw = 0;
        for (int batch = 0; batch < batches; batch++) {
            int before = written.size();
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                if (!written.isEmpty() && random.nextInt(4) == 0) {
                    var again = enrichedAgain(random);
                    if (again != null) {
                        written.add(again);
                        if (again.deleted()) retracted.merge(again.identity(), again.version(), Math::max);
                        continue;
                    }
                }
                var subscription = account + random.nextInt(3);
                var transaction = "t" + random.nextInt(25);
                written.add(new Row(
                        subscription,
                        transaction,
                        MARCH.from().plus(Duration.ofDays(12L * random.nextInt(-1, 4))),
                        ++raw,
                        1 + retracted.getOrDefault(subscription + "/" + transaction, 0),
                        false,
                        random.nextInt(1, 1_000_000)));
            }
            insert(before, written.size());
            if (random.nextInt(3) == 0) {
                int from = random.nextInt(written.size());
                insert(from, random.nextInt(from, written.size()) + 1);
            }
            long end = random.nextLong(written.size() + 1);
            if (random.nextBoolean()) cutShort(random.nextInt(9), end);
            if (random.nextBoolean()) pass(invoicer.get(ClickHouse.class).source(), end);
        }
        cover();
        for (int i = 0; i < 3; i++) {
            var subscription = account + i;
            assertThat(total(subscription))
                    .as("%s, seed %d", subscription, seed)
                    .isEqualByComparingTo(firstOfEach(subscription));
        }
    }

    /// The reference: of the rows that hold, for each transaction id the one whose record came first.
    private BigDecimal firstOfEach(String subscription) {
        var holding = written.stream()
                .filter(row -> row.subscription().equals(subscription))
                .collect(Collectors.toMap(Row::key, row -> row, RepeatedEventsTest::holding))
                .values();
        return holding.stream()
                .filter(row -> !row.deleted())
                .collect(Collectors.groupingBy(
                        Row::transaction, Collectors.minBy(Comparator.comparingLong(Row::rawOffset))))
                .values()
                .stream()
                .flatMap(first -> first.stream())
                .filter(row -> !row.at().isBefore(MARCH.from()) && row.at().isBefore(MARCH.to()))
                .map(row -> BigDecimal.valueOf(row.value()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static Row holding(Row one, Row other) {
        if (one.version() != other.version()) return one.version() > other.version() ? one : other;
        return one.rawOffset() <= other.rawOffset() ? one : other;
    }

    /// Any row that holds, with its next version: another value, or retracted; null where it is retracted
    /// already.
    private Row enrichedAgain(Random random) {
        var any = written.get(random.nextInt(written.size()));
        var current = written.stream()
                .filter(row -> row.key().equals(any.key()))
                .reduce(RepeatedEventsTest::holding)
                .orElseThrow();
        if (current.deleted()) return null;
        return new Row(
                current.subscription(),
                current.transaction(),
                current.at(),
                current.rawOffset(),
                current.version() + 1,
                random.nextBoolean(),
                random.nextInt(1, 1_000_000));
    }

    private static Row row(String transaction, String at, long rawOffset, int version, boolean deleted, int value) {
        return new Row("s", transaction, Instant.parse(at), rawOffset, version, deleted, value);
    }

    private void write(Row... rows) throws SQLException {
        int from = written.size();
        written.addAll(List.of(rows));
        insert(from, written.size());
    }

    /// As the sink does it: through the intakes.
    private void insert(int from, int to) throws SQLException {
        for (var table : List.of("events_enriched", "events_enriched_expanded")) {
            var isExpanded = table.endsWith("expanded");
            var rows = new ArrayList<String>();
            for (int i = from; i < to; i++) {
                var row = written.get(i);
                rows.add("('%s', '%s', '%s', '%s', '%s', 'sum_agg', '%d', %d, %d, %d, %s, %d, %d%s)"
                        .formatted(
                                organization,
                                row.subscription(),
                                row.transaction(),
                                row.at().toString().replace('T', ' ').replace("Z", ""),
                                SUBSCRIPTION,
                                row.value(),
                                partition,
                                row.rawOffset(),
                                row.version(),
                                row.deleted(),
                                partition,
                                i,
                                isExpanded ? ", '" + CHARGE + "'" : ""));
            }
            execute("INSERT INTO " + table
                    + "_intake (organization_id, external_subscription_id, transaction_id, timestamp,"
                    + " subscription_id, aggregation_type, value, raw_partition, raw_offset, enrichment_version, is_deleted,"
                    + " kafka_partition, kafka_offset" + (isExpanded ? ", charge_id" : "") + ") VALUES "
                    + String.join(", ", rows));
        }
    }

    private void cover() throws SQLException {
        pass(invoicer.get(ClickHouse.class).source(), written.size());
    }

    private void pass(DataSource source, long end) throws SQLException {
        new ExclusionPass(source).cover(Map.of(partition, end));
    }

    private void cutShort(int statements, long end) throws SQLException {
        try {
            pass(killedAfter(statements, invoicer.get(ClickHouse.class).source()), end);
        } catch (SQLException e) {
            if (!"killed".equals(e.getMessage())) throw e;
        }
    }

    /// As if the process died before one of its statements.
    private static DataSource killedAfter(int statements, DataSource source) {
        var left = new AtomicInteger(statements);
        return proxy(DataSource.class, source, left);
    }

    private static <T> T proxy(Class<T> type, T target, AtomicInteger left) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (ignored, method, arguments) -> {
                    if (method.getName().startsWith("execute") && left.getAndDecrement() <= 0)
                        throw new SQLException("killed");
                    try {
                        var result = method.invoke(target, arguments);
                        return switch (result) {
                            case Connection connection -> proxy(Connection.class, connection, left);
                            case Statement statement -> proxy(Statement.class, statement, left);
                            case null, default -> result;
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private BigDecimal total(String subscription) {
        var asked = List.of(new UsageQuery.Asked(SUBSCRIPTION, subscription));
        return invoicer
                .get(UsageQuery.class)
                .usage(new UsageQuery.Question(
                        organization, MARCH, MARCH.to(), Collections.emptyNavigableMap(), Map.of(), asked))
                .getOrDefault(SUBSCRIPTION, List.of())
                .stream()
                .map(line -> ((Measured.Totals) line.measured()).sum())
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static void execute(String sql) throws SQLException {
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
