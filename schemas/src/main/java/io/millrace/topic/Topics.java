package io.millrace.topic;

import io.millrace.audit.ActivityLog;
import io.millrace.audit.ApiLog;
import io.millrace.config.ApiKey;
import io.millrace.config.BillableMetric;
import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.event.ChargedInAdvance;
import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.event.PendingRepairs;
import io.millrace.event.RawEvent;
import io.millrace.topic.Topic.Cleanup;
import io.millrace.topic.Topic.Partitioning;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;

/// The catalogue of all topics, and their creation.
///
/// Event and audit topics are stamped by the broker (`LogAppendTime`), because events may be years old and neither
/// retention nor stream time may go by their own time. Configuration topics carry timestamp 0 from their
/// writer, so that Kafka Streams takes configuration before events. So does `pending_repairs`, which no stream
/// reads.
public final class Topics {
    private static final int MIB = 1024 * 1024;

    public static final Topic EVENTS_RAW = events(
            "events_raw", RawEvent.getClassSchema(), Duration.ofDays(30), MIB, "ingest-api and direct producers");
    /// Kept as long as the raw events: after a retroactive change it says which of them to enrich again.
    public static final Topic EVENTS_ENRICHED =
            events("events_enriched", EnrichedEvent.getClassSchema(), Duration.ofDays(30), 4 * MIB, "enricher");
    public static final Topic EVENTS_ENRICHED_EXPANDED =
            events("events_enriched_expanded", ExpandedEvent.getClassSchema(), Duration.ofDays(7), 4 * MIB, "enricher");
    public static final Topic EVENTS_CHARGED_IN_ADVANCE = events(
            "events_charged_in_advance", ChargedInAdvance.getClassSchema(), Duration.ofDays(30), 4 * MIB, "charger");
    public static final Topic EVENTS_DEAD_LETTER = events(
            "events_dead_letter", DeadLetter.getClassSchema(), Duration.ofDays(90), 4 * MIB, "enricher and charger");

    public static final Topic ACTIVITY_LOGS = audit("activity_logs", ActivityLog.getClassSchema());
    public static final Topic API_LOGS = audit("api_logs", ApiLog.getClassSchema());

    public static final Topic CONFIG_API_KEYS =
            configuration("config_api_keys", "key_hash", ApiKey.getClassSchema(), Partitioning.SINGLE);
    public static final Topic CONFIG_BILLABLE_METRICS = configuration(
            "config_billable_metrics", "organization_id/code", BillableMetric.getClassSchema(), Partitioning.SINGLE);
    public static final Topic CONFIG_PLANS =
            configuration("config_plans", "organization_id/plan_id", Plan.getClassSchema(), Partitioning.SINGLE);
    public static final Topic CONFIG_SUBSCRIPTIONS = configuration(
            "config_subscriptions",
            "organization_id/external_subscription_id",
            Subscription.getClassSchema(),
            Partitioning.EVENTS);

    /// In one partition, so that who closes a period reads all of it in its order.
    public static final Topic PENDING_REPAIRS =
            compacted("pending_repairs", "partition", PendingRepairs.getClassSchema(), Partitioning.SINGLE, "enricher");

    private static final List<Topic> ALL = List.of(
            EVENTS_RAW,
            EVENTS_ENRICHED,
            EVENTS_ENRICHED_EXPANDED,
            EVENTS_CHARGED_IN_ADVANCE,
            EVENTS_DEAD_LETTER,
            ACTIVITY_LOGS,
            API_LOGS,
            CONFIG_API_KEYS,
            CONFIG_BILLABLE_METRICS,
            CONFIG_PLANS,
            CONFIG_SUBSCRIPTIONS,
            PENDING_REPAIRS);

    /// What an enricher reads and writes.
    private static final List<Topic> REPLAYED =
            List.of(EVENTS_RAW, EVENTS_ENRICHED, EVENTS_ENRICHED_EXPANDED, EVENTS_DEAD_LETTER, PENDING_REPAIRS);

    private Topics() {}

    public static List<Topic> all() {
        return ALL;
    }

    /// Creates the topics that do not exist yet and returns once every partition of every topic takes writes;
    /// any number of services may do so at once.
    ///
    /// An idempotent producer that writes to a partition before it has a leader in sync can lose its first
    /// batch silently (KAFKA-15591); hence the wait.
    ///
    /// @param eventPartitions partitions of each event topic, chosen at installation and never changed
    /// @throws IllegalStateException if an existing topic has another number of partitions or is not stamped by
    ///     the broker where it should be
    /// @throws KafkaException if the broker refuses or cannot be reached
    public static void create(Admin admin, int eventPartitions, short replication) {
        var missing = ALL.stream()
                .map(topic -> new NewTopic(topic.name(), partitions(topic, eventPartitions), replication)
                        .configs(settings(topic)))
                .toList();
        try {
            for (var created : admin.createTopics(missing).values().values()) {
                try {
                    created.get();
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) throw e;
                }
            }
            while (!takeWrites(admin, ALL.stream().map(Topic::name).toList())) Thread.sleep(20);
            verify(admin, eventPartitions);
        } catch (ExecutionException e) {
            throw new KafkaException("topics could not be created", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while creating topics", e);
        }
    }

    /// Creates the topics of a replay, partitioned and replicated as `events_raw`, and returns once they take
    /// writes. They forget nothing: who has them made deletes them.
    ///
    /// @throws KafkaException if the broker refuses or cannot be reached
    public static void create(Admin admin, Replay replay) throws InterruptedException {
        try {
            var like = describe(admin, List.of(EVENTS_RAW.name()))
                    .iterator()
                    .next()
                    .partitions();
            var replication = (short) like.getFirst().replicas().size();
            var missing = REPLAYED.stream()
                    .map(topic -> new NewTopic(replay.topic(topic), partitions(topic, like.size()), replication)
                            .configs(settingsOfReplay(topic)))
                    .toList();
            admin.createTopics(missing).all().get();
            var names = missing.stream().map(NewTopic::name).toList();
            while (!takeWrites(admin, names)) Thread.sleep(20);
        } catch (ExecutionException e) {
            throw new KafkaException("the topics of a replay could not be created", e.getCause());
        }
    }

    /// Nothing is too large that was not before, whatever a header adds.
    private static Map<String, String> settingsOfReplay(Topic topic) {
        var settings = settings(topic);
        settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(4 * MIB));
        settings.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
        if (topic.equals(EVENTS_RAW)) settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
        return settings;
    }

    private static boolean takeWrites(Admin admin, List<String> names) throws ExecutionException, InterruptedException {
        try {
            var latest = new HashMap<TopicPartition, OffsetSpec>();
            for (var topic : describe(admin, names)) {
                for (var partition : topic.partitions()) {
                    if (partition.leader() == null || partition.isr().isEmpty()) return false;
                    latest.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
                }
            }
            admin.listOffsets(latest).all().get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RetriableException) return false;
            throw e;
        }
    }

    private static void verify(Admin admin, int eventPartitions) throws ExecutionException, InterruptedException {
        for (var found : describe(admin, ALL.stream().map(Topic::name).toList())) {
            int wanted = partitions(byName(found.name()), eventPartitions);
            if (found.partitions().size() != wanted) {
                throw new IllegalStateException(
                        "topic %s has %d partitions where this installation has %d; the number cannot be changed"
                                .formatted(found.name(), found.partitions().size(), wanted));
            }
        }
        var resources = ALL.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.name()))
                .toList();
        var stamping = TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG;
        for (var entry : admin.describeConfigs(resources).all().get().entrySet()) {
            var topic = entry.getKey().name();
            var wanted = settings(byName(topic)).get(stamping);
            var found = entry.getValue().get(stamping).value();
            if (!found.equals(wanted)) {
                throw new IllegalStateException(
                        "topic %s has %s=%s where it must be %s".formatted(topic, stamping, found, wanted));
            }
        }
    }

    private static Collection<TopicDescription> describe(Admin admin, List<String> names)
            throws ExecutionException, InterruptedException {
        return admin.describeTopics(names).allTopicNames().get().values();
    }

    private static Topic byName(String name) {
        return ALL.stream()
                .filter(topic -> topic.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static int partitions(Topic topic, int eventPartitions) {
        return switch (topic.partitioning()) {
            case EVENTS -> eventPartitions;
            case SINGLE -> 1;
        };
    }

    /// The broker's settings of a topic, all explicit, so that Kafka and Redpanda behave alike.
    static Map<String, String> settings(Topic topic) {
        var settings = new HashMap<String, String>();
        settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(topic.maxMessageSize()));
        settings.put(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
        switch (topic.cleanup()) {
            case Cleanup.After(var retention) -> {
                settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
                settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
                settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
            }
            case Cleanup.Compacted() -> {
                settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
                settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
                // The active segment is never compacted, and with timestamps of 0 it rolls by size alone.
                settings.put(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(16 * MIB));
            }
        }
        return settings;
    }

    private static Topic events(String name, Schema value, Duration retention, int maxMessageSize, String owner) {
        return new Topic(
                name,
                "organization_id/external_subscription_id",
                value,
                Partitioning.EVENTS,
                new Cleanup.After(retention),
                maxMessageSize,
                owner);
    }

    private static Topic audit(String name, Schema value) {
        return new Topic(
                name,
                "organization_id",
                value,
                Partitioning.EVENTS,
                new Cleanup.After(Duration.ofDays(7)),
                4 * MIB,
                "invoicer");
    }

    private static Topic configuration(String name, String key, Schema value, Partitioning partitioning) {
        return compacted(name, key, value, partitioning, "invoicer");
    }

    private static Topic compacted(String name, String key, Schema value, Partitioning partitioning, String owner) {
        return new Topic(name, key, value, partitioning, new Cleanup.Compacted(), 4 * MIB, owner);
    }
}
