package io.millrace.invoicer.audit;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Json;
import jakarta.inject.Singleton;
import java.sql.Timestamp;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// Who changed what, noted by the transaction that changes it: no change without its entry, no entry without its
/// change.
@Singleton
public class Activities {
    private final JdbcOperations jdbc;
    private final Clocks clocks;

    Activities(JdbcOperations jdbc, Clocks clocks) {
        this.jdbc = jdbc;
        this.clocks = clocks;
    }

    /// A change that nobody asked for at the time, such as an invoice that became due.
    ///
    /// @param type such as `invoice.created`
    /// @param resource such as `invoice`
    /// @param before fields of the resource that have changed, as they were; empty where it is new
    /// @param after fields of the resource, in the API's words
    @Transactional(propagation = Propagation.MANDATORY)
    public void bySystem(
            UUID organization, String type, String resource, UUID id, Map<String, ?> before, Map<String, ?> after) {
        var whole = new HashMap<String, Object>();
        if (!before.isEmpty()) {
            whole.putAll(after);
            whole.putAll(before);
        }
        note(organization, Activity.of(type, null, resource, id.toString(), whole, after, clocks.system()));
    }

    @Transactional(propagation = Propagation.MANDATORY)
    void note(UUID organization, Activity activity) {
        jdbc.prepareStatement(
                "insert into activities (id, organization_id, entry, logged_at) values (?, ?, ?, ?)", statement -> {
                    statement.setObject(1, activity.id());
                    statement.setObject(2, organization);
                    statement.setString(3, Json.write(activity));
                    statement.setTimestamp(4, Timestamp.from(activity.loggedAt()));
                    return statement.executeUpdate();
                });
    }
}
