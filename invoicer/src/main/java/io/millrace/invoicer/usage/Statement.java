package io.millrace.invoicer.usage;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.stream.Collectors;

/// A statement of this module, whose parameters are given one after the other.
///
/// They are put into its text: the driver would parse it first, which takes as long as to answer some.
final class Statement {
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

    private final String template;
    private final StringBuilder sql = new StringBuilder();
    private int taken;

    /// @param name such as `usage.sql`
    Statement(String name) {
        this.template = ClickHouse.statement(name);
    }

    Statement text(String value) {
        return literal(quoted(value));
    }

    Statement texts(Collection<String> values) {
        return literal(values.stream().map(Statement::quoted).collect(Collectors.joining(",", "[", "]")));
    }

    Statement whole(long value) {
        return literal(Long.toString(value));
    }

    Statement wholes(Collection<Long> values) {
        return literal(values.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]")));
    }

    Statement time(Instant instant) {
        return text(MICROSECONDS.format(instant));
    }

    private Statement literal(String value) {
        int next = template.indexOf('?', taken);
        if (next < 0) throw new IllegalStateException("more parameters than the statement has");
        sql.append(template, taken, next).append(value);
        taken = next + 1;
        return this;
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    String sql() {
        if (template.indexOf('?', taken) >= 0) throw new IllegalStateException("a parameter is missing");
        return sql + template.substring(taken);
    }

    ResultSet execute(Connection connection) throws SQLException {
        var statement = connection.createStatement();
        statement.closeOnCompletion();
        return statement.executeQuery(sql());
    }
}
