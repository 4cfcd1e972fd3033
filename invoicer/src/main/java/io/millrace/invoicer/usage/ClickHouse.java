package io.millrace.invoicer.usage;

import com.clickhouse.jdbc.DataSourceImpl;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.millrace.invoicer.InvoicerSettings;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;

/// Where events are. Not a data source among PostgreSQL's: nothing there is in a transaction.
@Singleton
public class ClickHouse {
    private static final int LONGEST_STATEMENT = 64 * 1024 * 1024;

    private final DataSource source;

    ClickHouse(InvoicerSettings settings) {
        var properties = new Properties();
        // What is asked for is spelled out in the statement: some hundred subscriptions with all their charges.
        properties.setProperty("clickhouse_setting_max_query_size", Integer.toString(LONGEST_STATEMENT));
        this.source = new DataSourceImpl(settings.clickhouseUrl(), properties);
    }

    public DataSource source() {
        return source;
    }

    public Connection connect() throws SQLException {
        return source.getConnection();
    }

    /// What a statement finds, in the order of its rows.
    public interface Rows<T> {
        List<T> of(PreparedStatement statement) throws SQLException;
    }

    /// A page of what is found, and how much there is in all. Counted first: what comes in between is in the page, and
    /// not in the count alone.
    public static <T> Page<T> page(PreparedStatement count, PreparedStatement page, Pageable asked, Rows<T> found)
            throws SQLException {
        long total;
        try (var row = count.executeQuery()) {
            row.next();
            total = row.getLong(1);
        }
        return Page.of(found.of(page), asked, total);
    }

    /// A statement of this module, such as `usage.sql`, without its comments.
    public static String statement(String name) {
        try (var in = ClickHouse.class.getResourceAsStream("/invoicer/clickhouse/" + name)) {
            if (in == null) throw new IllegalStateException(name + " is missing");
            // The driver does not look for placeholders behind a comment with an apostrophe.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^ *--.*\\R", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
