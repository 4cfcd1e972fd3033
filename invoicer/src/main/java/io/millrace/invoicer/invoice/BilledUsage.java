package io.millrace.invoicer.invoice;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.contract.Json;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// On which invoice and in which fee the usage of a charge is.
@Singleton
@Transactional
public class BilledUsage {
    private final JdbcOperations jdbc;

    BilledUsage(JdbcOperations jdbc) {
        this.jdbc = jdbc;
    }

    /// Usage as it is billed: at one time, under one charge, filter and group.
    public record Usage(
            UUID subscriptionId,
            Instant time,
            UUID chargeId,
            @Nullable UUID filterId,
            Map<String, String> groupedBy) {}

    /// The invoice of the period, and the usage's fee on it.
    ///
    /// @param parkedEvents of the period, that waited when it was billed: whatever has become of them since is not
    /// in the fee
    /// @param fee null where nothing of that charge, filter and group was billed
    public record Invoiced(
            UUID invoiceId,
            String number,
            long parkedEvents,
            Map<String, Object> watermark,
            @Nullable BilledFee fee) {

        /// True if the usage was complete up to and with that record of `events_raw`.
        public boolean covers(int partition, long offset) {
            return !(watermark.get("events_raw") instanceof Map<?, ?> ends
                    && ends.get(Integer.toString(partition)) instanceof Number end
                    && offset >= end.longValue());
        }
    }

    /// @param eventsCount of all of its usage
    public record BilledFee(UUID id, long amountCents, String amountCurrency, long eventsCount) {}

    /// Empty if the period is not billed yet.
    public Optional<Invoiced> find(UUID organization, Usage usage) {
        return jdbc.prepareStatement("""
                select i.id, i.number, i.watermark::text, p.parked_events, f.id as fee_id, f.amount_cents,
                    f.amount_currency, f.events_count
                from invoice_subscriptions p
                join invoices i on i.id = p.invoice_id
                left join fees f on f.invoice_id = i.id and f.subscription_id = p.subscription_id
                    and f.period_from = p.period_from and f.charge_id = ? and f.charge_filter_id is not distinct from ?
                    and f.grouped_by = ?::jsonb and f.true_up_parent_fee_id is null
                where i.organization_id = ? and p.subscription_id = ? and p.period_from <= ? and p.period_to > ?
                order by p.period_from limit 1""", statement -> {
            statement.setObject(1, usage.chargeId());
            statement.setObject(2, usage.filterId(), Types.OTHER);
            statement.setString(3, Json.write(usage.groupedBy()));
            statement.setObject(4, organization);
            statement.setObject(5, usage.subscriptionId());
            statement.setTimestamp(6, Timestamp.from(usage.time()));
            statement.setTimestamp(7, Timestamp.from(usage.time()));
            try (var row = statement.executeQuery()) {
                return row.next() ? Optional.of(invoiced(row)) : Optional.empty();
            }
        });
    }

    private static Invoiced invoiced(ResultSet row) throws SQLException {
        var feeId = row.getObject("fee_id", UUID.class);
        return new Invoiced(
                row.getObject("id", UUID.class),
                row.getString("number"),
                row.getLong("parked_events"),
                Json.tree(row.getString("watermark")),
                feeId == null
                        ? null
                        : new BilledFee(
                                feeId,
                                row.getLong("amount_cents"),
                                row.getString("amount_currency"),
                                row.getLong("events_count")));
    }
}
