package io.millrace.invoicer;

import io.millrace.clickhouse.ClickHouseSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What an installation sets for the control plane.
///
/// @param databaseUrl PostgreSQL, such as
/// `jdbc:postgresql://localhost:5432/millrace?user=millrace&password=secret`; a wrong one and nothing starts
/// @param clickhouseUrl usage, such as `jdbc:clickhouse://localhost:8123/millrace`; a wrong one and no period
/// closes
/// @param bootstrapServers Kafka, such as `localhost:9092`; a wrong one and no configuration reaches the
/// streams
/// @param schemaRegistryUrl Confluent-compatible, such as `http://localhost:8081`
/// @param apiKey a key that an organization is made sure to exist for at start; null to make none
/// @param apiUrl where users reach the API, such as `https://billing.example.com`: the issuer of webhooks that are
/// signed by JWT; `http://localhost:8080` unless told; with a wrong one, receivers that check it refuse them
/// @param eventPartitions partitions of the event topics, chosen at installation and never changed; 4 unless
/// told
/// @param replication copies of each topic's partition; 1 unless told, which loses what is lost with one broker
/// @param outboxInterval how long a change waits at most for its publication where a notification was missed;
/// 200 ms unless told
/// @param billingInterval pause between two looks for due subscriptions; 1 s unless told: longer closes periods
/// later
/// @param watermarkTimeout how long a billing run waits for the pipeline to be complete before it gives up
/// until the next look, and how long a consumer may stay before a record until it is told to stand still; 2 min
/// unless told: shorter than the pipeline's lag and no period ever closes
/// @param progressInterval pause between two looks at the pipeline, which find repeated events, too; 10 s unless
/// told: longer leaves more of them to the close of a period
/// @param requestsPerSecond most requests of an API key, and most of them at once, to each instance; 500 unless
/// told, 0 for no limit: low and busy integrations are told to wait
/// @param usageRequestsPerSecond likewise for current usage, which is counted apart; 500 unless told
/// @param idleTimeout how long nothing may come or go on a connection, also amid a body, until it is closed; 60 s
/// unless told: long and broken clients hold on to their connections, shorter than an answer takes and its caller
/// never gets it
/// @param clickHouse how ClickHouse consumes the event topics
public record InvoicerSettings(
        String databaseUrl,
        String clickhouseUrl,
        String bootstrapServers,
        String schemaRegistryUrl,
        @Nullable String apiKey,
        String apiUrl,
        int eventPartitions,
        short replication,
        Duration outboxInterval,
        Duration billingInterval,
        Duration watermarkTimeout,
        Duration progressInterval,
        int requestsPerSecond,
        int usageRequestsPerSecond,
        Duration idleTimeout,
        ClickHouseSettings clickHouse) {

    /// @throws IllegalArgumentException naming the variable that is missing or makes no sense
    public static InvoicerSettings of(Map<String, String> environment) {
        var variables = new Variables(environment);
        return new InvoicerSettings(
                variables.url("DATABASE_URL", "jdbc:postgresql:"),
                variables.url("CLICKHOUSE_URL", "jdbc:clickhouse:"),
                variables.required("KAFKA_BOOTSTRAP_SERVERS"),
                variables.url("SCHEMA_REGISTRY_URL", "http"),
                variables.optional("MILLRACE_API_KEY").orElse(null),
                variables.optional("MILLRACE_API_URL").orElse("http://localhost:8080"),
                variables.count("MILLRACE_EVENT_PARTITIONS", 4, 10_000),
                (short) variables.count("MILLRACE_REPLICATION", 1, 9),
                variables.milliseconds("MILLRACE_OUTBOX_INTERVAL_MS", Duration.ofMillis(200)),
                variables.milliseconds("MILLRACE_BILLING_INTERVAL_MS", Duration.ofSeconds(1)),
                variables.milliseconds("MILLRACE_WATERMARK_TIMEOUT_MS", Duration.ofMinutes(2)),
                variables.milliseconds("MILLRACE_PROGRESS_INTERVAL_MS", Duration.ofSeconds(10)),
                variables.limit("MILLRACE_RATE_LIMIT", 500),
                variables.limit("MILLRACE_RATE_LIMIT_CURRENT_USAGE", 500),
                Duration.ofSeconds(variables.count("MILLRACE_IDLE_TIMEOUT_S", 60, 3_600)),
                ClickHouseSettings.of(environment));
    }

    private record Variables(Map<String, String> environment) {
        Optional<String> optional(String name) {
            return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
        }

        String required(String name) {
            return optional(name).orElseThrow(() -> new IllegalArgumentException(name + " is not set"));
        }

        String url(String name, String start) {
            var url = required(name);
            if (url.startsWith(start)) return url;
            throw new IllegalArgumentException("%s must start with %s".formatted(name, start));
        }

        int count(String name, int otherwise, int most) {
            var text = optional(name).orElse(Integer.toString(otherwise));
            if (text.matches("[0-9]{1,9}")) {
                int count = Integer.parseInt(text);
                if (count >= 1 && count <= most) return count;
            }
            throw new IllegalArgumentException(
                    "%s must be a number from 1 to %d, not \"%s\"".formatted(name, most, text));
        }

        /// From 1 to 10,000; 0 for none.
        int limit(String name, int otherwise) {
            return optional(name).filter("0"::equals).isPresent() ? 0 : count(name, otherwise, 10_000);
        }

        Duration milliseconds(String name, Duration otherwise) {
            return Duration.ofMillis(count(name, Math.toIntExact(otherwise.toMillis()), 999_999_999));
        }
    }
}
