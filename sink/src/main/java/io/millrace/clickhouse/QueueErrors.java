package io.millrace.clickhouse;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.kafka.common.TopicPartition;

/// What `queue_errors` knows of the records of topics that cannot be decoded.
public record QueueErrors(DataSource clickHouse) {

    private static final int TOGETHER = 100;

    /// Records of a partition that are not in their table.
    ///
    /// @param isRejected true where they will not be tried again: their bytes are no record of the topic.
    /// Else they are redriven shortly
    /// @param count at least 1
    /// @param first the lowest of their offsets
    public record Missing(TopicPartition partition, boolean isRejected, long count, long first) {}

    /// Bytes that are no record of their topic.
    ///
    /// @param timestamp of the record, milliseconds since 1970
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Unreadable(String topic, int partition, long offset, long timestamp, byte[] value, String reason) {
        private String row() {
            return "('%s', %d, %d, fromUnixTimestamp64Milli(%d, 'UTC'), '%s', %s, 'pending', 0, '', now64(3, 'UTC'), 0)"
                    .formatted(
                            topic,
                            partition,
                            offset,
                            timestamp,
                            value.length == 0
                                    ? ""
                                    : "\\x" + HexFormat.ofDelimiter("\\x").formatHex(value),
                            quoted(reason));
        }
    }

    /// A text as a literal of ClickHouse.
    static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    /// Sets records aside. One that is there already stays as it is.
    void add(List<Unreadable> records) throws SQLException {
        if (records.isEmpty()) return;
        try (var connection = clickHouse.getConnection();
                var statement = connection.createStatement()) {
            // VALUES, because the text of any other statement is bounded.
            for (int from = 0; from < records.size(); from += TOGETHER) {
                var some = records.subList(from, Math.min(from + TOGETHER, records.size()));
                statement.execute("""
                        INSERT INTO queue_errors
                            (topic, partition, offset, ingested_at, value, error, state, attempts, last_error, changed_at, version)
                        VALUES """ + some.stream().map(Unreadable::row).collect(Collectors.joining(", ")));
            }
        }
    }

    /// All records that are missing before some ends.
    ///
    /// @param ends end offset of each partition, exclusive; what lies behind, or in a partition that is not
    /// named, is not counted
    public List<Missing> missing(Map<TopicPartition, Long> ends) throws SQLException {
        if (ends.isEmpty()) return List.of();
        var before = ends.entrySet().stream()
                .map(end -> "(topic = '%s' AND partition = %d AND offset < %d)"
                        .formatted(end.getKey().topic(), end.getKey().partition(), end.getValue()))
                .collect(Collectors.joining(" OR "));
        var missing = new ArrayList<Missing>();
        try (var connection = clickHouse.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        SELECT topic, partition, state = 'rejected', count(), min(offset)
                        FROM queue_errors FINAL
                        WHERE state != 'redriven' AND (%s)
                        GROUP BY topic, partition, state
                        ORDER BY topic, partition, state""".formatted(before))) {
            while (row.next()) {
                missing.add(new Missing(
                        new TopicPartition(row.getString(1), row.getInt(2)),
                        row.getBoolean(3),
                        row.getLong(4),
                        row.getLong(5)));
            }
        }
        return missing;
    }
}
