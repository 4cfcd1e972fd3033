package io.millrace.benchmarks.clickhouse;

import com.clickhouse.jdbc.DataSourceImpl;
import io.millrace.benchmarks.Frame;
import io.millrace.clickhouse.ClickHouseMigrator;
import io.millrace.clickhouse.ClickHouseSettings;
import io.millrace.embedded.ChildProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/// The engine with all tables and views, and nothing that consumes: what is put into an intake goes the way of what a
/// queue has read.
final class Tables implements AutoCloseable {
    private static final String NOBODY = "127.0.0.1:1";

    private final ChildProcess engine;
    private final String url;
    private final Connection connection;

    private Tables(ChildProcess engine) throws SQLException {
        this.engine = engine;
        this.url = engine.awaitReady();
        this.connection = new DataSourceImpl(url, new Properties()).getConnection();
    }

    static Tables start(Path directory) throws SQLException, InterruptedException {
        var engine = Frame.clickHouse(directory);
        try {
            var tables = new Tables(engine);
            new ClickHouseMigrator(new DataSourceImpl(tables.url, new Properties()), ClickHouseSettings.of(NOBODY))
                    .migrate();
            return tables;
        } catch (SQLException | InterruptedException | RuntimeException | Error e) {
            engine.close();
            throw e;
        }
    }

    /// For JDBC; settings of ClickHouse may be added as `&name=value`.
    String url() {
        return url;
    }

    void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    List<String> texts(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var texts = new ArrayList<String>();
            while (rows.next()) texts.add(rows.getString(1));
            return texts;
        }
    }

    double number(String sql) throws SQLException {
        return Double.parseDouble(texts(sql).getFirst());
    }

    long rows(String table) throws SQLException {
        return (long) number("SELECT count() FROM " + table);
    }

    String comment(String table) throws SQLException {
        return texts("SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = '" + table + "'")
                .getFirst();
    }

    /// Of the active parts, without what is in no file of theirs.
    double bytesPerRow(String table) throws SQLException {
        return number("SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE " + partsOf(table));
    }

    long parts(String table) throws SQLException {
        return (long) number("SELECT count() FROM system.parts WHERE " + partsOf(table));
    }

    private static String partsOf(String table) {
        return "active AND database = currentDatabase() AND table = '" + table + "'";
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        engine.close();
    }
}
