package io.millrace.streams;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.jspecify.annotations.Nullable;

/// How a stream service runs.
///
/// @param applicationId consumer group and prefix of internal topics, such as `millrace-enricher`; another one
/// starts from the beginning with empty stores
/// @param bootstrapServers Kafka's addresses
/// @param schemaRegistryUrl the registry's addresses, separated by commas
/// @param stateDirectory where stores live; lost, they are restored from their changelogs
/// @param instanceId name of this instance, the same after a restart: with it the restarted instance takes its
/// tasks back at once; null for a nameless one. Two instances of one name throw each other out
/// @param threads stream threads, from 1; one for each processor unless told otherwise; more than there are event
/// partitions stay idle
/// @param commitInterval time between transactions while the service keeps up ([EarlyCommit]), while it catches up
/// five times as much, to 5 s: lower is fresher, higher costs less. Readers see nothing earlier
/// @param sessionTimeout silence after which a nameless or lost instance's tasks move; brokers refuse less than 6 s
/// unless told otherwise
/// @param registryPatience how long a record waits in place for a schema registry that does not answer, before its
/// task fails and tries again; below half of the transaction timeout, which is derived from it
/// @param standbyReplicas copies of each store on other instances; 0 restores from the changelog after a loss
/// @param storeMemory bytes of native memory for all stores together
/// @param cacheMemory bytes of heap for writes that are held back until the commit
/// @param eventPartitions partitions of each event topic, chosen at installation and never changed
/// @param replication copies of each topic
/// @param port of the health endpoint; 0 for none
public record StreamsSettings(
        String applicationId,
        String bootstrapServers,
        String schemaRegistryUrl,
        Path stateDirectory,
        @Nullable String instanceId,
        int threads,
        Duration commitInterval,
        Duration sessionTimeout,
        Duration registryPatience,
        int standbyReplicas,
        long storeMemory,
        long cacheMemory,
        int eventPartitions,
        short replication,
        int port) {

    private static final long MIB = 1024 * 1024;
    /// Transactions are so much longer while a service catches up, unless that is beyond the longest.
    private static final int CATCHING_UP = 5;
    private static final Duration LONGEST_CATCHING_UP = Duration.ofSeconds(5);
    private static final Duration LONGEST_FETCH = Duration.ofMillis(50);

    public StreamsSettings {
        if (threads < 1) throw new IllegalArgumentException("threads must be at least 1");
        if (eventPartitions < 1) throw new IllegalArgumentException("eventPartitions must be at least 1");
        if (commitInterval.isZero() || commitInterval.isNegative()) {
            throw new IllegalArgumentException("commitInterval must be positive");
        }
    }

    /// Settings of a service, such as `enricher`: common variables, and those that begin with its name.
    ///
    /// @throws IllegalArgumentException naming the variable that is missing or wrong
    public static StreamsSettings of(String service, Map<String, String> environment) {
        var variables = Environment.of(environment);
        var prefix = "MILLRACE_" + service.toUpperCase(Locale.ROOT) + "_";
        return new StreamsSettings(
                "millrace-" + service,
                variables.text("KAFKA_BOOTSTRAP_SERVERS"),
                variables.text("SCHEMA_REGISTRY_URL"),
                Path.of(variables.text("MILLRACE_DATA", "data")).resolve("streams"),
                variables.optionalText(prefix + "INSTANCE_ID"),
                variables.number(prefix + "THREADS", Runtime.getRuntime().availableProcessors(), 1, 1024),
                variables.duration(prefix + "COMMIT_INTERVAL", Duration.ofMillis(100)),
                variables.duration(prefix + "SESSION_TIMEOUT", Duration.ofSeconds(6)),
                variables.duration(prefix + "REGISTRY_PATIENCE", Duration.ofSeconds(20)),
                variables.number(prefix + "STANDBY_REPLICAS", 0, 0, 8),
                variables.number(prefix + "STORE_MEMORY_MIB", 256, 16, 1024 * 1024) * MIB,
                variables.number(prefix + "CACHE_MEMORY_MIB", 16, 1, 1024 * 1024) * MIB,
                variables.number("MILLRACE_EVENT_PARTITIONS", 4, 1, 100_000),
                (short) variables.number("MILLRACE_REPLICATION", 1, 1, 100),
                variables.number(prefix + "PORT", 0, 0, 65_535));
    }

    /// These settings under another application id: a service that begins anew, beside the one that runs.
    public StreamsSettings withApplicationId(String other) {
        return new StreamsSettings(
                other,
                bootstrapServers,
                schemaRegistryUrl,
                stateDirectory,
                instanceId,
                threads,
                commitInterval,
                sessionTimeout,
                registryPatience,
                standbyReplicas,
                storeMemory,
                cacheMemory,
                eventPartitions,
                replication,
                port);
    }

    /// These settings for one that works for a while beside the service that runs: nameless, with its state
    /// elsewhere, and nobody asks for its health.
    public StreamsSettings beside(String other, Path state) {
        return new StreamsSettings(
                other,
                bootstrapServers,
                schemaRegistryUrl,
                state,
                null,
                threads,
                commitInterval,
                sessionTimeout,
                registryPatience,
                0,
                storeMemory,
                cacheMemory,
                eventPartitions,
                replication,
                0);
    }

    /// An empty topology that takes part in these settings.
    public Topology topology() {
        return new Topology(new TopologyConfig(new StreamsConfig(properties())));
    }

    /// As [#topology], for one written in the DSL: refuses internal topics and stores without a name (a plain `new
    /// StreamsBuilder()` does not know the setting).
    public StreamsBuilder builder() {
        return new StreamsBuilder(new TopologyConfig(new StreamsConfig(properties())));
    }

    /// Kafka Streams' own settings.
    public Properties properties() {
        var properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, standbyReplicas);
        properties.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, whileCatchingUp().toMillis());
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) replication);
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, cacheMemory);
        properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedStores.class);
        properties.put(BoundedStores.MEMORY_CONFIG, storeMemory);
        properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
        // Of what has been read, configuration, stamped 0, goes before events. ConfigurationFirst has it read first.
        properties.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        // The classic group protocol, which Redpanda has too.
        properties.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), (int)
                sessionTimeout.toMillis());
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), (int)
                sessionTimeout.dividedBy(4).toMillis());
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        // Few answers of many records each cost broker and stream less: at 5,000 events a second one for each batch
        // that came took more than the events.
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), (int) MIB);
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), (int)
                LONGEST_FETCH.toMillis());
        if (instanceId != null) {
            properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), instanceId);
        }
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 20);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 * 1024);
        // Each transaction's first batch may be refused until the markers of the one before are written, which takes
        // milliseconds: the usual tenth of a second would be most of the commit interval.
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), 5L);
        // The largest derived record of the contract, and what the producer adds to it.
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), (int) (5 * MIB));
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), (int)
                transactionTimeout().toMillis());
        return properties;
    }

    private Duration whileCatchingUp() {
        var longer = commitInterval.multipliedBy(CATCHING_UP);
        if (longer.compareTo(LONGEST_CATCHING_UP) <= 0) return longer;
        return commitInterval.compareTo(LONGEST_CATCHING_UP) > 0 ? commitInterval : LONGEST_CATCHING_UP;
    }

    /// A record that waits for the registry holds its transaction open meanwhile. Longer than necessary would hold
    /// back all readers after the loss of an instance that never comes back.
    private Duration transactionTimeout() {
        return registryPatience.multipliedBy(2).plusSeconds(10);
    }
}
