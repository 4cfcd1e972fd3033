package io.millrace.invoicer.contract;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.http.HttpRequest;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads lists that may be long, newest first. A page that is asked for by its number is counted, and reached,
/// within the index; one that is asked for by a cursor is neither.
@Singleton
public class Lists {
    private final JdbcOperations jdbc;

    Lists(JdbcOperations jdbc) {
        this.jdbc = jdbc;
    }

    private record Position(UUID id, Instant createdAt) {}

    /// @param type entity of the selection's table
    /// @param request with `page` and `per_page`, or with `cursor` instead of `page`
    /// @throws Refusal.Invalid if the cursor is none
    @Transactional(readOnly = true)
    public <T> Listed<T> list(Class<T> type, Selection selection, HttpRequest<?> request) {
        var asked = Paging.of(request);
        var given = Fields.ofParameters(request).text("cursor");
        var cursor = given == null || given.isEmpty() ? null : Listed.Cursor.parse(given);
        long page = cursor == null ? asked.getNumber() + 1L : cursor.page();
        long total = cursor == null ? count(selection) : cursor.total();
        // One more tells whether the list goes on.
        var positions = new ArrayList<>(
                positions(selection, cursor, asked.getSize() + 1, cursor == null ? asked.getOffset() : 0));
        Listed.Cursor next = null;
        if (positions.size() > asked.getSize()) {
            positions.removeLast();
            var last = positions.getLast();
            next = new Listed.Cursor(page + 1, total, last.createdAt(), last.id());
        }
        return new Listed<>(rows(type, selection, positions), total, page, asked.getSize(), next);
    }

    private long count(Selection selection) {
        var sql = "select count(*) from %s t where %s".formatted(selection.table(), selection.conditions());
        return jdbc.prepareStatement(sql, statement -> {
            fill(statement, selection.values());
            try (var row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    private List<Position> positions(Selection selection, Listed.@Nullable Cursor after, int most, long skipped) {
        var values = new ArrayList<>(selection.values());
        var conditions = selection.conditions();
        if (after != null) {
            conditions += " and (t.created_at, t.id) < (?, ?)";
            values.add(Timestamp.from(after.createdAt()));
            values.add(after.id());
        }
        values.add(most);
        values.add(skipped);
        var sql = "select t.id, t.created_at from %s t where %s order by t.created_at desc, t.id desc limit ? offset ?"
                .formatted(selection.table(), conditions);
        return jdbc.prepareStatement(sql, statement -> {
            fill(statement, values);
            var found = new ArrayList<Position>();
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new Position(
                            row.getObject(1, UUID.class), row.getTimestamp(2).toInstant()));
                }
            }
            return found;
        });
    }

    private <T> List<T> rows(Class<T> type, Selection selection, List<Position> positions) {
        if (positions.isEmpty()) return List.of();
        var ids = positions.stream().map(Position::id).toArray(UUID[]::new);
        var sql = "select t.* from %s t where t.id = any(?) order by t.created_at desc, t.id desc"
                .formatted(selection.table());
        return jdbc.prepareStatement(sql, statement -> {
            statement.setArray(1, statement.getConnection().createArrayOf("uuid", ids));
            try (var row = statement.executeQuery();
                    var entities = jdbc.entityStream(row, type)) {
                return entities.toList();
            }
        });
    }

    private static void fill(PreparedStatement statement, List<Object> values) throws SQLException {
        for (int i = 0; i < values.size(); i++) statement.setObject(i + 1, values.get(i));
    }
}
