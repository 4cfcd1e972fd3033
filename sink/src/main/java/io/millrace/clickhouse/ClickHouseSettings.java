package io.millrace.clickhouse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How the sink reads the topics, and how long ClickHouse's tables keep what came. A change of any of these holds from
/// the next start; the sink goes on where it was.
///
/// @param kafkaBrokers `bootstrap.servers`; a wrong value leaves the tables empty
/// @param groupPrefix start of the consumer groups' names, which the table's name ends; another value reads
/// the topics from their beginning
/// @param consumers of each topic in this process, from 0 to the number of partitions; each has a thread, and writes
/// parts of its own
/// @param flushInterval the longest that a record waits for others to be written with; where no usage is read of its
/// table, a second if that is longer. Short ones make many small parts, long ones make usage late
/// @param maxBlockSize rows that are not left to wait for more; large ones take memory
/// @param retention how long each table keeps its rows; what has none keeps them for good
public record ClickHouseSettings(
        String kafkaBrokers,
        String groupPrefix,
        int consumers,
        Duration flushInterval,
        int maxBlockSize,
        Retention retention) {

    /// Longest flush interval: usage that is later than this makes a period's close wait without need.
    private static final Duration LONGEST_FLUSH = Duration.ofMinutes(1);

    /// @throws IllegalArgumentException naming every value that is out of bounds
    public ClickHouseSettings {
        var faults = new ArrayList<String>();
        faults.addAll(retention.faults());
        if (kafkaBrokers.isBlank()) {
            faults.add("KAFKA_BOOTSTRAP_SERVERS is missing");
        }
        if (consumers < 0) {
            faults.add("MILLRACE_CLICKHOUSE_CONSUMERS is " + consumers + ", less than 0");
        }
        if (flushInterval.toMillis() < 1 || flushInterval.compareTo(LONGEST_FLUSH) > 0) {
            faults.add("MILLRACE_CLICKHOUSE_FLUSH_INTERVAL_MS is " + flushInterval.toMillis() + ", not from 1 to "
                    + LONGEST_FLUSH.toMillis());
        }
        if (maxBlockSize < 1) {
            faults.add("MILLRACE_CLICKHOUSE_MAX_BLOCK_SIZE is " + maxBlockSize + ", less than 1");
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
    }

    /// The given brokers, and what suits a few cores: one consumer of each topic, flushed every 250 ms.
    public static ClickHouseSettings of(String kafkaBrokers) {
        return of(Map.of("KAFKA_BOOTSTRAP_SERVERS", kafkaBrokers));
    }

    /// From `KAFKA_BOOTSTRAP_SERVERS` and, where they are set, `MILLRACE_CLICKHOUSE_…`.
    ///
    /// @throws IllegalArgumentException naming every variable that is missing or out of bounds
    public static ClickHouseSettings of(Map<String, String> environment) {
        int consumers = number(environment, "MILLRACE_CLICKHOUSE_CONSUMERS", 1);
        int partitions = number(environment, "MILLRACE_EVENT_PARTITIONS", Integer.MAX_VALUE);
        if (consumers > partitions) {
            throw new IllegalArgumentException("MILLRACE_CLICKHOUSE_CONSUMERS is " + consumers
                    + ", more than the partitions of a topic (MILLRACE_EVENT_PARTITIONS is " + partitions + ")");
        }
        return new ClickHouseSettings(
                environment.getOrDefault("KAFKA_BOOTSTRAP_SERVERS", ""),
                environment.getOrDefault("MILLRACE_CLICKHOUSE_GROUP_PREFIX", "millrace-clickhouse-"),
                consumers,
                Duration.ofMillis(number(environment, "MILLRACE_CLICKHOUSE_FLUSH_INTERVAL_MS", 250)),
                number(environment, "MILLRACE_CLICKHOUSE_MAX_BLOCK_SIZE", 65_536),
                Retention.of(environment));
    }

    static int number(Map<String, String> environment, String variable, int otherwise) {
        @Nullable String text = environment.get(variable);
        if (text == null || text.isBlank()) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(variable + " is '" + text + "', not a whole number", e);
        }
    }

    /// The same for readers of their own, at least one of each topic.
    ClickHouseSettings withGroupPrefix(String prefix) {
        return new ClickHouseSettings(
                kafkaBrokers, prefix, Math.max(1, consumers), flushInterval, maxBlockSize, retention);
    }
}
