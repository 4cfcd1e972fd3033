package io.millrace.invoicer.outbox;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Notes which keys of the configuration topics have changed, in the transaction that changes them.
@Singleton
public class Outbox {
    /// Channel of PostgreSQL's notifications, by which a commit wakes the publisher.
    static final String CHANNEL = "millrace_outbox";

    private final JdbcOperations jdbc;

    Outbox(JdbcOperations jdbc) {
        this.jdbc = jdbc;
    }

    /// Raises the key's version. Transactions that change the same key pass here one after the other until each
    /// has committed, so versions rise in the order of commits.
    @Transactional(propagation = Propagation.MANDATORY)
    public void changed(Topic topic, String key, UUID organizationId) {
        changed(topic, List.of(key), organizationId);
    }

    /// The same for many keys of one topic.
    @Transactional(propagation = Propagation.MANDATORY)
    public void changed(Topic topic, Collection<String> keys, UUID organizationId) {
        if (keys.isEmpty()) return;
        hold("pg_advisory_xact_lock_shared", organizationId);
        // Sorted, so that two that change the same keys wait for each other instead of both for ever.
        jdbc.prepareStatement("""
                insert into outbox (topic, key, organization_id, version)
                select ?, key, ?, 1 from unnest(?) as key order by key
                on conflict (topic, key) do update set version = outbox.version + 1, changed_at = clock_timestamp()
                """, statement -> {
            statement.setString(1, topic.name());
            statement.setObject(2, organizationId);
            statement.setArray(3, statement.getConnection().createArrayOf("text", keys.toArray()));
            return statement.executeUpdate();
        });
        wake();
    }

    /// A key whose value is agreed, but not published yet.
    public record Unpublished(String topic, String key) {}

    /// What of some topics is not published as of now, the oldest first.
    @Transactional
    public List<Unpublished> unpublished(Collection<Topic> topics, int most) {
        return jdbc.prepareStatement("""
                select topic, key from outbox where version > published_version and topic = any(?)
                order by changed_at limit ?""", statement -> {
            var names = topics.stream().map(Topic::name).toArray();
            statement.setArray(1, statement.getConnection().createArrayOf("text", names));
            statement.setInt(2, most);
            var unpublished = new ArrayList<Unpublished>();
            try (var row = statement.executeQuery()) {
                while (row.next()) unpublished.add(new Unpublished(row.getString(1), row.getString(2)));
            }
            return unpublished;
        });
    }

    /// How often that has been agreed anew by which the usage of some subscriptions is metered: their own spans, and
    /// all plans and metrics of their organization. Where it is the same twice, nothing was agreed in between.
    @Transactional
    public Map<String, Long> agreements(UUID organizationId, Collection<String> externalIds) {
        return jdbc.prepareStatement("""
                select key, version from outbox where topic = ? and key = any(?)
                union all
                select topic, sum(version)::bigint from outbox where topic in (?, ?) and organization_id = ? group by topic
                """, statement -> {
            var keys = externalIds.stream()
                    .map(externalId -> Keys.subscription(organizationId.toString(), externalId))
                    .toArray();
            statement.setString(1, Topics.CONFIG_SUBSCRIPTIONS.name());
            statement.setArray(2, statement.getConnection().createArrayOf("text", keys));
            statement.setString(3, Topics.CONFIG_PLANS.name());
            statement.setString(4, Topics.CONFIG_BILLABLE_METRICS.name());
            statement.setObject(5, organizationId);
            var times = new HashMap<String, Long>();
            try (var row = statement.executeQuery()) {
                while (row.next()) times.put(row.getString(1), row.getLong(2));
            }
            return times;
        });
    }

    /// Has every key of an organization published again, with the version it has: downstream nothing changes. Who
    /// changes some waits until all are marked, and the other way round: they would take them in different orders.
    ///
    /// @return how many keys
    @Transactional
    public long republish(UUID organizationId) {
        hold("pg_advisory_xact_lock", organizationId);
        long keys = jdbc.prepareStatement(
                "update outbox set published_version = 0 where organization_id = ?", statement -> {
                    statement.setObject(1, organizationId);
                    return statement.executeLargeUpdate();
                });
        wake();
        return keys;
    }

    /// How many keys of an organization wait to be published.
    @Transactional(readOnly = true)
    long countUnpublished(UUID organizationId) {
        return jdbc.prepareStatement(
                "select count(*) from outbox where version > published_version and organization_id = ?", statement -> {
                    statement.setObject(1, organizationId);
                    try (var row = statement.executeQuery()) {
                        row.next();
                        return row.getLong(1);
                    }
                });
    }

    /// Until the transaction ends.
    private void hold(String lock, UUID organizationId) {
        jdbc.prepareStatement("select " + lock + "(hashtextextended(?, 0))", statement -> {
            statement.setString(1, "outbox of " + organizationId);
            return statement.execute();
        });
    }

    private void wake() {
        jdbc.prepareStatement("select pg_notify('" + CHANNEL + "', '')", statement -> statement.execute());
    }
}
