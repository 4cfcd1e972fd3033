package io.millrace.invoicer.usage;

import com.clickhouse.client.api.ClickHouseException;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.jdbc.ConnectionImpl;
import com.clickhouse.jdbc.DataSourceImpl;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.millrace.invoicer.InvoicerSettings;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletionException;
import javax.sql.DataSource;

/// Where events are. Not a data source among PostgreSQL's: nothing there is in a transaction.
@Singleton
public class ClickHouse implements AutoCloseable {
    private static final int LONGEST_STATEMENT = 64 * 1024 * 1024;
    private static final int MOST_CONNECTIONS = 64;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final DataSource source;
    private final HikariDataSource connections;

    ClickHouse(InvoicerSettings settings) {
        var properties = new Properties();
        // What is asked for is spelled out in the statement: some hundred subscriptions with all their charges.
        properties.setProperty("clickhouse_setting_max_query_size", Integer.toString(LONGEST_STATEMENT));
        this.source = new DataSourceImpl(settings.clickhouseUrl(), properties);
        this.connections = kept(source);
    }

    /// Connections are clients of HTTP, which know by themselves whether the server is there; to make one takes a
    /// request, or two, as long as many a statement. So they are kept for good, and none before one is needed.
    private static HikariDataSource kept(DataSource source) {
        var pool = new HikariConfig();
        pool.setPoolName("clickhouse");
        pool.setDataSource(source);
        pool.setMaximumPoolSize(MOST_CONNECTIONS);
        pool.setMinimumIdle(0);
        pool.setInitializationFailTimeout(-1);
        pool.setConnectionTimeout(LONGEST_WAIT.toMillis());
        pool.setMaxLifetime(0);
        pool.setKeepaliveTime(0);
        return new HikariDataSource(pool);
    }

    /// Of connections that the caller keeps.
    public DataSource source() {
        return source;
    }

    public Connection connect() throws SQLException {
        return connections.getConnection();
    }

    @Override
    @PreDestroy
    public void close() {
        connections.close();
    }

    /// The whole answer to a statement that says in which format it is to be.
    byte[] answer(Connection connection, String sql) throws SQLException {
        var client = connection.unwrap(ConnectionImpl.class).getClient();
        var settings = new QuerySettings().setDatabase(connection.getSchema());
        try (var response = client.query(sql, settings).join();
                var answer = response.getInputStream()) {
            return answer.readAllBytes();
        } catch (CompletionException | ClickHouseException e) {
            throw new SQLException("ClickHouse refuses: " + e.getMessage(), e);
        } catch (Exception e) {
            throw new SQLException("ClickHouse's answer broke off", e);
        }
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
