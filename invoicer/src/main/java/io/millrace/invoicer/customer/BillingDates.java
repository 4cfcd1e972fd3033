package io.millrace.invoicer.customer;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.UUID;

/// Keeps what is billed on its dates when a zone changes: a period that ends with March ends with March in the new
/// zone, so that the two periods beside it neither overlap nor leave a gap.
///
/// ```
///  before  |──── March, Paris ────|── April, Paris …
///  after   |──── March, Paris … Tokyo ─|── April, Tokyo …
/// ```
///
/// An end that was agreed as an instant stays that instant.
@Singleton
class BillingDates {
    private static final String MOVABLE = """
            c.id = s.customer_id and s.status = 'active' and s.next_billing_at is not null
            and s.next_billing_at is distinct from coalesce(s.terminated_at, s.ending_at) and %s""";

    private final JdbcOperations jdbc;

    BillingDates(JdbcOperations jdbc) {
        this.jdbc = jdbc;
    }

    @Transactional(propagation = Propagation.MANDATORY)
    public void ofCustomer(UUID customer, ZoneId before, ZoneId after) {
        move("c.id = ?", customer, before, after);
    }

    /// Of all customers of an organization that have no zone of their own.
    @Transactional(propagation = Propagation.MANDATORY)
    public void ofOrganization(UUID organization, ZoneId before, ZoneId after) {
        move("c.organization_id = ? and c.timezone is null", organization, before, after);
    }

    private void move(String whose, UUID owner, ZoneId before, ZoneId after) {
        var movable = MOVABLE.formatted(whose);
        var from = new ArrayList<String>();
        var to = new ArrayList<String>();
        jdbc.prepareStatement(
                "select distinct s.next_billing_at from subscriptions s, customers c where " + movable, statement -> {
                    statement.setObject(1, owner);
                    try (var row = statement.executeQuery()) {
                        while (row.next()) {
                            var at = row.getTimestamp(1).toInstant();
                            from.add(at.toString());
                            to.add(sameDate(at, before, after).toString());
                        }
                    }
                    return from.size();
                });
        if (from.isEmpty()) return;
        jdbc.prepareStatement("""
                update subscriptions s set next_billing_at = moved.after
                from customers c, unnest(?, ?) as moved(before, after)
                where s.next_billing_at = moved.before and\s""" + movable, statement -> {
            var connection = statement.getConnection();
            statement.setArray(1, connection.createArrayOf("timestamptz", from.toArray()));
            statement.setArray(2, connection.createArrayOf("timestamptz", to.toArray()));
            statement.setObject(3, owner);
            return statement.executeUpdate();
        });
    }

    private static Instant sameDate(Instant instant, ZoneId before, ZoneId after) {
        return instant.atZone(before).withZoneSameLocal(after).toInstant();
    }
}
