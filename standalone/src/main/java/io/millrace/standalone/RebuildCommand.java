package io.millrace.standalone;

import com.clickhouse.jdbc.DataSourceImpl;
import io.millrace.clickhouse.ClickHouseSettings;
import io.millrace.clickhouse.Rebuild;
import io.millrace.enricher.EnricherSettings;
import io.millrace.enricher.ReplayEnrichment;
import io.millrace.registry.HttpSchemaRegistry;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;

/// `./millrace rebuild`: makes tables of ClickHouse anew.
///
/// ```
/// rebuild --from topics TABLE...    from their topics, such as events_enriched_expanded; all where none is named
/// rebuild --from raw                events_enriched and events_enriched_expanded, from events_raw
/// rebuild --abandon                 ends what was begun and not finished; the tables stay as they are
/// ```
///
/// `KAFKA_BOOTSTRAP_SERVERS`, `SCHEMA_REGISTRY_URL` and `CLICKHOUSE_URL` say where; Millrace may run meanwhile.
record RebuildCommand(Map<String, String> environment, PrintStream out) {
    private static final String ABANDON = "--abandon";

    /// @throws IllegalArgumentException if the words make no sense
    /// @throws IllegalStateException if a table cannot be made anew
    void run(List<String> words) throws SQLException, InterruptedException {
        var wanted = wanted(words);
        var url = environment.getOrDefault("CLICKHOUSE_URL", "");
        var settings = ClickHouseSettings.of(environment);
        try (var connection = DriverManager.getConnection(url);
                var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", settings.kafkaBrokers()))) {
            var database = database(connection);
            Function<String, DataSource> databases = name ->
                    new DataSourceImpl(url.replaceFirst("(://[^/?]+)(/[^?]*)?", "$1/" + name), new Properties());
            var registry = HttpSchemaRegistry.of(environment.getOrDefault("SCHEMA_REGISTRY_URL", ""));
            var rebuild = new Rebuild(databases, database, settings, registry, admin, out::println);
            var enrichment = new ReplayEnrichment(EnricherSettings.of(environment));
            switch (wanted) {
                case Wanted.FromTopics(var tables) -> rebuild.run(tables);
                case Wanted.FromRaw _ -> rebuild.runFromRaw(enrichment);
                case Wanted.Nothing _ -> {
                    rebuild.abandon();
                    enrichment.forget();
                    out.println("abandoned");
                }
            }
        }
    }

    private sealed interface Wanted {
        record FromTopics(List<String> tables) implements Wanted {}

        record FromRaw() implements Wanted {}

        /// Not even what was begun.
        record Nothing() implements Wanted {}
    }

    private static String database(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT currentDatabase()")) {
            row.next();
            return row.getString(1);
        }
    }

    private static Wanted wanted(List<String> words) {
        if (words.equals(List.of(ABANDON))) return new Wanted.Nothing();
        if (words.equals(List.of("--from", "raw"))) return new Wanted.FromRaw();
        if (words.size() >= 2 && words.subList(0, 2).equals(List.of("--from", "raw"))) {
            throw new IllegalArgumentException("rebuild --from raw takes no names: it makes %s, which belong together"
                    .formatted(String.join(" and ", Rebuild.derivedTables())));
        }
        if (words.size() < 2 || !words.subList(0, 2).equals(List.of("--from", "topics"))) {
            throw new IllegalArgumentException(
                    "rebuild takes --from topics and names of tables, --from raw, or " + ABANDON);
        }
        var named = List.copyOf(words.subList(2, words.size()));
        for (var name : named) {
            if (!Rebuild.tables().contains(name)) {
                throw new IllegalArgumentException("there is no table '%s' to rebuild: there are %s"
                        .formatted(name, String.join(", ", Rebuild.tables())));
            }
        }
        return new Wanted.FromTopics(named.isEmpty() ? Rebuild.tables() : named);
    }
}
