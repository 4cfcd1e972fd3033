package io.millrace.clickhouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/// Finds events that were enriched a second time at another time than the first, because the enricher had
/// forgotten their id: see `V009__repeated_events.sql`.
///
/// ```
///  event_arrivals, from where the last pass ended ─▶ same identity at another time? ─▶ repeated_events ─▶ cursor
/// ```
///
/// It only adds facts that stay true, and moves the cursor when they are written. So it can be cut short
/// and done again, by any number of processes at once. The work goes with what has arrived, not with what
/// is there.
public record ExclusionPass(DataSource clickHouse) {

    /// Offsets of one step, over all partitions. They are held in memory and looked up together, at worst
    /// by reading all identities once: few steps read less.
    private static final long STEP = 4_000_000;

    private static final String IDENTITY = "sipHash64(organization_id, external_subscription_id, transaction_id)";

    /// How far the pass has come in each partition of `events_enriched`, exclusive; one that is not named
    /// has not been begun.
    public Map<Integer, Long> covered() throws SQLException {
        try (var connection = clickHouse.getConnection()) {
            return covered(connection);
        }
    }

    /// Goes on up to the ends.
    ///
    /// @param ends of partitions of `events_enriched`, exclusive. Every record before them must be in the
    /// tables that it belongs to: one that gets there later is passed over
    public void cover(Map<Integer, Long> ends) throws SQLException {
        try (var connection = clickHouse.getConnection()) {
            var covered = covered(connection);
            while (true) {
                var left = left(covered, ends);
                if (left.isEmpty()) return;
                var begins = begins(connection, covered, left);
                var step = step(begins, left);
                find(connection, begins, step);
                note(connection, step);
                covered.putAll(step);
                dropCovered(connection, covered);
            }
        }
    }

    private static Map<Integer, Long> covered(Connection connection) throws SQLException {
        var covered = new TreeMap<Integer, Long>();
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(
                        "SELECT partition, max(covered_to) FROM exclusion_pass GROUP BY partition")) {
            while (row.next()) covered.put(row.getInt(1), row.getLong(2));
        }
        return covered;
    }

    /// The ends that the pass has not come to.
    private static Map<Integer, Long> left(Map<Integer, Long> covered, Map<Integer, Long> ends) {
        var left = new TreeMap<>(ends);
        left.entrySet().removeIf(end -> end.getValue() <= covered.getOrDefault(end.getKey(), 0L));
        return left;
    }

    /// Where the records of each partition begin that are not covered; its end where there are none.
    private static Map<Integer, Long> begins(Connection connection, Map<Integer, Long> covered, Map<Integer, Long> ends)
            throws SQLException {
        var begins = new TreeMap<>(ends);
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT partition, min(offset) FROM event_arrivals WHERE "
                        + between(covered, ends) + " GROUP BY partition")) {
            while (row.next()) begins.put(row.getInt(1), row.getLong(2));
        }
        return begins;
    }

    private static Map<Integer, Long> step(Map<Integer, Long> begins, Map<Integer, Long> ends) {
        long each = Math.max(1, STEP / ends.size());
        var step = new TreeMap<>(ends);
        step.replaceAll((partition, end) -> Math.min(end, begins.getOrDefault(partition, end) + each));
        return step;
    }

    private static void find(Connection connection, Map<Integer, Long> from, Map<Integer, Long> to)
            throws SQLException {
        execute(connection, """
                INSERT INTO repeated_events (organization_id, external_subscription_id, transaction_id, timestamp)
                SELECT DISTINCT organization_id, external_subscription_id, transaction_id, timestamp
                FROM
                (
                    SELECT organization_id, external_subscription_id, transaction_id, %1$s AS identity
                    FROM event_arrivals
                    WHERE %2$s
                ) AS arrived
                INNER JOIN
                (
                    SELECT DISTINCT identity, timestamp
                    FROM event_identities
                    WHERE identity IN
                    (
                        SELECT identity
                        FROM event_identities
                        WHERE identity IN (SELECT %1$s FROM event_arrivals WHERE %2$s)
                        GROUP BY identity
                        HAVING min(timestamp) != max(timestamp)
                    )
                ) AS repeated USING (identity)""".formatted(IDENTITY, between(from, to)));
    }

    private static String between(Map<Integer, Long> from, Map<Integer, Long> to) {
        return to.entrySet().stream()
                .map(end -> "(partition = %d AND offset >= %d AND offset < %d)"
                        .formatted(end.getKey(), from.getOrDefault(end.getKey(), 0L), end.getValue()))
                .collect(Collectors.joining(" OR "));
    }

    private static void note(Connection connection, Map<Integer, Long> to) throws SQLException {
        var rows = to.entrySet().stream()
                .map(end -> "(%d, %d)".formatted(end.getKey(), end.getValue()))
                .collect(Collectors.joining(", "));
        execute(connection, "INSERT INTO exclusion_pass (partition, covered_to) VALUES " + rows);
    }

    /// Drops what arrived in ten minutes that are long over, once all of it is covered.
    private static void dropCovered(Connection connection, Map<Integer, Long> covered) throws SQLException {
        var isCovered = covered.entrySet().stream()
                .map(end -> "(partition = %d AND offset < %d)".formatted(end.getKey(), end.getValue()))
                .collect(Collectors.joining(" OR "));
        var over = new ArrayList<String>();
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        SELECT _partition_id FROM event_arrivals
                        WHERE arrived_at < now('UTC') - INTERVAL 1 HOUR
                        GROUP BY _partition_id
                        HAVING countIf(NOT (%s)) = 0""".formatted(isCovered))) {
            while (row.next()) over.add(row.getString(1));
        }
        for (var partition : over)
            execute(connection, "ALTER TABLE event_arrivals DROP PARTITION ID '" + partition + "'");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
