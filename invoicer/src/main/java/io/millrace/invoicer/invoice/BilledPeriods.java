package io.millrace.invoicer.invoice;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Which period of which subscription is on which invoice.
@Singleton
@Transactional
class BilledPeriods {
    private final JdbcOperations jdbc;

    BilledPeriods(JdbcOperations jdbc) {
        this.jdbc = jdbc;
    }

    /// Fails where the subscription's period is billed already: nothing of the transaction then holds.
    void save(BilledPeriod period) {
        jdbc.prepareStatement("""
                insert into invoice_subscriptions (invoice_id, subscription_id, period_from, period_to, fee_from,
                    fee_to, invoicing_reason, plan_revision, parked_events)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)""", statement -> {
            statement.setObject(1, period.invoiceId());
            statement.setObject(2, period.subscriptionId());
            statement.setTimestamp(3, Timestamp.from(period.from()));
            statement.setTimestamp(4, Timestamp.from(period.to()));
            statement.setTimestamp(5, Timestamp.from(period.feeFrom()));
            statement.setTimestamp(6, Timestamp.from(period.feeTo()));
            statement.setString(7, period.invoicingReason());
            statement.setInt(8, period.planRevision());
            statement.setLong(9, period.parkedEvents());
            return statement.executeUpdate();
        });
    }

    List<BilledPeriod> of(UUID invoiceId) {
        return jdbc.prepareStatement("""
                select p.* from invoice_subscriptions p join subscriptions s on s.id = p.subscription_id
                where p.invoice_id = ? order by s.external_id, p.period_from""", statement -> {
            statement.setObject(1, invoiceId);
            return periods(statement);
        });
    }

    /// The periods of usage that were billed of a customer's subscriptions of that name, the latest first.
    List<BilledPeriod> of(UUID customerId, String externalSubscriptionId, long offset, int most) {
        return jdbc.prepareStatement("""
                select p.* from invoice_subscriptions p join subscriptions s on s.id = p.subscription_id
                where s.customer_id = ? and s.external_id = ? and p.period_from < p.period_to order by p.period_from desc, p.invoice_id
                offset ? limit ?""", statement -> {
            statement.setObject(1, customerId);
            statement.setString(2, externalSubscriptionId);
            statement.setLong(3, offset);
            statement.setInt(4, most);
            return periods(statement);
        });
    }

    long count(UUID customerId, String externalSubscriptionId) {
        return jdbc.prepareStatement("""
                select count(*) from invoice_subscriptions p join subscriptions s on s.id = p.subscription_id
                where s.customer_id = ? and s.external_id = ? and p.period_from < p.period_to""", statement -> {
            statement.setObject(1, customerId);
            statement.setString(2, externalSubscriptionId);
            try (var row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    private static List<BilledPeriod> periods(PreparedStatement statement) throws SQLException {
        var periods = new ArrayList<BilledPeriod>();
        try (var row = statement.executeQuery()) {
            while (row.next()) periods.add(period(row));
        }
        return periods;
    }

    private static BilledPeriod period(ResultSet row) throws SQLException {
        return new BilledPeriod(
                row.getObject("invoice_id", UUID.class),
                row.getObject("subscription_id", UUID.class),
                instant(row, "period_from"),
                instant(row, "period_to"),
                instant(row, "fee_from"),
                row.getTimestamp("fee_to") == null ? instant(row, "period_to") : instant(row, "fee_to"),
                row.getString("invoicing_reason"),
                row.getInt("plan_revision"),
                row.getLong("parked_events"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getTimestamp(column).toInstant();
    }
}
