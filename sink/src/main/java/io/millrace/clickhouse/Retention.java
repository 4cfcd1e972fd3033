package io.millrace.clickhouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How many days each table keeps a row, counted from when the broker took what the row is made of; 0 keeps it for
/// good. Event time never counts: a backfill of last year is as new as today's events.
///
/// ClickHouse forgets in the background, when it merges.
///
/// @param days by table, every table of [#CLOCKS]
record Retention(Map<String, Integer> days) {

    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    /// The tables that can forget, with the column that says how old a row is.
    private static final Map<String, String> CLOCKS = Map.of(
            "events_raw", "ingested_at",
            "events_enriched", "ingested_at",
            "events_enriched_expanded", "ingested_at",
            "events_charged_in_advance", "ingested_at",
            "events_dead_letter", "dead_lettered_at",
            "activity_logs", "created_at",
            "api_logs", "created_at");

    /// What is not money is not kept for good unless told.
    private static final Map<String, Integer> UNLESS_TOLD = Map.of("activity_logs", 730, "api_logs", 90);

    /// A yearly period with time to bill it, and a leap day. What an open period is billed from must be there.
    static final int LEAST_OF_BILLING = 400;

    /// Some 27 years: ClickHouse reckons in times that end in 2106.
    private static final int MOST = 10_000;

    private static final Pattern IN_FORCE =
            Pattern.compile("\\bTTL toDateTime\\(\\w+\\) \\+ toIntervalDay\\((\\d+)\\)");

    Retention {
        days = Map.copyOf(days);
    }

    /// From variables such as `MILLRACE_CLICKHOUSE_RETENTION_DAYS_EVENTS_RAW`.
    static Retention of(Map<String, String> environment) {
        var days = new TreeMap<String, Integer>();
        for (var table : CLOCKS.keySet()) {
            days.put(
                    table, ClickHouseSettings.number(environment, variable(table), UNLESS_TOLD.getOrDefault(table, 0)));
        }
        return new Retention(days);
    }

    private static String variable(String table) {
        return "MILLRACE_CLICKHOUSE_RETENTION_DAYS_" + table.toUpperCase(Locale.ROOT);
    }

    /// A sentence for each value that makes no sense.
    List<String> faults() {
        var faults = new ArrayList<String>();
        new TreeMap<>(days).forEach((table, kept) -> {
            int least = UNLESS_TOLD.containsKey(table) ? 1 : LEAST_OF_BILLING;
            if (kept != 0 && (kept < least || kept > MOST)) {
                faults.add("%s is %d, neither 0 (for good) nor from %d to %d"
                        .formatted(variable(table), kept, least, MOST));
            }
        });
        // A raw event that is neither enriched nor refused is one that waits.
        for (var answer : List.of("events_enriched", "events_dead_letter")) {
            if (isShorter(answer, "events_raw")) {
                faults.add(variable(answer) + " is less than " + variable("events_raw")
                        + ": events that are forgotten there would count as parked");
            }
        }
        return faults;
    }

    private boolean isShorter(String table, String other) {
        int one = days.getOrDefault(table, 0);
        int two = days.getOrDefault(other, 0);
        return one != 0 && (two == 0 || one < two);
    }

    /// Lets tables forget as is said here, where they do not already.
    void apply(Connection connection) throws SQLException {
        for (var table : new TreeMap<>(days).entrySet()) {
            int inForce = inForce(connection, table.getKey());
            int wanted = table.getValue();
            if (inForce == wanted) continue;
            log.info(
                    "ClickHouse: {} keeps rows for {} days, until now {} (0: for good)",
                    table.getKey(),
                    wanted,
                    inForce);
            try (var alter = connection.createStatement()) {
                alter.execute("ALTER TABLE " + table.getKey()
                        + (wanted == 0
                                ? " REMOVE TTL"
                                : " MODIFY TTL toDateTime(%s) + toIntervalDay(%d)"
                                        .formatted(CLOCKS.get(table.getKey()), wanted)));
            }
        }
    }

    private static int inForce(Connection connection, String table) throws SQLException {
        try (var select = connection.prepareStatement(
                "SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = ?")) {
            select.setString(1, table);
            try (var row = select.executeQuery()) {
                var found = IN_FORCE.matcher(row.next() ? row.getString(1) : "");
                return found.find() ? Integer.parseInt(found.group(1)) : 0;
            }
        }
    }
}
