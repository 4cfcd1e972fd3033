package io.millrace.standalone;

import com.clickhouse.jdbc.DataSourceImpl;
import io.millrace.clickhouse.ClickHouseSettings;
import io.millrace.clickhouse.Rebuild;
import io.millrace.registry.HttpSchemaRegistry;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;

/// `./millrace rebuild`: makes tables of ClickHouse anew from their topics.
///
/// ```
/// rebuild --from topics TABLE...    such as events_enriched_expanded; all of them where none is named
/// rebuild --abandon                 ends what was begun and not finished; the tables stay as they are
/// ```
///
/// `KAFKA_BOOTSTRAP_SERVERS`, `SCHEMA_REGISTRY_URL` and `CLICKHOUSE_URL` say where; Millrace may run meanwhile.
record RebuildCommand(Map<String, String> environment, PrintStream out) {
    private static final String ABANDON = "--abandon";

    /// @throws IllegalArgumentException if the words make no sense
    /// @throws IllegalStateException if a table cannot be made anew
    void run(List<String> words) throws SQLException, InterruptedException {
        var tables = tables(words);
        var url = environment.getOrDefault("CLICKHOUSE_URL", "");
        var settings = ClickHouseSettings.of(environment);
        try (var connection = DriverManager.getConnection(url);
                var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", settings.kafkaBrokers()))) {
            var database = database(connection);
            Function<String, DataSource> databases = name ->
                    new DataSourceImpl(url.replaceFirst("(://[^/?]+)(/[^?]*)?", "$1/" + name), new Properties());
            var registry = HttpSchemaRegistry.of(settings.schemaRegistryUrl());
            var rebuild = new Rebuild(databases, database, settings, registry, admin, out::println);
            if (tables.isEmpty()) {
                rebuild.abandon();
                out.println("abandoned");
            } else rebuild.run(tables);
        }
    }

    private static String database(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT currentDatabase()")) {
            row.next();
            return row.getString(1);
        }
    }

    private static List<String> tables(List<String> words) {
        if (words.equals(List.of(ABANDON))) return List.of();
        if (words.size() < 2 || !words.subList(0, 2).equals(List.of("--from", "topics"))) {
            throw new IllegalArgumentException("rebuild takes --from topics and names of tables, or " + ABANDON);
        }
        var named = new ArrayList<>(words.subList(2, words.size()));
        for (var name : named) {
            if (!Rebuild.tables().contains(name)) {
                throw new IllegalArgumentException("there is no table '%s' to rebuild: there are %s"
                        .formatted(name, String.join(", ", Rebuild.tables())));
            }
        }
        return named.isEmpty() ? Rebuild.tables() : List.copyOf(named);
    }
}
