package io.millrace.invoicer.outbox;

import io.micronaut.context.annotation.Context;
import io.micronaut.data.connection.jdbc.advice.DelegatingDataSource;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.TransactionOperations;
import io.micronaut.transaction.support.DefaultTransactionDefinition;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.registry.AvroSerializer;
import io.millrace.registry.HttpSchemaRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries what the outbox notes to the configuration topics.
///
/// ```
///  commit ─ notify ─▶ read unpublished keys and their state in one snapshot ─▶ one Kafka transaction ─▶ note versions
///                     ▲                                                                                     │
///                     └───────────────── again while there are any ─────────────────────────────────────────┘
/// ```
///
/// One instance publishes at a time: it holds an advisory lock in PostgreSQL, and a fixed transactional id
/// makes the broker refuse a predecessor that only believes to hold it. A crash before the versions are noted
/// publishes the same values again, which readers ignore.
@Singleton
@Context
class OutboxPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(OutboxPublisher.class);

    /// Any number that no other program locks by.
    static final long LOCK = 0x6d696c6c72616365L;
    private static final String TRANSACTIONAL_ID = "millrace-invoicer-outbox";
    /// Keys per Kafka transaction.
    private static final int BATCH = 500;
    /// Configuration is taken by Kafka Streams before any event.
    private static final long BEFORE_ALL_EVENTS = 0;

    private static final TransactionDefinition SNAPSHOT = snapshot();

    private final DataSource database;
    private final TransactionOperations<Connection> transactions;
    private final Map<String, Publication> publications = new HashMap<>();
    private final InvoicerSettings settings;
    private volatile boolean closed;
    private @Nullable Thread thread;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    private record Publication(ConfigurationTopic source, AvroSerializer<SpecificRecord> serializer) {}

    private record Unpublished(String topic, String key, UUID organizationId, long version) {}

    private record Message(Unpublished unpublished, byte[] value) {}

    OutboxPublisher(
            DataSource database,
            TransactionOperations<Connection> transactions,
            List<ConfigurationTopic> sources,
            InvoicerSettings settings) {
        this.database = DelegatingDataSource.unwrapDataSource(database);
        this.transactions = transactions;
        this.settings = settings;
        var registry = HttpSchemaRegistry.of(settings.schemaRegistryUrl());
        for (var source : sources) {
            publications.put(
                    source.topic().name(), new Publication(source, new AvroSerializer<>(registry, source.topic())));
        }
    }

    @EventListener
    void start(ServerStartupEvent ignored) {
        thread = Thread.ofPlatform().name("outbox-publisher").daemon().start(this::run);
    }

    @PreDestroy
    void close() throws InterruptedException {
        closed = true;
        if (thread != null) thread.join(Duration.ofSeconds(20));
    }

    private void run() {
        while (!closed) {
            try (var session = database.getConnection()) {
                if (lock(session)) publishWhileLocked(session);
            } catch (Exception e) {
                if (!closed) LOG.warn("configuration waits to be published", e);
            } finally {
                forgetProducer();
            }
            pause();
        }
    }

    private void publishWhileLocked(Connection session) throws SQLException {
        try (var listen = session.createStatement()) {
            listen.execute("listen " + Outbox.CHANNEL);
        }
        var notifications = session.unwrap(PGConnection.class);
        while (!closed) {
            while (publishBatch() > 0) {}
            // Also the proof that the session, and with it the lock, is alive.
            notifications.getNotifications(
                    Math.toIntExact(settings.outboxInterval().toMillis()));
        }
    }

    /// Publishes some of the unpublished keys; returns how many are published for good. Those that are being changed
    /// again meanwhile come again.
    private int publishBatch() {
        var messages = transactions.execute(SNAPSHOT, status -> read(status.getConnection()));
        if (messages.isEmpty()) return 0;
        var producer = producer();
        producer.beginTransaction();
        for (var message : messages) {
            var unpublished = message.unpublished();
            producer.send(new ProducerRecord<>(
                    unpublished.topic(),
                    null,
                    BEFORE_ALL_EVENTS,
                    unpublished.key().getBytes(StandardCharsets.UTF_8),
                    message.value()));
        }
        // Throws if any of the sends failed.
        producer.commitTransaction();
        return transactions.executeWrite(status -> note(status.getConnection(), messages));
    }

    private List<Message> read(Connection connection) throws SQLException {
        var unpublished = new ArrayList<Unpublished>();
        try (var select = connection.prepareStatement("""
                select topic, key, organization_id, version from outbox
                where version > published_version
                order by changed_at limit ?""")) {
            select.setInt(1, BATCH);
            var row = select.executeQuery();
            while (row.next()) {
                unpublished.add(new Unpublished(
                        row.getString(1), row.getString(2), row.getObject(3, UUID.class), row.getLong(4)));
            }
        }
        var messages = new ArrayList<Message>();
        for (var each : unpublished) {
            var publication = publications.get(each.topic());
            if (publication == null) throw new IllegalStateException("no domain publishes " + each.topic());
            var value = publication.source().value(each.organizationId(), each.key(), each.version());
            var bytes = publication.serializer().serialize(each.topic(), value);
            if (bytes != null) messages.add(new Message(each, bytes));
        }
        return messages;
    }

    /// Waits for no key, as others may hold one and wait for another.
    private static int note(Connection connection, List<Message> messages) throws SQLException {
        try (var update = connection.prepareStatement("""
                update outbox set published_version = free.version
                from (
                    select topic, key, sent.version
                    from outbox join unnest(?, ?, ?) as sent (topic, key, version) using (topic, key)
                    where published_version < sent.version
                    for update of outbox skip locked) as free
                where outbox.topic = free.topic and outbox.key = free.key""")) {
            var sent = messages.stream().map(Message::unpublished).toList();
            update.setArray(
                    1,
                    connection.createArrayOf(
                            "text", sent.stream().map(Unpublished::topic).toArray()));
            update.setArray(
                    2,
                    connection.createArrayOf(
                            "text", sent.stream().map(Unpublished::key).toArray()));
            update.setArray(
                    3,
                    connection.createArrayOf(
                            "bigint", sent.stream().map(Unpublished::version).toArray()));
            return update.executeUpdate();
        }
    }

    private static TransactionDefinition snapshot() {
        var definition = new DefaultTransactionDefinition();
        definition.setIsolationLevel(TransactionDefinition.Isolation.REPEATABLE_READ);
        definition.setReadOnly(true);
        return definition;
    }

    private static boolean lock(Connection session) throws SQLException {
        try (var statement = session.prepareStatement("select pg_try_advisory_lock(?)")) {
            statement.setLong(1, LOCK);
            var row = statement.executeQuery();
            return row.next() && row.getBoolean(1);
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        var existing = producer;
        if (existing != null) return existing;
        var properties = new Properties();
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 15_000);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 4 * 1024 * 1024);
        var created = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer = created;
        created.initTransactions();
        return created;
    }

    /// After a failure the transaction is in doubt; the next producer's start aborts it.
    private void forgetProducer() {
        var failed = producer;
        producer = null;
        if (failed != null) failed.close(Duration.ofSeconds(1));
    }

    private void pause() {
        try {
            if (!closed) Thread.sleep(settings.outboxInterval());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
