package io.millrace.clickhouse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How ClickHouse's queues consume the topics, and how long its tables keep what came. A change of any of these holds
/// from the next migration, that is the next start; consumption goes on where it was.
///
/// @param kafkaBrokers `bootstrap.servers` as ClickHouse itself reaches them; a wrong value leaves the tables
/// empty
/// @param schemaRegistryUrl the registry as ClickHouse itself reaches it; a wrong value sends every record to
/// `queue_errors`
/// @param groupPrefix start of the consumer groups' names, which the table's name ends; another value reads
/// the topics from their beginning
/// @param consumers of each queue, from 1 to the number of partitions; each holds a thread of ClickHouse's
/// `background_message_broker_schedule_pool_size` and writes parts of its own
/// @param flushInterval the longest that a record waits for others to be written with; short ones make many
/// small parts, long ones make usage late
/// @param maxBlockSize rows that are written together at most; large ones take memory
/// @param registryRetries how often a record that meets an unreachable registry asks again, from 0 to 20,
/// after 100 ms and then twice as long each time (10 s at most), before it is set aside in `queue_errors`; few
/// fill that table in an outage, many hold up a clean stop
/// @param pollTimeout the longest wait for records in one poll; no longer than the flush interval
/// @param retention how long each table keeps its rows; what has none keeps them for good
public record ClickHouseSettings(
        String kafkaBrokers,
        String schemaRegistryUrl,
        String groupPrefix,
        int consumers,
        Duration flushInterval,
        int maxBlockSize,
        Duration pollTimeout,
        int registryRetries,
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
        if (schemaRegistryUrl.isBlank()) {
            faults.add("SCHEMA_REGISTRY_URL is missing");
        }
        if (consumers < 1) {
            faults.add("MILLRACE_CLICKHOUSE_CONSUMERS is " + consumers + ", less than 1");
        }
        if (flushInterval.toMillis() < 1 || flushInterval.compareTo(LONGEST_FLUSH) > 0) {
            faults.add("MILLRACE_CLICKHOUSE_FLUSH_INTERVAL_MS is " + flushInterval.toMillis() + ", not from 1 to "
                    + LONGEST_FLUSH.toMillis());
        }
        if (maxBlockSize < 1) {
            faults.add("MILLRACE_CLICKHOUSE_MAX_BLOCK_SIZE is " + maxBlockSize + ", less than 1");
        }
        if (pollTimeout.toMillis() < 1 || pollTimeout.compareTo(flushInterval) > 0) {
            faults.add("MILLRACE_CLICKHOUSE_POLL_TIMEOUT_MS is " + pollTimeout.toMillis()
                    + ", not from 1 to the flush interval");
        }
        if (registryRetries < 0 || registryRetries > 20) {
            faults.add("MILLRACE_CLICKHOUSE_REGISTRY_RETRIES is " + registryRetries + ", not from 0 to 20");
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
    }

    /// The given addresses, and what suits a few cores: one consumer for each queue, flushed every 250 ms.
    public static ClickHouseSettings of(String kafkaBrokers, String schemaRegistryUrl) {
        return of(Map.of("KAFKA_BOOTSTRAP_SERVERS", kafkaBrokers, "SCHEMA_REGISTRY_URL", schemaRegistryUrl));
    }

    /// From `KAFKA_BOOTSTRAP_SERVERS`, `SCHEMA_REGISTRY_URL` and, where they are set, `MILLRACE_CLICKHOUSE_…`.
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
                environment.getOrDefault("SCHEMA_REGISTRY_URL", ""),
                environment.getOrDefault("MILLRACE_CLICKHOUSE_GROUP_PREFIX", "millrace-clickhouse-"),
                consumers,
                Duration.ofMillis(number(environment, "MILLRACE_CLICKHOUSE_FLUSH_INTERVAL_MS", 250)),
                number(environment, "MILLRACE_CLICKHOUSE_MAX_BLOCK_SIZE", 65_536),
                Duration.ofMillis(number(environment, "MILLRACE_CLICKHOUSE_POLL_TIMEOUT_MS", 100)),
                number(environment, "MILLRACE_CLICKHOUSE_REGISTRY_RETRIES", 5),
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

    /// The same for readers of their own.
    ClickHouseSettings withGroupPrefix(String prefix) {
        return new ClickHouseSettings(
                kafkaBrokers,
                schemaRegistryUrl,
                prefix,
                consumers,
                flushInterval,
                maxBlockSize,
                pollTimeout,
                registryRetries,
                retention);
    }

    /// The values of the placeholders in the scripts.
    Map<String, String> placeholders() {
        return placeholders("");
    }

    /// The same for topics behind a prefix.
    Map<String, String> placeholders(String topicPrefix) {
        return Map.ofEntries(
                Map.entry("kafka_brokers", quotable(kafkaBrokers)),
                Map.entry("schema_registry_url", quotable(schemaRegistryUrl)),
                Map.entry("topic_prefix", quotable(topicPrefix)),
                Map.entry("group_prefix", quotable(groupPrefix)),
                Map.entry("consumers", Integer.toString(consumers)),
                // One thread for all consumers of a queue would make more than one of them pointless.
                Map.entry("thread_per_consumer", consumers > 1 ? "1" : "0"),
                Map.entry("flush_interval_ms", Long.toString(flushInterval.toMillis())),
                Map.entry("poll_timeout_ms", Long.toString(pollTimeout.toMillis())),
                // An idle queue looks again after this time.
                Map.entry("reschedule_ms", Long.toString(pollTimeout.toMillis())),
                Map.entry("registry_retries", Integer.toString(registryRetries)),
                Map.entry("max_block_size", Integer.toString(maxBlockSize)));
    }

    private static String quotable(String text) {
        return text.replace("\\", "\\\\").replace("'", "\\'");
    }
}
