package io.millrace.ingest;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// What an installation sets for the way in.
///
/// @param bootstrapServers Kafka, such as `localhost:9092`; a wrong one and every request is answered 503
/// @param schemaRegistryUrl Confluent-compatible, such as `http://localhost:8081`
/// @param eventPartitions partitions of the event topics, chosen at installation and never changed; 4 unless told
/// @param replication copies of each topic's partition; 1 unless told, which loses what is lost with one broker
/// @param eventsPerBatch most events of one batch request; 1000 unless told
/// @param bodySize most bytes of a request body; 10 MiB unless told: each connection may hold as much memory
/// @param linger how long a record waits for others to share its request; 5 ms unless told: longer is slower for
///     each caller and cheaper for the broker
/// @param acknowledgement how long the broker may take to acknowledge before the caller is told to try again; 10 s
///     unless told: shorter than a broker's change of leaders and those fail callers
/// @param requestsPerSecond most requests of an API key, and most of them at once, to each instance; 0 for no limit,
///     unless told: what is refused has to be sent again
/// @param idleTimeout how long nothing may come or go on a connection, also amid a body, until it is closed; 60 s
///     unless told: long and broken clients hold on to their connections
/// @param invoicerUrl the control plane, which answers what is not a POST; absent where it shares this server, or
///     where reads of events are not wanted here
public record IngestSettings(
        String bootstrapServers,
        String schemaRegistryUrl,
        int eventPartitions,
        short replication,
        int eventsPerBatch,
        int bodySize,
        Duration linger,
        Duration acknowledgement,
        int requestsPerSecond,
        Duration idleTimeout,
        Optional<URI> invoicerUrl) {

    /// @throws IllegalArgumentException naming the variable that is missing or makes no sense
    public static IngestSettings of(Map<String, String> environment) {
        var variables = new Variables(environment);
        return new IngestSettings(
                variables.required("KAFKA_BOOTSTRAP_SERVERS"),
                variables.required("SCHEMA_REGISTRY_URL"),
                variables.number("MILLRACE_EVENT_PARTITIONS", 1, 4, 10_000),
                (short) variables.number("MILLRACE_REPLICATION", 1, 1, 9),
                variables.number("MILLRACE_INGEST_EVENTS_PER_BATCH", 1, 1_000, 100_000),
                variables.number("MILLRACE_INGEST_BODY_BYTES", 1_024, 10 << 20, 1 << 30),
                Duration.ofMillis(variables.number("MILLRACE_INGEST_LINGER_MS", 0, 5, 1_000)),
                Duration.ofMillis(variables.number("MILLRACE_INGEST_ACKNOWLEDGEMENT_MS", 100, 10_000, 600_000)),
                variables.number("MILLRACE_INGEST_RATE_LIMIT", 0, 0, 10_000),
                Duration.ofSeconds(variables.number("MILLRACE_IDLE_TIMEOUT_S", 1, 60, 3_600)),
                variables.address("INVOICER_URL"));
    }

    private record Variables(Map<String, String> environment) {
        Optional<String> optional(String name) {
            return Optional.ofNullable(environment.get(name)).map(String::strip).filter(value -> !value.isEmpty());
        }

        String required(String name) {
            return optional(name).orElseThrow(() -> new IllegalArgumentException(name + " is not set"));
        }

        int number(String name, int least, int otherwise, int most) {
            var text = optional(name).orElse(Integer.toString(otherwise));
            if (text.matches("[0-9]{1,10}")) {
                var number = Long.parseLong(text);
                if (number >= least && number <= most) return (int) number;
            }
            throw new IllegalArgumentException(
                    "%s must be a number from %d to %d, not \"%s\"".formatted(name, least, most, text));
        }

        Optional<URI> address(String name) {
            return optional(name).map(text -> {
                if (!text.matches("https?://.+")) {
                    throw new IllegalArgumentException(
                            "%s must be an http or https address, not \"%s\"".formatted(name, text));
                }
                return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            });
        }
    }
}
