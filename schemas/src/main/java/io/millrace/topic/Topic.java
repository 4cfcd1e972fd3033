package io.millrace.topic;

import java.time.Duration;
import org.apache.avro.Schema;

/// A topic of the contract: what it carries, how it is kept and who writes it.
///
/// @param name the topic's name, the same as that of the ClickHouse table it fills
/// @param key what the record key is, for people
/// @param value Avro schema of the record value
/// @param partitioning how many partitions it has
/// @param cleanup what the broker does with old records
/// @param maxMessageSize largest record in bytes
/// @param owner the service that writes it
public record Topic(
        String name,
        String key,
        Schema value,
        Partitioning partitioning,
        Cleanup cleanup,
        int maxMessageSize,
        String owner) {

    /// How many partitions a topic has.
    public enum Partitioning {
        /// The installation's one number of event partitions: all such topics are co-partitioned.
        EVENTS,
        /// One: small configuration that every instance reads whole.
        SINGLE
    }

    /// What the broker does with old records.
    public sealed interface Cleanup {
        /// Removes records some time after they were appended, whatever their event time.
        record After(Duration retention) implements Cleanup {}

        /// Keeps the last value of every key.
        record Compacted() implements Cleanup {}
    }

    /// The registry's name for the schema of this topic's values.
    public String subject() {
        return name + "-value";
    }
}
