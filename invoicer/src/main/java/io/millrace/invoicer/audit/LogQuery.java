package io.millrace.invoicer.audit;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.usage.ClickHouse;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Asks ClickHouse for entries of an audit table, the newest first, of one organization each time.
@Singleton
class LogQuery {
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
    private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2299-01-01T00:00:00Z");
    static final List<Instant> EVER = List.of(EARLIEST, LATEST);
    private static final int DAY = "2026-01-01".length();

    private final ClickHouse clickHouse;

    LogQuery(ClickHouse clickHouse) {
        this.clickHouse = clickHouse;
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// @param statement without a limit
    /// @param parameters texts, lists of texts and instants, in the statement's order
    <T> Page<T> page(String statement, List<?> parameters, Pageable asked, Row<T> reader) {
        try (var connection = clickHouse.connect();
                var count = connection.prepareStatement("SELECT count() FROM (" + statement + ")");
                var page = connection.prepareStatement(statement + " LIMIT ? OFFSET ?")) {
            set(count, parameters);
            set(page, parameters);
            page.setInt(parameters.size() + 1, asked.getSize());
            page.setLong(parameters.size() + 2, asked.getOffset());
            return ClickHouse.page(count, page, asked, asking -> {
                var found = new ArrayList<T>();
                try (var row = asking.executeQuery()) {
                    while (row.next()) found.add(reader.read(row));
                }
                return found;
            });
        } catch (SQLException e) {
            throw new IllegalStateException("ClickHouse cannot be asked for logs", e);
        }
    }

    private static void set(PreparedStatement statement, List<?> parameters) throws SQLException {
        int position = 0;
        for (var parameter : parameters) {
            position++;
            switch (parameter) {
                case Collection<?> texts ->
                    statement.setArray(position, statement.getConnection().createArrayOf("String", texts.toArray()));
                case Instant instant -> statement.setString(position, MICROSECONDS.format(instant));
                default -> statement.setString(position, String.valueOf(parameter));
            }
        }
    }

    /// From when to when is asked for: `from_date` and `to_date`, both inclusive where they are days.
    ///
    /// @return start, and exclusive end
    static List<Instant> span(Fields parameters) {
        var from = parameters.instant("from_date");
        var to = parameters.instant("to_date");
        parameters.refuseViolations();
        boolean isDay = one(parameters, "to_date").length() <= DAY;
        if (to != null) to = to.plus(isDay ? Duration.ofDays(1) : Duration.ofNanos(1_000));
        return List.of(from == null ? EARLIEST : from, to == null ? LATEST : to);
    }

    /// Empty where it is not given.
    static String one(Fields parameters, String name) {
        return Objects.requireNonNullElse(parameters.text(name), "");
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        long micros = row.getLong(column);
        return Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000), Math.floorMod(micros, 1_000_000) * 1_000L);
    }

    /// A map as it is stored: what is JSON of an object or a list becomes one again.
    static Map<String, @Nullable Object> tree(ResultSet row, String column) throws SQLException {
        var shown = new LinkedHashMap<String, @Nullable Object>();
        if (!(row.getObject(column) instanceof Map<?, ?> stored)) return shown;
        stored.forEach((name, value) -> shown.put(String.valueOf(name), parsed(String.valueOf(value))));
        return shown;
    }

    private static @Nullable Object parsed(String text) {
        if (!text.startsWith("{") && !text.startsWith("[")) return text;
        try {
            return Json.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (Refusal.BadRequest e) {
            return text;
        }
    }
}
