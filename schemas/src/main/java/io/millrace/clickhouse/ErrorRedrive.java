package io.millrace.clickhouse;

import io.millrace.registry.RegistryUnavailableException;
import io.millrace.registry.SchemaRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries the records again that ClickHouse's queues could not decode (`queue_errors`), until each is in its
/// table or has failed by itself often enough to be rejected.
///
/// ```
/// pending ──▶ redriven   the record is in the table of its topic
///    │
///    └──────▶ rejected   its bytes are no record of their schema, or their schema is none of the topic's
/// ```
///
/// A record is read by Avro's rules, and enters as the topic's own schema writes it, where its queue would have put
/// it, with its own place in the topic, so whatever is done twice collapses in the table. While the schema registry
/// or ClickHouse is out of reach nothing counts against a record. Any number of processes may run one.
public final class ErrorRedrive implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ErrorRedrive.class);

    /// Attempts that a record gets; more than one because what is wrong may be a queue that lags behind its
    /// schema.
    static final int ATTEMPTS = 3;

    private static final int PAGE_RECORDS = 1000;
    private static final int PAGE_BYTES = 8 << 20;

    /// ClickHouse's errors that are about a record: no such column (8), illegal column (44), wrong type (53),
    /// cannot convert (70), incorrect data (117), null where there is none (349), Avro (748). Whatever else
    /// goes wrong is not the record's fault.
    private static final Set<Integer> RECORD_FAULTS = Set.of(8, 44, 53, 70, 117, 349, 748);

    private final DataSource clickHouse;
    private final WireFormat format;
    private final String registryUrl;
    private final Thread thread;
    private volatile boolean closed;

    ErrorRedrive(DataSource clickHouse, SchemaRegistry registry, ClickHouseSettings settings, Duration interval) {
        this.clickHouse = clickHouse;
        this.format = new WireFormat(registry);
        this.registryUrl = settings.schemaRegistryUrl();
        thread = Thread.ofVirtual().name("error-redrive").unstarted(() -> run(interval));
    }

    /// Looks every interval, until it is closed.
    public static ErrorRedrive start(
            DataSource clickHouse, SchemaRegistry registry, ClickHouseSettings settings, Duration interval) {
        var redrive = new ErrorRedrive(clickHouse, registry, settings, interval);
        redrive.thread.start();
        return redrive;
    }

    private void run(Duration interval) {
        while (!closed) {
            try {
                pass();
            } catch (RegistryUnavailableException e) {
                log.warn("Records wait for the schema registry to be decoded: {}", e.getMessage());
            } catch (SQLException e) {
                log.warn("Records could not be redriven and will be tried again: {}", e.getMessage());
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.error("Redriving records failed and will be tried again", e);
            }
            try {
                Thread.sleep(interval);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Tries each pending record once.
    ///
    /// @return how many are in their table now
    /// @throws RegistryUnavailableException where the registry cannot be asked; what is left stays as it is
    int pass() throws SQLException, InterruptedException {
        var redriven = 0;
        var after = new Place("", 0, 0);
        while (!closed) {
            try (var connection = clickHouse.getConnection()) {
                if (page(connection, after).isEmpty()) {
                    return redriven;
                }
                // What a record enters by must not be replaced meanwhile.
                try (var ignored = SchemaLock.take(connection)) {
                    var page = page(connection, after);
                    for (var topic : byTopic(page).entrySet()) {
                        redriven += redrive(connection, topic.getKey(), topic.getValue());
                    }
                    if (page.isEmpty()) {
                        return redriven;
                    }
                    after = page.getLast().place;
                }
            }
        }
        return redriven;
    }

    private record Place(String topic, int partition, long offset) {
        String sql() {
            return "('" + topic + "', " + partition + ", " + offset + ")";
        }
    }

    /// @param version of its row
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Pending(
            Place place,
            long ingestedMillis,
            byte[] value,
            String error,
            long attempts,
            String lastError,
            long version) {}

    private static List<Pending> page(Connection connection, Place after) throws SQLException {
        var page = new ArrayList<Pending>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        SELECT
                            topic, partition, offset, toUnixTimestamp64Milli(ingested_at), base64Encode(value),
                            error, attempts, last_error, version
                        FROM
                        (
                            SELECT *, sum(length(value)) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS upto
                            FROM
                            (
                                SELECT *
                                FROM queue_errors FINAL
                                WHERE state = 'pending' AND (topic, partition, offset) > %s
                                ORDER BY topic, partition, offset
                                LIMIT %d
                            )
                        )
                        WHERE upto - length(value) < %d
                        ORDER BY topic, partition, offset""".formatted(after.sql(), PAGE_RECORDS, PAGE_BYTES))) {
            while (rows.next()) {
                page.add(new Pending(
                        new Place(rows.getString(1), rows.getInt(2), rows.getLong(3)),
                        rows.getLong(4),
                        Base64.getDecoder().decode(rows.getString(5)),
                        rows.getString(6),
                        rows.getLong(7),
                        rows.getString(8),
                        rows.getLong(9)));
            }
        }
        return page;
    }

    private static Map<String, List<Pending>> byTopic(List<Pending> page) {
        return page.stream()
                .collect(
                        Collectors.groupingBy(pending -> pending.place.topic, LinkedHashMap::new, Collectors.toList()));
    }

    private int redrive(Connection connection, String topic, List<Pending> records) throws SQLException {
        var whole = new ArrayList<Place>();
        var rewritten = new IdentityHashMap<Pending, byte[]>();
        for (var pending : records) {
            // Records are decoded together, one after the other: each must end where the next begins.
            switch (format.read(topic, pending.value)) {
                case WireFormat.Reading.Whole(var bytes) -> {
                    if (bytes != pending.value) {
                        rewritten.put(pending, bytes);
                    }
                    whole.add(pending.place);
                }
                case WireFormat.Reading.Fault(var reason) -> fail(connection, pending.place, reason);
            }
        }
        if (whole.isEmpty()) {
            return 0;
        }
        replace(connection, rewritten);
        try {
            enter(connection, topic, whole);
            return whole.size();
        } catch (SQLException e) {
            if (!isFaultOfRecord(e)) {
                throw e;
            }
        }
        var redriven = 0;
        for (var place : whole) {
            try {
                enter(connection, topic, List.of(place));
                redriven++;
            } catch (SQLException e) {
                if (!isFaultOfRecord(e)) {
                    throw e;
                }
                fail(connection, place, String.valueOf(e.getMessage()));
            }
        }
        return redriven;
    }

    /// That ClickHouse has not got a schema bears the code of bad data, too; that the registry has it is known by then.
    private static boolean isFaultOfRecord(SQLException e) {
        return RECORD_FAULTS.contains(e.getErrorCode())
                && !String.valueOf(e.getMessage()).contains("while fetching schema id");
    }

    /// Puts records into the intake of their topic, decoded as the queue would have, and then says so.
    private void enter(Connection connection, String topic, List<Place> places) throws SQLException {
        var columns = new ArrayList<String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        SELECT name || ' ' || type FROM system.columns
                        WHERE database = currentDatabase() AND table = '%1$s_queue'
                            AND '%1$s_view' IN (SELECT name FROM system.tables WHERE database = currentDatabase())
                        ORDER BY position""".formatted(topic))) {
            while (rows.next()) {
                columns.add(rows.getString(1));
            }
        }
        if (columns.isEmpty()) {
            throw new SQLException("the queue of " + topic + " is not there, or without its view");
        }
        execute(connection, """
                INSERT INTO %1$s_intake
                WITH
                    (
                        SELECT groupArray((partition, offset, ingested_at, value))
                        FROM (SELECT * FROM queue_errors FINAL WHERE %2$s ORDER BY partition, offset)
                    ) AS records
                SELECT
                    * EXCEPT (n),
                    toUInt64(records[n].1), toUInt64(records[n].2), records[n].3, '', ''
                FROM
                (
                    SELECT *, rowNumberInAllBlocks() + 1 AS n
                    FROM format(AvroConfluent, '%3$s', arrayStringConcat(arrayMap(record -> record.4, records)))
                )
                SETTINGS format_avro_schema_registry_url = '%4$s', max_threads = 1, input_format_parallel_parsing = 0""".formatted(
                        topic, condition(topic, places), quotable(String.join(", ", columns)), quotable(registryUrl)));
        change(connection, topic, places, "'' AS value", "'redriven'", "attempts", "''");
        log.info("Redrove {} records of {}", places.size(), topic);
    }

    /// Has records wait as the topic's own schema writes them: what was written with others, ClickHouse may not read.
    private static void replace(Connection connection, Map<Pending, byte[]> values) throws SQLException {
        if (values.isEmpty()) {
            return;
        }
        var rows = new ArrayList<String>();
        values.forEach((pending, value) -> rows.add(
                "('%s', %d, %d, fromUnixTimestamp64Milli(%d, 'UTC'), '%s', '%s', 'pending', %d, '%s', now64(3, 'UTC'), %d)"
                        .formatted(
                                pending.place.topic,
                                pending.place.partition,
                                pending.place.offset,
                                pending.ingestedMillis,
                                "\\x" + HexFormat.ofDelimiter("\\x").formatHex(value),
                                quotable(pending.error),
                                pending.attempts,
                                quotable(pending.lastError),
                                pending.version + 1)));
        // VALUES, because the text of any other statement is bounded.
        execute(connection, """
                INSERT INTO queue_errors
                    (topic, partition, offset, ingested_at, value, error, state, attempts, last_error, changed_at, version)
                VALUES """ + String.join(", ", rows));
    }

    private static void fail(Connection connection, Place place, String reason) throws SQLException {
        change(
                connection,
                place.topic,
                List.of(place),
                "value",
                "if(attempts + 1 >= " + ATTEMPTS + ", 'rejected', 'pending')",
                "attempts + 1",
                "'" + quotable(reason) + "'");
        log.warn("Record {}-{}@{} cannot be redriven: {}", place.topic, place.partition, place.offset, reason);
    }

    private static void change(
            Connection connection,
            String topic,
            List<Place> places,
            String value,
            String state,
            String attempts,
            String lastError)
            throws SQLException {
        execute(connection, """
                INSERT INTO queue_errors
                    (topic, partition, offset, ingested_at, value, error, state, attempts, last_error, changed_at, version)
                SELECT topic, partition, offset, ingested_at, %s, error, %s, %s, %s, now64(3, 'UTC'), version + 1
                FROM queue_errors FINAL
                WHERE %s AND state = 'pending'""".formatted(value, state, attempts, lastError, condition(topic, places)));
    }

    private static String condition(String topic, List<Place> places) {
        return "topic = '" + topic + "' AND (partition, offset) IN ("
                + places.stream()
                        .map(place -> "(" + place.partition + ", " + place.offset + ")")
                        .collect(Collectors.joining(", "))
                + ")";
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String quotable(String text) {
        return text.replace("\\", "\\\\").replace("'", "\\'");
    }
}
