package io.millrace.clickhouse;

import io.millrace.registry.RegistryUnavailableException;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topic;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries the records again that the sink could not decode (`queue_errors`), until each is in its table or has failed
/// often enough to be rejected.
///
/// ```
/// pending ──▶ redriven   the record is in the table of its topic
///    │
///    └──────▶ rejected   its bytes are no record of their schema, or that is not known or none of the topic's
/// ```
///
/// A record enters as the sink would have put it, with its own place in the topic, so whatever is done twice
/// collapses in the table. While the schema registry or ClickHouse is out of reach nothing counts against a record.
/// Any number of processes may run one.
public final class ErrorRedrive implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ErrorRedrive.class);

    /// Attempts that a record gets; more than one because a registry may get to know its schema later.
    static final int ATTEMPTS = 3;

    private static final int PAGE_RECORDS = 1000;
    private static final int PAGE_BYTES = 8 << 20;

    private final DataSource clickHouse;
    private final SchemaRegistry registry;
    private final Thread thread;
    private volatile boolean closed;

    ErrorRedrive(DataSource clickHouse, SchemaRegistry registry, Duration interval) {
        this.clickHouse = clickHouse;
        this.registry = registry;
        thread = Thread.ofVirtual().name("error-redrive").unstarted(() -> run(interval));
    }

    /// Looks every interval, until it is closed.
    public static ErrorRedrive start(DataSource clickHouse, SchemaRegistry registry, Duration interval) {
        var redrive = new ErrorRedrive(clickHouse, registry, interval);
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
    int pass() throws SQLException {
        var redriven = 0;
        var after = new Place("", 0, 0);
        while (!closed) {
            try (var connection = clickHouse.getConnection()) {
                var page = page(connection, after);
                if (page.isEmpty()) {
                    return redriven;
                }
                for (var topic : byTopic(page).entrySet()) {
                    redriven += redrive(connection, topic.getKey(), topic.getValue());
                }
                after = page.getLast().place;
            }
        }
        return redriven;
    }

    private record Place(String topic, int partition, long offset) {
        String sql() {
            return "('" + topic + "', " + partition + ", " + offset + ")";
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Pending(Place place, long ingestedMillis, byte[] value) {}

    private static List<Pending> page(Connection connection, Place after) throws SQLException {
        var page = new ArrayList<Pending>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        SELECT
                            topic, partition, offset, toUnixTimestamp64Milli(ingested_at), base64Encode(value)
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
                        Base64.getDecoder().decode(rows.getString(5))));
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
        try (var intake = new Intake(clickHouse, registry, topic(topic))) {
            for (var pending : records) {
                var place = pending.place;
                var fault = intake.add(place.partition, place.offset, pending.ingestedMillis, pending.value);
                if (fault.isPresent()) {
                    fail(connection, place, fault.get());
                } else {
                    whole.add(place);
                }
            }
            intake.write();
        }
        if (!whole.isEmpty()) {
            change(connection, topic, whole, "'' AS value", "'redriven'", "attempts", "''");
            log.info("Redrove {} records of {}", whole.size(), topic);
        }
        return whole.size();
    }

    private static Topic topic(String name) {
        return Sink.TOPICS.stream()
                .filter(topic -> topic.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("queue_errors has records of " + name));
    }

    private static void fail(Connection connection, Place place, String reason) throws SQLException {
        change(
                connection,
                place.topic,
                List.of(place),
                "value",
                "if(attempts + 1 >= " + ATTEMPTS + ", 'rejected', 'pending')",
                "attempts + 1",
                QueueErrors.quoted(reason));
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
}
