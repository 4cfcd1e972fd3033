package io.millrace.invoicer.invoice;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Finds what is due, by each customer's own clock.
@Singleton
class DueSubscriptions {
    private final JdbcOperations jdbc;

    DueSubscriptions(JdbcOperations jdbc) {
        this.jdbc = jdbc;
    }

    /// @param billedUntil start of what is due; equal to `at` while pending
    /// @param at when it is due
    record Due(
            UUID subscriptionId,
            UUID organizationId,
            UUID customerId,
            UUID planId,
            String externalId,
            String status,
            Instant billedUntil,
            Instant at) {
        boolean isPending() {
            return status.equals("pending");
        }
    }

    /// The longest due first. A test clock passes day by day, however far it was advanced: what is due by it later
    /// than a day after the first waits until that is done.
    @Transactional
    List<Due> find(Instant systemNow, int most) {
        return jdbc.prepareStatement("""
                select s.id, s.organization_id, s.customer_id, s.external_id, s.status, s.billed_until, s.next_billing_at, s.plan_id
                from subscriptions s join customers c on c.id = s.customer_id
                where c.test_clock_id is null and s.next_billing_at <= ?
                union all
                select d.id, d.organization_id, d.customer_id, d.external_id, d.status, d.billed_until, d.next_billing_at, d.plan_id
                from test_clocks t cross join lateral (
                    select s.*, min(s.next_billing_at) over () as first_due
                    from customers c join subscriptions s on s.customer_id = c.id
                    where c.test_clock_id = t.id and s.next_billing_at <= t.time) d
                where d.next_billing_at < d.first_due + interval '1 day'
                order by next_billing_at, customer_id
                limit ?""", statement -> {
            statement.setTimestamp(1, Timestamp.from(systemNow));
            statement.setInt(2, most);
            var due = new ArrayList<Due>();
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    var at = row.getTimestamp(7).toInstant();
                    var billedUntil = row.getTimestamp(6);
                    due.add(new Due(
                            row.getObject(1, UUID.class),
                            row.getObject(2, UUID.class),
                            row.getObject(3, UUID.class),
                            row.getObject(8, UUID.class),
                            row.getString(4),
                            row.getString(5),
                            billedUntil == null ? at : billedUntil.toInstant(),
                            at));
                }
            }
            return due;
        });
    }
}
