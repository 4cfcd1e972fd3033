package io.millrace.invoicer.deadletter;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.millrace.invoicer.usage.ClickHouse;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/// Asks ClickHouse for an organization's dead letters. The statements are `dead_letter_ids.sql` and
/// `dead_letters.sql`.
@Singleton
public class DeadLetters {
    private static final String IDS = ClickHouse.statement("dead_letter_ids.sql");
    private static final String LETTERS = ClickHouse.statement("dead_letters.sql");

    /// A key's rows share a partition.
    private static final String EXACT = "SETTINGS do_not_merge_across_partitions_select_final = 1";

    /// Of one event; nobody reads more.
    private static final int MOST_OF_AN_EVENT = 1000;

    private final ClickHouse clickHouse;

    DeadLetters(ClickHouse clickHouse) {
        this.clickHouse = clickHouse;
    }

    /// What is looked for; empty text stands for anything.
    record Filters(String reason, String code, String externalSubscriptionId, String transactionId) {
        boolean isEmpty() {
            return equals(new Filters("", "", "", ""));
        }
    }

    /// Which letters are taken besides those that are open: never sent again, nor enriched since where they lie.
    ///
    /// @param withReDriven also those that were sent again
    /// @param withEnriched also those whose event counts, since something was agreed about its time
    /// @param sendableOnly only those that can be sent, the oldest first; else the newest are first
    record Selection(boolean withReDriven, boolean withEnriched, boolean sendableOnly) {
        static final Selection ALL = new Selection(true, true, false);
        static final Selection SENDABLE = new Selection(false, false, true);
    }

    /// A page of ids, and how many there are in all.
    Page<String> ids(UUID organization, Filters filters, Selection selection, Pageable asked) {
        try (var connection = clickHouse.connect();
                var count = connection.prepareStatement("SELECT count() FROM (" + IDS + ") " + EXACT);
                var page = connection.prepareStatement(IDS + " LIMIT ? OFFSET ? " + EXACT)) {
            for (var statement : List.of(count, page)) {
                statement.setString(1, organization.toString());
                statement.setString(2, filters.reason());
                statement.setString(3, filters.code());
                statement.setString(4, filters.externalSubscriptionId());
                statement.setString(5, filters.transactionId());
                statement.setBoolean(6, selection.withReDriven());
                statement.setBoolean(7, selection.withEnriched());
                statement.setBoolean(8, selection.sendableOnly());
                statement.setLong(9, DeadLetter.LARGEST);
            }
            page.setInt(10, asked.getSize());
            page.setLong(11, asked.getOffset());
            return ClickHouse.page(count, page, asked, statement -> {
                var ids = new ArrayList<String>();
                try (var row = statement.executeQuery()) {
                    while (row.next()) ids.add(row.getString(1));
                }
                return ids;
            });
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for dead letters", e);
        }
    }

    /// What an event became instead of billable, also in the charger, the newest first; without original values.
    public List<DeadLetter> ofEvent(UUID organization, String externalSubscriptionId, String transactionId) {
        var filters = new Filters("", "", externalSubscriptionId, transactionId);
        var page = ids(organization, filters, Selection.ALL, Pageable.from(0, MOST_OF_AN_EVENT));
        return brief(organization, page.getContent());
    }

    /// Without their original values; in the order of the ids. One that is unknown, or another organization's, is
    /// left out.
    List<DeadLetter> brief(UUID organization, Collection<String> ids) {
        return letters(organization, ids, false);
    }

    /// With their original values, each up to 1 MiB; in the order of the ids. One that is unknown, or another
    /// organization's, is left out.
    List<DeadLetter> whole(UUID organization, Collection<String> ids) {
        return letters(organization, ids, true);
    }

    private List<DeadLetter> letters(UUID organization, Collection<String> ids, boolean withValues) {
        if (ids.isEmpty()) return List.of();
        var letters = new HashMap<String, DeadLetter>();
        try (var connection = clickHouse.connect();
                var statement = connection.prepareStatement(LETTERS)) {
            statement.setString(1, organization.toString());
            statement.setArray(2, connection.createArrayOf("String", ids.toArray()));
            statement.setBoolean(3, withValues);
            try (var row = statement.executeQuery()) {
                while (row.next()) letters.put(row.getString("id"), letter(row));
            }
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for dead letters", e);
        }
        return ids.stream().map(letters::get).filter(Objects::nonNull).toList();
    }

    private static DeadLetter letter(ResultSet row) throws SQLException {
        long micros = row.getLong("timestamp_micros");
        var timestamp = row.wasNull() ? null : Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        long reDrivenMillis = row.getLong("re_driven_millis");
        var reDrivenAt = row.wasNull() ? null : Instant.ofEpochMilli(reDrivenMillis);
        var key = row.getString("origin_key_base64");
        return new DeadLetter(
                row.getString("id"),
                row.getString("organization_id"),
                row.getString("external_subscription_id"),
                row.getString("transaction_id"),
                row.getString("code"),
                timestamp,
                row.getString("stage"),
                row.getString("reason"),
                row.getString("message"),
                Instant.ofEpochMilli(row.getLong("ingested_millis")),
                Instant.ofEpochMilli(row.getLong("dead_lettered_millis")),
                reDrivenAt,
                row.getString("re_driven_as"),
                row.getBoolean("enriched"),
                row.getString("origin_topic"),
                key == null ? null : bytes(key),
                bytes(row.getString("origin_value_base64")),
                row.getLong("origin_value_size"),
                row.getString("origin_value_sha256"));
    }

    private static byte[] bytes(String base64) {
        return Base64.getDecoder().decode(base64);
    }
}
