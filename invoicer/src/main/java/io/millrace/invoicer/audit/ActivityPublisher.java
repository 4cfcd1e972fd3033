package io.millrace.invoicer.audit;

import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.micronaut.transaction.TransactionOperations;
import io.millrace.invoicer.contract.Json;
import io.millrace.topic.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries noted activities to `activity_logs`, at least once each.
///
/// ```
///  ┌───────────────────── one transaction ─────────────────────┐
///  take some, locked ─▶ send ─▶ acknowledged by all ─▶ delete
/// ```
///
/// Whoever dies in between leaves them to be sent again, under the same ids: the table keeps one of each. Instances
/// share the work, for one passes over what another has locked.
@Singleton
class ActivityPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(ActivityPublisher.class);
    private static final int BATCH = 200;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final TransactionOperations<Connection> transactions;
    private final AuditTopics topics;
    private volatile boolean closed;
    private @Nullable Thread thread;

    ActivityPublisher(TransactionOperations<Connection> transactions, AuditTopics topics) {
        this.transactions = transactions;
        this.topics = topics;
    }

    @EventListener
    void start(ServerStartupEvent ignored) {
        thread = Thread.ofPlatform().name("activity-publisher").daemon().start(this::run);
    }

    @PreDestroy
    void close() throws InterruptedException {
        closed = true;
        if (thread != null) thread.join(Duration.ofSeconds(20));
    }

    private void run() {
        while (!closed) {
            try {
                while (transactions.executeWrite(status -> publish(status.getConnection())) == BATCH) {}
            } catch (Exception e) {
                if (!closed) LOG.warn("activities wait to be published", e);
            }
            pause();
        }
    }

    private int publish(Connection connection) throws SQLException, ExecutionException, InterruptedException {
        var sent = new ArrayList<Future<RecordMetadata>>();
        var ids = new ArrayList<UUID>();
        try (var take = connection.prepareStatement("""
                select organization_id, entry from activities order by logged_at limit ? for update skip locked""")) {
            take.setInt(1, BATCH);
            var row = take.executeQuery();
            while (row.next()) {
                var organization = row.getObject(1, UUID.class);
                var activity = Json.read(row.getString(2), Activity.class);
                ids.add(activity.id());
                sent.add(topics.send(
                        Topics.ACTIVITY_LOGS,
                        organization.toString(),
                        activity.log(organization),
                        (place, failure) -> {}));
            }
        }
        for (var each : sent) each.get();
        forget(connection, ids);
        return ids.size();
    }

    private static void forget(Connection connection, List<UUID> ids) throws SQLException {
        if (ids.isEmpty()) return;
        try (var delete = connection.prepareStatement("delete from activities where id = any (?)")) {
            delete.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
            delete.executeUpdate();
        }
    }

    private void pause() {
        try {
            if (!closed) Thread.sleep(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
