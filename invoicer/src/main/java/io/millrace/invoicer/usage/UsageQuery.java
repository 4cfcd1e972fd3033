package io.millrace.invoicer.usage;

import io.millrace.invoicer.contract.Ids;
import io.millrace.rating.period.TimeSpan;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Asks ClickHouse what subscriptions used. The statements are `usage.sql` and `parked.sql`.
@Singleton
public class UsageQuery {
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
    private static final String USAGE = ClickHouse.statement("usage.sql");
    private static final String PARKED = ClickHouse.statement("parked.sql");

    private final ClickHouse clickHouse;

    UsageQuery(ClickHouse clickHouse) {
        this.clickHouse = clickHouse;
    }

    /// A subscription by both of its names.
    public record Asked(UUID subscriptionId, String externalId) {}

    /// @param lines by subscription; one without usage is not in it
    /// @param parked events of the period that nothing is known of yet, by external id; none where there are
    /// none
    public record Answer(Map<UUID, List<UsageLine>> lines, Map<String, Long> parked) {
        public List<UsageLine> lines(UUID subscription) {
            return lines.getOrDefault(subscription, List.of());
        }

        public long parked(String externalId) {
            return parked.getOrDefault(externalId, 0L);
        }
    }

    /// The usage of subscriptions of one organization in one period.
    public Answer of(UUID organization, TimeSpan period, Collection<Asked> subscriptions) {
        try (var connection = clickHouse.connect()) {
            return new Answer(
                    lines(connection, organization, period, subscriptions),
                    parked(connection, organization, period, subscriptions));
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for usage", e);
        }
    }

    private static Map<UUID, List<UsageLine>> lines(
            Connection connection, UUID organization, TimeSpan period, Collection<Asked> subscriptions)
            throws SQLException {
        var lines = new HashMap<UUID, List<UsageLine>>();
        try (var statement = connection.prepareStatement(USAGE)) {
            var parameters = new Parameters(connection, statement);
            parameters.text(organization.toString());
            parameters.texts(subscriptions.stream().map(Asked::externalId).toList());
            parameters.texts(subscriptions.stream()
                    .map(asked -> asked.subscriptionId().toString())
                    .toList());
            parameters.period(period);
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    var line = line(row);
                    lines.computeIfAbsent(line.subscriptionId(), ignored -> new ArrayList<>())
                            .add(line);
                }
            }
        }
        return lines;
    }

    private static UsageLine line(ResultSet row) throws SQLException {
        var grouped = new TreeMap<String, String>();
        ((Map<?, ?>) row.getObject("grouped_by"))
                .forEach((key, value) -> grouped.put(String.valueOf(key), String.valueOf(value)));
        return new UsageLine(
                UUID.fromString(row.getString("subscription_id")),
                UUID.fromString(row.getString("charge_id")),
                Ids.parse(row.getString("charge_filter_id")).orElse(null),
                grouped,
                row.getLong("events_count"),
                decimal(row.getBigDecimal("sum_units")),
                decimal(row.getBigDecimal("max_units")),
                decimal(row.getBigDecimal("latest_units")),
                row.getLong("unique_units"),
                decimal(row.getBigDecimal("precise_total_amount_cents")));
    }

    private static Map<String, Long> parked(
            Connection connection, UUID organization, TimeSpan period, Collection<Asked> subscriptions)
            throws SQLException {
        var parked = new HashMap<String, Long>();
        var externalIds = subscriptions.stream().map(Asked::externalId).toList();
        try (var statement = connection.prepareStatement(PARKED)) {
            var parameters = new Parameters(connection, statement);
            for (boolean withPeriod : List.of(true, true, false, false)) {
                parameters.text(organization.toString());
                parameters.texts(externalIds);
                if (withPeriod) parameters.period(period);
            }
            try (var row = statement.executeQuery()) {
                while (row.next()) parked.put(row.getString("external_subscription_id"), row.getLong("parked"));
            }
        }
        return parked;
    }

    private static BigDecimal decimal(@Nullable BigDecimal value) {
        return value == null ? BigDecimal.ZERO : value.stripTrailingZeros();
    }

    private static final class Parameters {
        private final Connection connection;
        private final PreparedStatement statement;
        private int count;

        Parameters(Connection connection, PreparedStatement statement) {
            this.connection = connection;
            this.statement = statement;
        }

        void text(String value) throws SQLException {
            statement.setString(++count, value);
        }

        void texts(List<String> values) throws SQLException {
            statement.setArray(++count, connection.createArrayOf("String", values.toArray()));
        }

        void period(TimeSpan period) throws SQLException {
            time(period.from());
            time(period.to());
        }

        private void time(Instant instant) throws SQLException {
            text(MICROSECONDS.format(instant));
        }
    }
}
