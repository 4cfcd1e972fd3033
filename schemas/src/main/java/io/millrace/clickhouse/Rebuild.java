package io.millrace.clickhouse;

import io.millrace.registry.SchemaRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes tables anew from their topics, beside those in use, and puts them in their place while events keep coming.
///
/// ```
///  copy       a database of its own is migrated: new tables, queues and groups read the topics from the beginning
///  follow     until the copy is where the table in use is; then its older rows, which the topic has no more, are added
///  hold       the queue of the table is dropped, its offsets stay
///  exchange   once the copy is where the table stopped, and no record of it waits to be redriven
///  go on      the queue is made again, and reads on from where it was: what comes twice collapses
/// ```
///
/// At every moment the table that bears the name holds all that its group has committed: the old one, then the new
/// one. While the other database exists no period is closed ([#isUnderWay]), for who rebuilds has a reason. One that
/// is killed anywhere leaves that; the next begins anew. Of two at a time the later one goes on.
public final class Rebuild {
    private static final Logger log = LoggerFactory.getLogger(Rebuild.class);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    /// Less than [SchemaLock#LONGEST], after which others take the lock to be left over.
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(15);

    /// A table that can be made anew.
    ///
    /// @param place columns of a row's own partition and offset in the topic, as `partition, offset`; null where it
    /// has none, and then all of the topic must still be there
    private record Table(String name, @Nullable String place) {}

    private static final List<Table> TABLES = List.of(
            new Table("events_raw", "raw_partition, raw_offset"),
            new Table("events_enriched", null),
            new Table("events_enriched_expanded", null),
            new Table("events_charged_in_advance", null),
            new Table("events_dead_letter", "dead_letter_partition, dead_letter_offset"),
            new Table("activity_logs", "log_partition, log_offset"),
            new Table("api_logs", "log_partition, log_offset"));

    private final Function<String, DataSource> databases;
    private final String database;
    private final ClickHouseSettings settings;
    private final SchemaRegistry registry;
    private final Admin admin;
    private final Consumer<String> told;

    /// @param databases a data source for each name of a database on the one server
    /// @param database the one in use
    /// @param told takes a sentence about each step
    public Rebuild(
            Function<String, DataSource> databases,
            String database,
            ClickHouseSettings settings,
            SchemaRegistry registry,
            Admin admin,
            Consumer<String> told) {
        this.databases = databases;
        this.database = database;
        this.settings = settings;
        this.registry = registry;
        this.admin = admin;
        this.told = told;
    }

    /// Names of all tables that can be made anew.
    public static List<String> tables() {
        return TABLES.stream().map(Table::name).toList();
    }

    /// True from the beginning of a rebuild to its end, also while one that was killed waits to be repeated or
    /// abandoned.
    ///
    /// @param clickHouse connected to the database in use
    public static boolean isUnderWay(Connection clickHouse) throws SQLException {
        return !copies(clickHouse).isEmpty();
    }

    /// @param names of [#tables]
    /// @throws IllegalArgumentException naming a table that cannot be made anew
    /// @throws IllegalStateException where a topic has no longer all that its table needs; tables stay as they were
    public void run(List<String> names) throws SQLException, InterruptedException {
        var tables = names.stream().map(Rebuild::named).toList();
        abandon();
        for (var table : tables) requireWhole(table);

        var id = UUID.randomUUID().toString().replace("-", "").substring(0, 12);
        var copy = new Copy(
                prefix(database) + id, settings.withGroupPrefix(settings.groupPrefix() + "rebuild-" + id + "-"));
        try (var inUse = connect(database)) {
            execute(inUse, "CREATE DATABASE " + copy.database);
        }
        new ClickHouseMigrator(databases.apply(copy.database), copy.settings).migrate(scripts(copy.settings, tables));
        told.accept("reading from the beginning: " + String.join(", ", names));
        try (var redrive =
                ErrorRedrive.start(databases.apply(copy.database), registry, copy.settings, Duration.ofMillis(200))) {
            for (var table : tables) replace(table, copy);
        }
        try (var inUse = connect(database)) {
            keepRejected(inUse, copy);
        }
        abandon();
        told.accept("done: " + String.join(", ", names));
    }

    /// Ends what was begun: drops copies, and makes sure that every table in use is filled.
    public void abandon() throws SQLException, InterruptedException {
        try (var inUse = connect(database)) {
            for (var name : copies(inUse)) {
                execute(inUse, "DROP DATABASE IF EXISTS " + name + " SYNC");
                var groups = tables().stream()
                        .map(table -> settings.groupPrefix() + "rebuild-"
                                + name.substring(prefix(database).length()) + "-" + table)
                        .toList();
                // Members that were killed hold theirs for a while; the broker forgets what nobody uses.
                admin.deleteConsumerGroups(groups).all().whenComplete((done, failure) -> {
                    if (failure != null) log.debug("groups of {} are left to expire", name, failure);
                });
            }
        }
        new ClickHouseMigrator(databases.apply(database), settings).migrate();
    }

    /// @param settings with groups of its own
    private record Copy(String database, ClickHouseSettings settings) {}

    private static Table named(String name) {
        return TABLES.stream()
                .filter(table -> table.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no table '%s' to rebuild: there are %s"
                        .formatted(name, String.join(", ", tables()))));
    }

    private static String prefix(String database) {
        return database + "_rebuild_";
    }

    private static List<String> copies(Connection connection) throws SQLException {
        var names = new ArrayList<String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT name FROM system.databases"
                        + " WHERE startsWith(name, currentDatabase() || '_rebuild_') ORDER BY name")) {
            while (rows.next()) names.add(rows.getString(1));
        }
        return names;
    }

    /// All tables, and the queues of those that are to be read.
    private static List<Script> scripts(ClickHouseSettings settings, List<Table> tables) {
        var queues = tables.stream().map(Rebuild::queueScript).toList();
        return ClickHouseMigrator.SCRIPTS.stream()
                .filter(name -> name.startsWith("V") || queues.contains(name))
                .map(name -> Script.read(name, settings.placeholders()))
                .toList();
    }

    private static String queueScript(Table table) {
        return "R__" + table.name + "_queue.sql";
    }

    private void replace(Table table, Copy copy) throws SQLException, InterruptedException {
        while (true) {
            while (!isAsFar(table, copy)) Thread.sleep(BETWEEN_LOOKS);
            try (var inUse = connect(database)) {
                addOlder(inUse, table, copy);
                if (exchange(inUse, table, copy)) break;
            }
            // In a hurry to hold up nobody: it was not as far after all.
            new ClickHouseMigrator(databases.apply(database), settings).migrate();
        }
        new ClickHouseMigrator(databases.apply(database), settings).migrate();
        told.accept(table.name + " is in place");
    }

    /// Under the lock, so that nobody makes the queue again meanwhile.
    ///
    /// @return false where the copy did not get as far in time; the queue has to be made again either way
    private boolean exchange(Connection inUse, Table table, Copy copy) throws SQLException, InterruptedException {
        try (var ignored = SchemaLock.take(inUse)) {
            var end = Instant.now().plus(LONGEST_HOLD);
            // Whoever migrates next makes the queue, whatever becomes of this process.
            execute(inUse, "INSERT INTO schema_history (script, checksum) VALUES ('" + queueScript(table) + "', '')");
            execute(inUse, "DROP TABLE IF EXISTS " + table.name + "_queue SYNC");
            told.accept(table.name + " is held");
            while (!isAsFar(table, copy) || isWaiting(table, copy)) {
                if (Instant.now().isAfter(end)) return false;
                Thread.sleep(BETWEEN_LOOKS);
            }
            if (Instant.now().isAfter(end)) return false;
            execute(inUse, "EXCHANGE TABLES %1$s.%3$s AND %2$s.%3$s".formatted(database, copy.database, table.name));
            return true;
        }
    }

    /// True where the copy's group has committed all that the table's own has and the topic still holds. Both read
    /// committed records only, so that they stop at the same ones.
    private boolean isAsFar(Table table, Copy copy) throws InterruptedException {
        var reached = committed(copy.settings, table);
        beginnings(table).forEach((partition, first) -> reached.merge(partition, first, Math::max));
        return committed(settings, table).entrySet().stream()
                .allMatch(own -> reached.getOrDefault(own.getKey(), 0L) >= own.getValue());
    }

    /// True where a record that the table has is not in the copy yet, but may still come.
    private boolean isWaiting(Table table, Copy copy) throws SQLException, InterruptedException {
        return new QueueErrors(databases.apply(copy.database))
                .missing(committed(settings, table)).stream().anyMatch(missing -> !missing.isRejected());
    }

    private void requireWhole(Table table) throws InterruptedException {
        if (table.place != null) return;
        var lost = beginnings(table).entrySet().stream()
                .filter(beginning -> beginning.getValue() > 0)
                .map(beginning -> "%s begins at %d".formatted(beginning.getKey(), beginning.getValue()))
                .collect(Collectors.joining(", "));
        if (!lost.isEmpty()) {
            throw new IllegalStateException(
                    "%s cannot be made anew: its topic has no longer all of it (%s)".formatted(table.name, lost));
        }
    }

    /// Adds what the topic had before its present beginning.
    private void addOlder(Connection inUse, Table table, Copy copy) throws SQLException, InterruptedException {
        requireWhole(table);
        var older = beginnings(table).entrySet().stream()
                .filter(beginning -> beginning.getValue() > 0)
                .map(beginning -> "(%s) >= (%2$d, 0) AND (%1$s) < (%2$d, %3$d)"
                        .formatted(table.place, beginning.getKey().partition(), beginning.getValue()))
                .collect(Collectors.joining(" OR "));
        if (!older.isEmpty()) {
            execute(
                    inUse,
                    "INSERT INTO %s.%s SELECT * FROM %2$s WHERE %3$s".formatted(copy.database, table.name, older));
        }
    }

    /// What no service can read is known, also where `queue_errors` had lost it.
    private static void keepRejected(Connection inUse, Copy copy) throws SQLException {
        execute(inUse, """
                INSERT INTO queue_errors
                SELECT * FROM %s.queue_errors FINAL
                WHERE state = 'rejected'
                    AND (topic, partition, offset) NOT IN (SELECT topic, partition, offset FROM queue_errors)""".formatted(copy.database));
    }

    private Map<TopicPartition, Long> beginnings(Table table) throws InterruptedException {
        try {
            var earliest = new HashMap<TopicPartition, OffsetSpec>();
            admin.describeTopics(List.of(table.name)).allTopicNames().get().values().stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .forEach(partition ->
                            earliest.put(new TopicPartition(table.name, partition.partition()), OffsetSpec.earliest()));
            var beginnings = new HashMap<TopicPartition, Long>();
            admin.listOffsets(earliest)
                    .all()
                    .get()
                    .forEach((partition, first) -> beginnings.put(partition, first.offset()));
            return beginnings;
        } catch (ExecutionException e) {
            throw new KafkaException("the broker does not tell where " + table.name + " begins", e.getCause());
        }
    }

    private Map<TopicPartition, Long> committed(ClickHouseSettings reader, Table table) throws InterruptedException {
        try {
            var committed = new HashMap<TopicPartition, Long>();
            admin.listConsumerGroupOffsets(reader.groupPrefix() + table.name)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null) committed.put(partition, offset.offset());
                    });
            return committed;
        } catch (ExecutionException e) {
            throw new KafkaException("the broker does not tell how far " + table.name + " is", e.getCause());
        }
    }

    private Connection connect(String name) throws SQLException {
        return databases.apply(name).getConnection();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
