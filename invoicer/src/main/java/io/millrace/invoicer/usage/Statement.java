package io.millrace.invoicer.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;

/// A statement of this module, whose parameters are given one after the other.
final class Statement implements AutoCloseable {
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

    private final Connection connection;
    private final PreparedStatement statement;
    private int count;

    /// @param name such as `usage.sql`
    Statement(Connection connection, String name) throws SQLException {
        this.connection = connection;
        this.statement = connection.prepareStatement(ClickHouse.statement(name));
    }

    Statement text(String value) throws SQLException {
        statement.setString(++count, value);
        return this;
    }

    Statement texts(Collection<String> values) throws SQLException {
        statement.setArray(++count, connection.createArrayOf("String", values.toArray()));
        return this;
    }

    Statement wholes(Collection<Long> values) throws SQLException {
        statement.setArray(++count, connection.createArrayOf("Int64", values.toArray()));
        return this;
    }

    Statement time(Instant instant) throws SQLException {
        return text(MICROSECONDS.format(instant));
    }

    ResultSet execute() throws SQLException {
        return statement.executeQuery();
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
