package io.millrace.clickhouse;

import java.sql.SQLException;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/// What `queue_errors` knows of the records that ClickHouse could not decode.
public record QueueErrors(DataSource clickHouse) {

    /// Records of a topic that are not in its table yet, and may still come: a period cannot be closed over
    /// them.
    ///
    /// @param partitionEnds end offset of each partition, exclusive; what lies behind, or in a partition that
    /// is not named, is not counted
    public long pending(String topic, Map<Integer, Long> partitionEnds) throws SQLException {
        return count(topic, partitionEnds, "pending");
    }

    /// Records of a topic that never get into its table, because their bytes are no record of the topic.
    ///
    /// @param partitionEnds as of [#pending]
    public long rejected(String topic, Map<Integer, Long> partitionEnds) throws SQLException {
        return count(topic, partitionEnds, "rejected");
    }

    private long count(String topic, Map<Integer, Long> partitionEnds, String state) throws SQLException {
        if (partitionEnds.isEmpty()) {
            return 0;
        }
        var before = partitionEnds.entrySet().stream()
                .map(end -> "(partition = %d AND offset < %d)".formatted(end.getKey(), end.getValue()))
                .collect(Collectors.joining(" OR ", "(", ")"));
        try (var connection = clickHouse.getConnection();
                var select = connection.prepareStatement(
                        "SELECT count() FROM queue_errors FINAL WHERE topic = ? AND state = ? AND " + before)) {
            select.setString(1, topic);
            select.setString(2, state);
            try (var rows = select.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }
}
