package io.millrace.ingest;

import io.millrace.config.ApiKey;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which organization a key speaks for, as the topic `config_api_keys` has it: read whole at start, then followed.
///
/// Nobody is let in before it has been read whole, because a key's end may be its last word.
final class ApiKeys implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);
    private static final TopicPartition PARTITION = new TopicPartition(Topics.CONFIG_API_KEYS.name(), 0);
    private static final Duration POLL = Duration.ofMillis(500); // and the longest that closing waits for it
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration GRACE = Duration.ofSeconds(10);

    /// Permission to send events.
    private static final String WRITE = "event:write";

    private final IngestSettings settings;
    private final AvroDeserializer<ApiKey> values;
    private final InstantSource clock;
    private final Map<String, ApiKey> keys = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final Thread follower;

    ApiKeys(IngestSettings settings, SchemaRegistry registry, InstantSource clock) {
        this.settings = settings;
        this.values = new AvroDeserializer<>(registry, ApiKey.getClassSchema());
        this.clock = clock;
        this.follower = Thread.ofPlatform().name("api-keys").daemon().start(this::follow);
    }

    /// The organization of a key that may send events.
    ///
    /// @throws IngestRefusal where there is none, or keys are not all known yet
    String organizationOf(String key) {
        if (!isCaughtUp()) throw new IngestRefusal.Unavailable();
        var known = Optional.ofNullable(keys.get(hash(key)))
                .filter(found -> found.getExpiresAt() == null || clock.instant().isBefore(found.getExpiresAt()))
                .orElseThrow(IngestRefusal.Unauthorized::new);
        if (!known.getPermissions().isEmpty() && !known.getPermissions().contains(WRITE)) {
            throw new IngestRefusal.Forbidden();
        }
        return known.getOrganizationId();
    }

    /// True once all keys that were there at start have been read.
    boolean isCaughtUp() {
        return caughtUp.getCount() == 0;
    }

    /// Lower-case hex SHA-256, which is all that is known of a key.
    static String hash(String key) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private void follow() {
        var lastFailure = "";
        while (closing.getCount() > 0) {
            try {
                createTopics();
                read();
            } catch (RuntimeException e) {
                // whatever it is, the next round starts from the beginning; each reason is said once
                if (!lastFailure.equals(e.toString())) log.warn("keys cannot be read now", e);
                lastFailure = e.toString();
                pause();
            }
        }
    }

    private void pause() {
        try {
            var unused = closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing.countDown();
        }
    }

    private void createTopics() {
        try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", settings.bootstrapServers()))) {
            Topics.create(admin, settings.eventPartitions(), settings.replication());
        }
    }

    private void read() {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", settings.bootstrapServers(),
                "enable.auto.commit", "false",
                "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = List.of(PARTITION);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long end = consumer.endOffsets(partitions).getOrDefault(PARTITION, 0L);
            while (closing.getCount() > 0) {
                if (!isCaughtUp() && consumer.position(PARTITION) >= end) {
                    log.info("{} keys known", keys.size());
                    caughtUp.countDown();
                }
                for (var entry : consumer.poll(POLL)) apply(entry);
            }
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> entry) {
        var hash = new String(entry.key(), StandardCharsets.UTF_8);
        try {
            var key = values.deserialize(PARTITION.topic(), entry.value());
            if (key == null) {
                keys.remove(hash);
            } else {
                keys.merge(hash, key, (known, next) -> next.getVersion() < known.getVersion() ? known : next);
            }
        } catch (SerializationException e) {
            log.error("the key at offset {} of {} cannot be read", entry.offset(), PARTITION, e);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            follower.join(GRACE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
