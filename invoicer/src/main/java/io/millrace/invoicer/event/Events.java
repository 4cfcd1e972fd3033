package io.millrace.invoicer.event;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.usage.ClickHouse;
import io.millrace.rating.period.TimeSpan;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/// Asks ClickHouse for an organization's events and what was made of them. The statements are `events.sql` and
/// `event_….sql`.
@Singleton
class Events {
    private static final String EVENTS = ClickHouse.statement("events.sql");
    private static final String ENRICHMENTS = ClickHouse.statement("event_enrichments.sql");
    private static final String CHARGES = ClickHouse.statement("event_charges.sql");
    private static final String FEES_IN_ADVANCE = ClickHouse.statement("event_fees_in_advance.sql");
    /// The table's key backwards: of a subscription, read without sorting.
    private static final String NEWEST_FIRST =
            " ORDER BY timestamp DESC, transaction_id DESC, raw_partition DESC, raw_offset DESC LIMIT ? OFFSET ?";
    private static final String AS_THEY_CAME = " ORDER BY ingested_at, raw_partition, raw_offset LIMIT ?";
    /// Records of one transaction id; whoever sends it more often sees the first of them.
    private static final int MOST = 1000;

    static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
    static final Instant LATEST = Instant.parse("2299-12-31T23:59:59.999999Z");

    private final ClickHouse clickHouse;

    Events(ClickHouse clickHouse) {
        this.clickHouse = clickHouse;
    }

    /// What is looked for; empty text stands for anything.
    ///
    /// @param from event time, inclusive
    /// @param to event time, inclusive
    record Filters(String externalSubscriptionId, String transactionId, String code, Instant from, Instant to) {
        static Filters of(String externalSubscriptionId, String transactionId) {
            return new Filters(externalSubscriptionId, transactionId, "", EARLIEST, LATEST);
        }
    }

    /// A page of events by event time, the newest first, and how many there are in all. A record that ClickHouse
    /// was given twice is counted twice until its parts are merged.
    Page<TakenEvent> page(UUID organization, Filters filters, Pageable asked) {
        try (var connection = clickHouse.connect();
                var count = connection.prepareStatement("SELECT count() FROM (" + EVENTS + ")");
                var page = connection.prepareStatement(EVENTS + NEWEST_FIRST)) {
            filter(count, organization, filters);
            filter(page, organization, filters);
            page.setInt(7, asked.getSize());
            page.setLong(8, asked.getOffset());
            return ClickHouse.page(count, page, asked, Events::taken);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /// The records of a transaction id in the order in which they came, at most a thousand.
    ///
    /// @param externalSubscriptionId empty for those of any subscription
    List<TakenEvent> taken(UUID organization, String externalSubscriptionId, String transactionId) {
        try (var connection = clickHouse.connect();
                var statement = connection.prepareStatement(EVENTS + AS_THEY_CAME)) {
            filter(statement, organization, Filters.of(externalSubscriptionId, transactionId));
            statement.setInt(7, MOST);
            return taken(statement);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /// The last version of what was made of events; those that nothing was made of are left out.
    Map<TakenEvent.Key, Enrichment> enrichments(UUID organization, Collection<TakenEvent> events) {
        var keys = events.stream().map(TakenEvent::key).distinct().toList();
        var found = new HashMap<TakenEvent.Key, Enrichment>();
        if (keys.isEmpty()) return found;
        try (var connection = clickHouse.connect();
                var statement = connection.prepareStatement(ENRICHMENTS)) {
            statement.setString(1, organization.toString());
            texts(connection, statement, 2, keys.stream().map(TakenEvent.Key::externalSubscriptionId));
            times(connection, statement, 3, keys.stream().map(TakenEvent.Key::timestamp));
            texts(connection, statement, 4, keys.stream().map(TakenEvent.Key::transactionId));
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    var key = new TakenEvent.Key(
                            row.getString("external_subscription_id"),
                            time(row, "timestamp_micros"),
                            row.getString("transaction_id"));
                    found.put(key, enrichment(row));
                }
            }
            return found;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /// @param records of one event, not empty
    List<CountedCharge> charges(UUID organization, Collection<TakenEvent> records) {
        var charges = new ArrayList<CountedCharge>();
        ask(CHARGES, organization, records, row -> charges.add(charge(row)));
        return charges;
    }

    /// @param records of one event, not empty
    List<FeeInAdvance> feesInAdvance(UUID organization, Collection<TakenEvent> records) {
        var fees = new ArrayList<FeeInAdvance>();
        ask(FEES_IN_ADVANCE, organization, records, row -> fees.add(feeInAdvance(row)));
        return fees;
    }

    private interface Reading {
        void read(ResultSet row) throws SQLException;
    }

    private void ask(String sql, UUID organization, Collection<TakenEvent> records, Reading reading) {
        var event = records.iterator().next();
        try (var connection = clickHouse.connect();
                var statement = connection.prepareStatement(sql)) {
            statement.setString(1, organization.toString());
            statement.setString(2, event.externalSubscriptionId());
            statement.setString(3, event.transactionId());
            times(
                    connection,
                    statement,
                    4,
                    records.stream().map(TakenEvent::timestamp).distinct());
            try (var row = statement.executeQuery()) {
                while (row.next()) reading.read(row);
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static void filter(PreparedStatement statement, UUID organization, Filters filters) throws SQLException {
        statement.setString(1, organization.toString());
        statement.setString(2, filters.externalSubscriptionId());
        statement.setString(3, filters.transactionId());
        statement.setString(4, filters.code());
        statement.setLong(5, micros(filters.from()));
        statement.setLong(6, micros(filters.to()));
    }

    private static List<TakenEvent> taken(PreparedStatement statement) throws SQLException {
        var found = new ArrayList<TakenEvent>();
        try (var row = statement.executeQuery()) {
            while (row.next()) {
                found.add(new TakenEvent(
                        row.getString("external_subscription_id"),
                        row.getString("transaction_id"),
                        row.getString("code"),
                        time(row, "timestamp_micros"),
                        texts(row, "properties"),
                        row.getString("precise_total_amount_cents"),
                        row.getString("source"),
                        place(row),
                        Instant.ofEpochMilli(row.getLong("ingested_millis"))));
            }
        }
        return found.stream().distinct().toList();
    }

    private static Enrichment enrichment(ResultSet row) throws SQLException {
        return new Enrichment(
                UUID.fromString(row.getString("subscription_id")),
                UUID.fromString(row.getString("plan_id")),
                row.getString("aggregation_type"),
                row.getString("value"),
                row.getString("operation"),
                place(row),
                Instant.ofEpochMilli(row.getLong("ingested_millis")),
                row.getLong("enrichment_version"),
                row.getInt("is_deleted") != 0);
    }

    private static CountedCharge charge(ResultSet row) throws SQLException {
        return new CountedCharge(
                time(row, "timestamp_micros"),
                UUID.fromString(row.getString("subscription_id")),
                UUID.fromString(row.getString("charge_id")),
                Ids.parse(row.getString("charge_filter_id")).orElse(null),
                row.getLong("plan_revision"),
                texts(row, "grouped_by"),
                row.getBoolean("pay_in_advance"),
                row.getString("value"),
                row.getString("operation"));
    }

    private static FeeInAdvance feeInAdvance(ResultSet row) throws SQLException {
        return new FeeInAdvance(
                time(row, "timestamp_micros"),
                UUID.fromString(row.getString("charge_id")),
                Ids.parse(row.getString("charge_filter_id")).orElse(null),
                row.getLong("plan_revision"),
                texts(row, "grouped_by"),
                new TimeSpan(time(row, "period_from_micros"), time(row, "period_to_micros")),
                row.getBigDecimal("units"),
                row.getString("amount_currency"),
                row.getLong("amount_cents"),
                row.getBigDecimal("precise_amount_cents"),
                row.getBigDecimal("total_units"),
                row.getLong("total_amount_cents"));
    }

    private static Place place(ResultSet row) throws SQLException {
        return new Place(row.getInt("raw_partition"), row.getLong("raw_offset"));
    }

    private static Map<String, String> texts(ResultSet row, String column) throws SQLException {
        var texts = new TreeMap<String, String>();
        ((Map<?, ?>) row.getObject(column))
                .forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        return texts;
    }

    private static void texts(Connection connection, PreparedStatement statement, int position, Stream<String> texts)
            throws SQLException {
        statement.setArray(position, connection.createArrayOf("String", texts.toArray()));
    }

    private static void times(Connection connection, PreparedStatement statement, int position, Stream<Instant> times)
            throws SQLException {
        statement.setArray(
                position,
                connection.createArrayOf("Int64", times.map(Events::micros).toArray()));
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return Instant.EPOCH.plus(row.getLong(column), ChronoUnit.MICROS);
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static IllegalStateException failed(SQLException e) {
        return new IllegalStateException("ClickHouse cannot be asked for events", e);
    }
}
