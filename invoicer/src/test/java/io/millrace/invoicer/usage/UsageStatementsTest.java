package io.millrace.invoicer.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.MillraceStack;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.RunningInvoicer;
import io.millrace.invoicer.usage.ChargeUsage.Needs;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.period.TimeSpan;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Which statements a question takes, and by which part of its key each finds its events.
@ExtendWith(MillraceStack.class)
class UsageStatementsTest {
    private static final TimeSpan MARCH =
            new TimeSpan(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));
    private static final UUID ORGANIZATION = new UUID(0, 1);
    private static final UUID SUBSCRIPTION = new UUID(0, 2);

    private static RunningInvoicer invoicer;

    @BeforeAll
    static void start(EmbeddedStack stack) throws SQLException {
        invoicer = RunningInvoicer.start(stack);
        try (var connection = invoicer.get(ClickHouse.class).connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    "insert into events_enriched_expanded_intake (organization_id, external_subscription_id, transaction_id, timestamp,"
                            + " subscription_id, charge_id, enrichment_version) values ('%s', 's', 't', '2026-03-02 00:00:00', '%s', '%s', 1)"
                                    .formatted(ORGANIZATION, SUBSCRIPTION, new UUID(0, 3)));
        }
    }

    @AfterAll
    static void stop() {
        invoicer.close();
    }

    @Test
    void plainChargesAreOneScanHoweverManyThereAre() {
        assertThat(asked(Map.of(), UsageRows.MOST)).hasSize(1);
    }

    /// If this fails because the statements, or the table's key, are others on purpose: put what it shows into
    /// `usage_statements.txt`, once every line still names organization, subscription and time.
    @Test
    void everyStatementFindsItsEventsByTheKey() throws Exception {
        var charges = Map.of(
                new UUID(1, 1), new ChargeUsage(Needs.TOTALS, true, true),
                new UUID(1, 2), new ChargeUsage(Needs.TIME_HELD, false, false),
                new UUID(1, 3), new ChargeUsage(Needs.DAYS_HELD, true, false),
                new UUID(1, 4), new ChargeUsage(Needs.DAYS_OF_TEXTS, true, true),
                new UUID(1, 5), new ChargeUsage(Needs.EVENTS, false, false));
        var plans = asked(charges, 0);
        var shown = new StringBuilder();
        var names = List.of("usage_rows.sql", "usage.sql", "usage_held.sql", "usage_text_days.sql", "usage_events.sql");
        assertThat(plans).hasSameSizeAs(names);
        for (int i = 0; i < plans.size(); i++) {
            var condition = plans.get(i).replace(ORGANIZATION.toString(), "ORGANIZATION");
            shown.append("%s: %s%n".formatted(names.get(i), condition));
        }
        try (var golden = UsageStatementsTest.class.getResourceAsStream("/usage_statements.txt")) {
            var expected = golden == null ? "" : new String(golden.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(shown.toString()).isEqualTo(expected);
        }
    }

    /// How each statement that was sent finds its rows.
    private static List<String> asked(Map<UUID, ChargeUsage> charges, int mostRows) {
        try (var watched = new WatchedClickHouse(invoicer.get(InvoicerSettings.class))) {
            var answer = new UsageQuery(watched, mostRows)
                    .usage(new UsageQuery.Question(
                            ORGANIZATION,
                            MARCH,
                            MARCH.to(),
                            HeldDays.of(MARCH, 31, ZoneOffset.UTC, false).leftSince(),
                            charges,
                            List.of(new UsageQuery.Asked(SUBSCRIPTION, "s"))));
            assertThat(answer.get(SUBSCRIPTION)).hasSize(1);
            return watched.plans;
        }
    }

    /// Asks, before each statement, how it will be answered.
    private static final class WatchedClickHouse extends ClickHouse {
        private final List<String> plans = new ArrayList<>();

        WatchedClickHouse(InvoicerSettings settings) {
            super(settings);
        }

        @Override
        public Connection connect() throws SQLException {
            var connection = super.connect();
            return (Connection) Proxy.newProxyInstance(
                    Connection.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (proxy, method, arguments) -> method.getName().equals("createStatement")
                            ? watched(connection.createStatement())
                            : invoke(connection, method, arguments));
        }

        private Statement watched(Statement statement) {
            return (Statement) Proxy.newProxyInstance(
                    Statement.class.getClassLoader(), new Class<?>[] {Statement.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("executeQuery")) plans.add(plan((String) arguments[0]));
                        return invoke(statement, method, arguments);
                    });
        }

        @Override
        byte[] answer(Connection connection, String sql) throws SQLException {
            plans.add(plan(sql.replaceAll("FORMAT \\w+\\s*$", "")));
            return super.answer(connection, sql);
        }

        private static Object invoke(Object on, Method method, Object[] arguments) throws Throwable {
            try {
                return method.invoke(on, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        /// The condition on the primary key of the table of events.
        private String plan(String sql) throws SQLException {
            var lines = new ArrayList<String>();
            try (var connection = super.connect();
                    var statement = connection.createStatement();
                    var row = statement.executeQuery("EXPLAIN indexes = 1 " + sql)) {
                while (row.next()) lines.add(row.getString(1).strip());
            }
            int table = indexOf(lines, 0, "ReadFromMergeTree", "events_enriched_expanded");
            int key = indexOf(lines, table, "PrimaryKey");
            return lines.get(indexOf(lines, key, "Condition:")).replaceAll("^.*Condition: ", "");
        }

        private static int indexOf(List<String> lines, int from, String... words) {
            for (int i = from; i < lines.size(); i++) {
                var line = lines.get(i);
                if (List.of(words).stream().allMatch(line::contains)) return i;
            }
            throw new AssertionError(lines.stream().collect(Collectors.joining("\n")));
        }
    }
}
