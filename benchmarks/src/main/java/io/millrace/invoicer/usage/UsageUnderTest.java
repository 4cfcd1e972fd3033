package io.millrace.invoicer.usage;

import io.millrace.invoicer.InvoicerSettings;
import java.util.Map;

/// The invoicer's question for usage, without the rest of the invoicer.
public final class UsageUnderTest {
    private UsageUnderTest() {}

    /// @param clickHouseUrl for JDBC
    public static UsageQuery of(String clickHouseUrl) {
        return new UsageQuery(new ClickHouse(InvoicerSettings.of(Map.of(
                "CLICKHOUSE_URL", clickHouseUrl,
                "DATABASE_URL", "jdbc:postgresql:nobody",
                "KAFKA_BOOTSTRAP_SERVERS", "nobody",
                "SCHEMA_REGISTRY_URL", "http://nobody"))));
    }
}
