package io.millrace.invoicer.usage;

import static java.util.stream.Collectors.groupingBy;

import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.usage.ChargeUsage.Needs;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.period.TimeSpan;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Asks ClickHouse what subscriptions used, many at a time.
///
/// ```
///  usage_rows.sql       ─▶ rows, where they are few, of all charges but those that are asked for below usage.sql
///  usage.sql            ─▶ totals of the same charges, where the rows are many
///  usage_held.sql       ─▶ values by the time or the days that they are held
///  usage_text_days.sql  ─▶ texts by the days on which they are present
///  usage_events.sql     ─▶ events in order
///  usage_in_advance.sql ─▶ fees of what is paid for as it comes
///  parked.sql           ─▶ events that are not usage yet
/// ```
///
/// A statement without charges of its kind is not sent: usage of plain charges is one scan, or two where it is large.
@Singleton
public class UsageQuery {
    private final ClickHouse clickHouse;
    private final int mostRows;

    @Inject
    UsageQuery(ClickHouse clickHouse) {
        this(clickHouse, UsageRows.MOST);
    }

    /// @param mostRows that are added up here; more are by ClickHouse
    UsageQuery(ClickHouse clickHouse, int mostRows) {
        this.clickHouse = clickHouse;
        this.mostRows = mostRows;
    }

    /// A subscription by both of its names.
    public record Asked(UUID subscriptionId, String externalId) {}

    /// What subscriptions of one organization used in the period that they share.
    ///
    /// @param seenUntil exclusive: what comes later has not happened yet; the period's end once it is over
    /// @param daysLeft how many of the customers' days are left from when on; empty where no charge needs it
    /// @param charges how those of the subscriptions' charges are asked for of which more than plain totals of
    /// the period is needed
    public record Question(
            UUID organizationId,
            TimeSpan period,
            Instant seenUntil,
            NavigableMap<Instant, Long> daysLeft,
            Map<UUID, ChargeUsage> charges,
            Collection<Asked> subscriptions) {

        List<String> charges(Predicate<ChargeUsage> which) {
            return charges.entrySet().stream()
                    .filter(charge -> which.test(charge.getValue()))
                    .map(charge -> charge.getKey().toString())
                    .sorted()
                    .toList();
        }

        List<String> charges(Needs needs) {
            return charges(charge -> charge.needs() == needs);
        }

        /// Of the charges that are asked for in a statement: one without any has its period's parts read only.
        List<String> carriedCharges(Needs... of) {
            return charges(charge -> charge.carriesOver() && List.of(of).contains(charge.needs()));
        }
    }

    /// The usage by subscription; one without usage is not in it.
    public Map<UUID, List<UsageLine>> usage(Question question) {
        try (var connection = clickHouse.connect()) {
            return Stream.of(
                            totals(connection, question),
                            held(connection, question),
                            textDays(connection, question),
                            events(connection, question))
                    .flatMap(List::stream)
                    .collect(groupingBy(UsageLine::subscriptionId));
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for usage", e);
        }
    }

    /// What the subscriptions were charged as it came.
    public List<ChargedLine> chargedInAdvance(Question question) {
        var statement = asked("usage_in_advance.sql", question).time(question.seenUntil());
        try (var connection = clickHouse.connect();
                var row = statement.execute(connection)) {
            var lines = new ArrayList<ChargedLine>();
            while (row.next()) {
                lines.add(new ChargedLine(
                        UUID.fromString(row.getString("charge_id")),
                        Ids.parse(row.getString("charge_filter_id")).orElse(null),
                        group(row.getString("group_key")),
                        row.getLong("events_count"),
                        decimal(row, "sum_units"),
                        row.getLong("amount_cents")));
            }
            return lines;
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for what was charged", e);
        }
    }

    /// How many events of the period nothing is known of yet, by external id; none where there are none.
    public Map<String, Long> parked(UUID organization, TimeSpan period, Collection<Asked> subscriptions) {
        var externalIds = externalIds(subscriptions);
        var statement = new Statement("parked.sql");
        for (boolean withPeriod : List.of(true, true, false, false)) {
            statement.text(organization.toString()).texts(externalIds);
            if (withPeriod) statement.time(period.from()).time(period.to());
        }
        try (var connection = clickHouse.connect();
                var row = statement.execute(connection)) {
            var parked = new HashMap<String, Long>();
            while (row.next()) parked.put(row.getString("external_subscription_id"), row.getLong("parked"));
            return parked;
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for parked events", e);
        }
    }

    private List<UsageLine> totals(Connection connection, Question question) throws SQLException {
        var ofRows = rows(connection, question);
        return ofRows.isPresent() ? ofRows.get() : addedUp(connection, question);
    }

    private Optional<List<UsageLine>> rows(Connection connection, Question question) throws SQLException {
        var statement = new Statement("usage_rows.sql")
                .text(question.organizationId().toString())
                .texts(externalIds(question.subscriptions()))
                .time(question.period().from())
                .time(question.seenUntil())
                .texts(question.carriedCharges(Needs.TOTALS))
                .texts(question.charges(charge -> charge.needs() != Needs.TOTALS))
                .whole(mostRows + 1L);
        return UsageRows.lines(clickHouse.answer(connection, statement.sql()), question, mostRows);
    }

    private static List<UsageLine> addedUp(Connection connection, Question question) throws SQLException {
        var statement = asked("usage.sql", question)
                .time(question.seenUntil())
                .texts(question.carriedCharges(Needs.TOTALS))
                .texts(question.charges(ChargeUsage::countsTexts))
                .texts(question.charges(charge -> charge.needs() != Needs.TOTALS));
        return lines(
                connection,
                statement,
                row -> new Measured.Totals(
                        row.getLong("events_count"),
                        decimal(row, "sum_units"),
                        decimal(row, "max_units"),
                        decimal(row, "latest_units"),
                        row.getLong("unique_units"),
                        decimal(row, "precise_total_amount_cents")));
    }

    private static List<UsageLine> held(Connection connection, Question question) throws SQLException {
        var byTime = question.charges(Needs.TIME_HELD);
        var byDay = question.charges(Needs.DAYS_HELD);
        if (byTime.isEmpty() && byDay.isEmpty()) return List.of();
        var statement = asked("usage_held.sql", question)
                .time(question.period().to())
                .time(question.seenUntil())
                .texts(question.carriedCharges(Needs.TIME_HELD, Needs.DAYS_HELD))
                .texts(byTime)
                .texts(byDay);
        return lines(
                connection,
                withDays(statement, question),
                row -> new Measured.Held(
                        row.getLong("events_count"), decimal(row, "sum_units"), decimal(row, "held_units")));
    }

    private static List<UsageLine> textDays(Connection connection, Question question) throws SQLException {
        var charges = question.charges(Needs.DAYS_OF_TEXTS);
        if (charges.isEmpty()) return List.of();
        var statement = asked("usage_text_days.sql", question)
                .time(question.seenUntil())
                .texts(charges);
        return lines(
                connection,
                withDays(statement, question),
                row -> new Measured.TextDays(
                        row.getLong("events_count"), row.getLong("unique_units"), decimal(row, "held_units")));
    }

    private static List<UsageLine> events(Connection connection, Question question) throws SQLException {
        var charges = question.charges(Needs.EVENTS);
        if (charges.isEmpty()) return List.of();
        var statement = asked("usage_events.sql", question)
                .time(question.seenUntil())
                .texts(question.carriedCharges(Needs.EVENTS))
                .texts(charges);
        var events = new LinkedHashMap<UsageLine, List<UsageEvent>>();
        var none = new Measured.Events(List.of());
        try (var row = statement.execute(connection)) {
            while (row.next()) {
                events.computeIfAbsent(line(row, none), ignored -> new ArrayList<>())
                        .add(event(row));
            }
        }
        var lines = new ArrayList<UsageLine>();
        events.forEach((line, inOrder) -> {
            if (isUsage(line, inOrder, question)) lines.add(line.with(new Measured.Events(inOrder)));
        });
        return lines;
    }

    /// A group that is empty and had no event in the period is none any more, as in the other statements.
    private static boolean isUsage(UsageLine line, List<UsageEvent> inOrder, Question question) {
        if (!inOrder.getLast().timestamp().isBefore(question.period().from())) return true;
        var charge = question.charges().get(line.chargeId());
        var standing = charge != null && charge.countsTexts() ? new UniqueCount() : new Sum();
        return standing.units(inOrder).signum() != 0;
    }

    private static List<String> externalIds(Collection<Asked> subscriptions) {
        return subscriptions.stream().map(Asked::externalId).toList();
    }

    private static Statement asked(String name, Question question) {
        return new Statement(name)
                .text(question.organizationId().toString())
                .texts(externalIds(question.subscriptions()))
                .texts(question.subscriptions().stream()
                        .map(asked -> asked.subscriptionId().toString())
                        .toList())
                .time(question.period().from());
    }

    private static Statement withDays(Statement statement, Question question) {
        var days = question.daysLeft();
        return statement
                .wholes(days.keySet().stream().map(UsageQuery::micros).toList())
                .wholes(days.values());
    }

    private interface Reading {
        Measured measured(ResultSet row) throws SQLException;
    }

    private static List<UsageLine> lines(Connection connection, Statement statement, Reading reading)
            throws SQLException {
        var lines = new ArrayList<UsageLine>();
        try (var row = statement.execute(connection)) {
            while (row.next()) lines.add(line(row, reading.measured(row)));
        }
        return lines;
    }

    private static UsageLine line(ResultSet row, Measured measured) throws SQLException {
        return new UsageLine(
                UUID.fromString(row.getString("subscription_id")),
                UUID.fromString(row.getString("charge_id")),
                Ids.parse(row.getString("charge_filter_id")).orElse(null),
                group(row.getString("group_key")),
                measured);
    }

    /// @param key the group in JSON
    static Map<String, String> group(String key) {
        var group = new TreeMap<String, String>();
        Json.tree(key).forEach((name, value) -> group.put(name, String.valueOf(value)));
        return Collections.unmodifiableMap(group);
    }

    private static UsageEvent event(ResultSet row) throws SQLException {
        return new UsageEvent(
                Instant.EPOCH.plus(row.getLong("timestamp_micros"), ChronoUnit.MICROS),
                row.getLong("raw_offset"),
                row.getString("value"),
                "remove".equals(row.getString("operation")) ? Operation.REMOVE : Operation.ADD);
    }

    /// Since 1970.
    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private static BigDecimal decimal(ResultSet row, String column) throws SQLException {
        @Nullable BigDecimal value = row.getBigDecimal(column);
        return value == null ? BigDecimal.ZERO : value.stripTrailingZeros();
    }
}
