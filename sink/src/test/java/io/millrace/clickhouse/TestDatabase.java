package io.millrace.clickhouse;

import com.clickhouse.jdbc.DataSourceImpl;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;

/// A ClickHouse database of one test's own, with what tests ask of it. Dropped when closed, which ends its
/// consumption.
record TestDatabase(String url, String name) implements AutoCloseable {

    /// @param engine JDBC URL of the engine, with any database
    static TestDatabase create(String engine, String name) throws SQLException {
        var database = new TestDatabase(engine.replaceFirst("/\\w+\\?", "/" + name + "?"), name);
        try (var connection = new DataSourceImpl(engine, new Properties()).getConnection();
                var statement = connection.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name + " SYNC");
            statement.execute("CREATE DATABASE " + name);
        }
        return database;
    }

    /// A database that is there and stays.
    static TestDatabase open(String url) {
        return new TestDatabase(url, "");
    }

    DataSource dataSource() {
        return new DataSourceImpl(url, new Properties());
    }

    Connection connection() throws SQLException {
        return dataSource().getConnection();
    }

    void execute(String sql) throws SQLException {
        try (var connection = connection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// Each row as one text, its columns joined by ` | `.
    List<String> rows(String sql) throws SQLException {
        try (var connection = connection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            var rows = new ArrayList<String>();
            while (result.next()) {
                var columns = new ArrayList<String>();
                for (var i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    columns.add(String.valueOf(result.getString(i)));
                }
                rows.add(String.join(" | ", columns));
            }
            return rows;
        }
    }

    String one(String sql) throws SQLException {
        return rows(sql).getFirst();
    }

    long count(String sql) throws SQLException {
        return Long.parseLong(one(sql));
    }

    @Override
    public void close() throws SQLException {
        if (!name.isEmpty()) {
            execute("DROP DATABASE IF EXISTS " + name + " SYNC");
        }
    }
}
