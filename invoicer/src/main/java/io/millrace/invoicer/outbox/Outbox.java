package io.millrace.invoicer.outbox;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.topic.Topic;
import jakarta.inject.Singleton;
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
        jdbc.prepareStatement("""
                insert into outbox (topic, key, organization_id, version) values (?, ?, ?, 1)
                on conflict (topic, key) do update set version = outbox.version + 1, changed_at = clock_timestamp()
                """, statement -> {
            statement.setString(1, topic.name());
            statement.setString(2, key);
            statement.setObject(3, organizationId);
            return statement.executeUpdate();
        });
        jdbc.prepareStatement("select pg_notify('" + CHANNEL + "', '')", statement -> statement.execute());
    }

    /// Has every key published again, with the version it has: downstream nothing changes.
    @Transactional
    public void republish() {
        jdbc.prepareStatement("update outbox set published_version = 0", statement -> statement.executeUpdate());
        jdbc.prepareStatement("select pg_notify('" + CHANNEL + "', '')", statement -> statement.execute());
    }
}
