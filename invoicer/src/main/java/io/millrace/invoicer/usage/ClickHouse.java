package io.millrace.invoicer.usage;

import com.clickhouse.jdbc.DataSourceImpl;
import io.millrace.invoicer.InvoicerSettings;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import javax.sql.DataSource;

/// Where usage is. Not a data source among PostgreSQL's: nothing is written there and nothing is in a
/// transaction.
@Singleton
public class ClickHouse {
    private final DataSource source;

    ClickHouse(InvoicerSettings settings) {
        this.source = new DataSourceImpl(settings.clickhouseUrl(), new Properties());
    }

    public DataSource source() {
        return source;
    }

    public Connection connect() throws SQLException {
        return source.getConnection();
    }
}
