package io.millrace.clickhouse;

import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.CommittedReader;
import io.millrace.topic.Replay;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes tables anew, beside those in use, and puts them in their place while events keep coming: from their topics
/// ([#run]), or what is derived of raw events from these ([#runFromRaw]).
///
/// ```
///  copy       a database of its own is migrated, and a sink with groups of its own fills it from the topics' beginning
///  follow     until the copy is where the table in use is; then its older rows, which the topic has no more, are added
///  hold       sinks write nothing ([SchemaLock]), and what they have read they cannot commit any more
///  exchange   once the copy is where the table stopped, and no record of it waits to be redriven
///  go on      sinks read on from what is committed: what comes twice collapses
/// ```
///
/// From raw events, the copy reads the topics from where they end now. What was derived before that is derived anew:
///
/// ```
///  events_raw, as far as it is decided ─▶ another enricher ─▶ its topics ─▶ tables of their own ─┬─▶ the copy
///  topics since they ended ──────────────────────────────────────────────────────────────────────┘
/// ```
///
/// First the ends of the topics are noted, then, when no transaction is open before them, how far the enricher at
/// work is, and which events wait there. What it has not decided by then it writes behind these ends: nothing is
/// lost. What it has decided is replayed, by what is agreed later than that: whatever is agreed still later, the
/// enricher at work repairs, as ever, and writes it behind these ends with a version above 1. A replayed row is a
/// first enrichment, of version 1 with the place of its raw event: where the enricher at work says the same, both
/// have one key and collapse, and whatever it makes of the event later has a higher version and holds.
///
/// At every moment the table that bears the name holds all that its group has committed: the old one, then the new
/// one. While the other database exists no period is closed ([#isUnderWay]), for who rebuilds has a reason. One that
/// is killed anywhere leaves that; the next begins anew. Of two at a time the later one goes on.
public final class Rebuild {
    private static final Logger log = LoggerFactory.getLogger(Rebuild.class);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    /// Sinks write nothing meanwhile.
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(15);
    private static final Duration PATIENCE_PER_READ = Duration.ofMillis(500);

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

    /// What the enricher makes of raw events. Not what was charged in advance, which is never priced again, nor
    /// dead letters, which are a record of what was.
    private static final List<Topic> DERIVED = List.of(Topics.EVENTS_ENRICHED, Topics.EVENTS_ENRICHED_EXPANDED);

    private final Function<String, DataSource> databases;
    private final String database;
    private final ClickHouseSettings settings;
    private final SchemaRegistry registry;
    private final Admin admin;
    private final Offsets offsets;
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
        this.offsets = new Offsets(admin);
        this.told = told;
    }

    /// Names of all tables that can be made anew.
    public static List<String> tables() {
        return TABLES.stream().map(Table::name).toList();
    }

    /// Names of the tables that are made anew from raw events, all of them together.
    public static List<String> derivedTables() {
        return DERIVED.stream().map(Topic::name).toList();
    }

    /// What this module does not know of the enricher.
    public interface Enrichment {
        /// At work until closed.
        interface Running extends AutoCloseable {
            @Override
            void close();
        }

        /// Consumer group of the enricher at work.
        String group();

        /// Raw events that the enricher at work has taken, but not decided yet: their offsets, by partition.
        Map<Integer, Set<Long>> waiting();

        /// Starts to enrich the raw events of a replay by what is agreed from then on: each at once, and once.
        Running start(Replay replay);
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

        var copy = create(newId(), true);
        told.accept("reading from the beginning: " + String.join(", ", names));
        try (var sink = sink(copy, tables, "");
                var redrive = redrive(copy)) {
            for (var table : tables) replace(table, copy);
        }
        finish(copy, names);
    }

    /// Makes [#derivedTables] anew from the raw events, of which the table has those that the topic has lost.
    ///
    /// @throws IllegalStateException where not all raw events are kept that rows were derived of; then tables stay
    /// as they were
    public void runFromRaw(Enrichment enrichment) throws SQLException, InterruptedException {
        var tables = DERIVED.stream().map(topic -> named(topic.name())).toList();
        requireRawEvents(enrichment);
        abandon();

        var id = newId();
        var copy = create(id, false);
        var replayed = create(id + "_replayed", true);
        var since = new HashMap<Table, Map<TopicPartition, Long>>();
        for (var table : tables) since.put(table, offsets.ends(table.name));
        for (var end : since.entrySet()) offsets.awaitStable(end.getKey().name, end.getValue());
        var decided = decided(enrichment);
        var waiting = enrichment.waiting();

        for (var begin : since.entrySet()) offsets.begin(copy.group(begin.getKey()), begin.getValue());
        var replay = new Replay(replayed.settings.groupPrefix());
        Topics.create(admin, replay);
        told.accept("replaying raw events");
        try (var sinkOfCopy = sink(copy, tables, "");
                var redriveOfCopy = redrive(copy);
                var sinkOfReplayed = sink(replayed, tables, replay.prefix());
                var redriveOfReplayed = redrive(replayed)) {
            try (var running = enrichment.start(replay);
                    var raw = new RawCopy(databases.apply(database), settings.kafkaBrokers(), registry, replay)) {
                raw.write(decided, waiting);
                awaitEnriched(replay);
            }
            awaitTables(replay, replayed, since);
            told.accept("raw events are replayed");
            take(replay, replayed, copy);
            for (var table : tables) replace(table, copy);
        }
        finish(copy, derivedTables());
    }

    /// All rows of the derived tables come from raw events that are kept, and are in their table where the topic
    /// has lost them; and it is known which of them are decided.
    private void requireRawEvents(Enrichment enrichment) throws SQLException, InterruptedException {
        var kept = settings.retention().days();
        int raw = kept.getOrDefault(Topics.EVENTS_RAW.name(), 0);
        for (var table : derivedTables()) {
            int derived = kept.getOrDefault(table, 0);
            if (raw != 0 && (derived == 0 || derived > raw)) {
                throw new IllegalStateException(
                        "%s cannot be made anew: its rows are kept longer than raw events, %d days"
                                .formatted(table, raw));
            }
        }
        var lost = new QueueErrors(databases.apply(database)).missing(offsets.beginnings(Topics.EVENTS_RAW.name()));
        if (lost.stream().anyMatch(missing -> !missing.isRejected())) {
            throw new IllegalStateException("records wait to be redriven into events_raw");
        }
        // Else all would be left to it, and it cannot have what the topic has lost.
        var ends = offsets.ends(Topics.EVENTS_RAW.name());
        var decided = offsets.committed(enrichment.group(), ends.keySet());
        for (var end : ends.entrySet()) {
            if (end.getValue() > 0 && !decided.containsKey(end.getKey())) {
                throw new IllegalStateException(
                        "nobody knows how far the enricher, %s, is in %s".formatted(enrichment.group(), end.getKey()));
            }
        }
    }

    /// How far the enricher at work is in `events_raw`.
    private Map<TopicPartition, Long> decided(Enrichment enrichment) throws InterruptedException {
        var decided = new HashMap<TopicPartition, Long>();
        var partitions = offsets.ends(Topics.EVENTS_RAW.name()).keySet();
        var committed = offsets.committed(enrichment.group(), partitions);
        for (var partition : partitions) {
            decided.put(partition, committed.getOrDefault(partition, 0L));
        }
        return decided;
    }

    private void awaitEnriched(Replay replay) throws InterruptedException {
        var ends = offsets.ends(replay.topic(Topics.EVENTS_RAW));
        while (!isAsFar(offsets.committed(replay.applicationId(), ends.keySet()), ends)) Thread.sleep(BETWEEN_LOOKS);
    }

    /// Waits until all that was replayed is in its table, and that in use has taken what the copy does not read.
    private void awaitTables(Replay replay, Copy replayed, Map<Table, Map<TopicPartition, Long>> since)
            throws SQLException, InterruptedException {
        try (var reader = new CommittedReader(settings.kafkaBrokers(), PATIENCE_PER_READ)) {
            for (var end : since.entrySet()) {
                var table = end.getKey();
                var ends = offsets.ends(replay.prefix() + table.name);
                offsets.awaitRead(replayed.group(table), ends, reader);
                offsets.awaitRead(group(table), end.getValue(), reader);
                while (isWaiting(replayed, as(table, ends))) Thread.sleep(BETWEEN_LOOKS);
            }
        }
    }

    /// True where a record before some ends is not in its table yet, but will be.
    ///
    /// @throws IllegalStateException where it never will
    private boolean isWaiting(Copy replayed, Map<TopicPartition, Long> ends) throws SQLException {
        var missing = new QueueErrors(databases.apply(replayed.database)).missing(ends);
        if (missing.stream().anyMatch(QueueErrors.Missing::isRejected)) {
            throw new IllegalStateException("what was replayed cannot be read: " + missing);
        }
        return !missing.isEmpty();
    }

    /// Gives the copy what was replayed. An event that bears another time there than in the table in use, or in the
    /// topics since, is found before it counts.
    private void take(Replay replay, Copy replayed, Copy copy) throws SQLException, InterruptedException {
        try (var inUse = connect(database)) {
            attach(inUse, "event_identities", replayed.database, database);
            attach(inUse, "event_identities", database, replayed.database);
            var ends = new HashMap<Integer, Long>();
            offsets.ends(replay.topic(Topics.EVENTS_ENRICHED))
                    .forEach((partition, end) -> ends.put(partition.partition(), end));
            new ExclusionPass(databases.apply(replayed.database)).cover(ends);
            attach(inUse, "repeated_events", replayed.database, database);
            for (var table : derivedTables()) attach(inUse, table, replayed.database, copy.database);
        }
    }

    /// Gives a table the rows of another one of the same kind, without copying them.
    private static void attach(Connection connection, String table, String from, String to) throws SQLException {
        execute(connection, "ALTER TABLE %s.%s ATTACH PARTITION ALL FROM %s.%2$s".formatted(to, table, from));
    }

    /// Offsets as `queue_errors` names their partitions.
    private static Map<TopicPartition, Long> as(Table table, Map<TopicPartition, Long> offsets) {
        var named = new HashMap<TopicPartition, Long>();
        offsets.forEach(
                (partition, offset) -> named.put(new TopicPartition(table.name, partition.partition()), offset));
        return named;
    }

    private void finish(Copy copy, List<String> names) throws SQLException, InterruptedException {
        try (var inUse = connect(database)) {
            keepRejected(inUse, copy);
        }
        abandon();
        told.accept("done: " + String.join(", ", names));
    }

    /// Ends what was begun: drops copies and the topics of replays.
    public void abandon() throws SQLException, InterruptedException {
        deleteTopics();
        try (var inUse = connect(database)) {
            for (var name : copies(inUse)) {
                execute(inUse, "DROP DATABASE IF EXISTS " + name + " SYNC");
                var copy = copy(name.substring(prefix(database).length()), true);
                var groups = new ArrayList<>(TABLES.stream().map(copy::group).toList());
                groups.add(new Replay(copy.settings.groupPrefix()).applicationId());
                // Members that were killed hold theirs for a while; the broker forgets what nobody uses.
                admin.deleteConsumerGroups(groups).all().whenComplete((done, failure) -> {
                    if (failure != null) log.debug("groups of {} are left to expire", name, failure);
                });
            }
        }
    }

    /// Also those that the enricher of a replay has made for itself.
    private void deleteTopics() throws InterruptedException {
        try {
            var left = admin.listTopics().names().get().stream()
                    .filter(name -> name.startsWith(groupPrefix("")))
                    .toList();
            admin.deleteTopics(left).all().get();
        } catch (ExecutionException e) {
            throw new KafkaException("the topics of a replay cannot be deleted", e.getCause());
        }
    }

    /// @param settings with groups of its own
    /// @param isFromBeginning whether its sink reads the topics from the beginning
    private record Copy(String database, ClickHouseSettings settings, boolean isFromBeginning) {
        String group(Table table) {
            return settings.groupPrefix() + table.name;
        }
    }

    private Copy copy(String id, boolean isFromBeginning) {
        return new Copy(prefix(database) + id, settings.withGroupPrefix(groupPrefix(id + "-")), isFromBeginning);
    }

    /// With all tables.
    private Copy create(String id, boolean isFromBeginning) throws SQLException, InterruptedException {
        var copy = copy(id, isFromBeginning);
        try (var inUse = connect(database)) {
            execute(inUse, "CREATE DATABASE " + copy.database);
        }
        new ClickHouseMigrator(databases.apply(copy.database), copy.settings).migrate();
        return copy;
    }

    /// @param topicPrefix of the topics that are read
    private Sink sink(Copy copy, List<Table> tables, String topicPrefix) {
        var topics = Sink.TOPICS.stream()
                .filter(topic -> tables.contains(named(topic.name())))
                .toList();
        return Sink.start(databases.apply(copy.database), registry, copy.settings, topics, topicPrefix);
    }

    private ErrorRedrive redrive(Copy copy) {
        return ErrorRedrive.start(databases.apply(copy.database), registry, Duration.ofMillis(200));
    }

    private static String newId() {
        return UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    }

    private String groupPrefix(String id) {
        return settings.groupPrefix() + "rebuild-" + id;
    }

    private String group(Table table) {
        return settings.groupPrefix() + table.name;
    }

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

    private void replace(Table table, Copy copy) throws SQLException, InterruptedException {
        while (true) {
            while (!isAsFar(table, copy)) Thread.sleep(BETWEEN_LOOKS);
            try (var inUse = connect(database)) {
                if (copy.isFromBeginning) addOlder(inUse, table, copy);
                if (exchange(inUse, table, copy)) break;
            }
        }
        told.accept(table.name + " is in place");
    }

    /// Under the lock, so that no sink begins to write meanwhile. What one began before is either committed, and then
    /// the copy has it, too, or will not be, and then it is read again.
    ///
    /// @return false where the copy did not get as far in time: to hold up nobody, it is tried again later
    private boolean exchange(Connection inUse, Table table, Copy copy) throws SQLException, InterruptedException {
        try (var ignored = SchemaLock.take(databases.apply(database))) {
            var end = Instant.now().plus(LONGEST_HOLD);
            offsets.expelMembers(group(table));
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
        var beginnings = offsets.beginnings(table.name);
        var reached = offsets.committed(copy.group(table), beginnings.keySet());
        beginnings.forEach((partition, first) -> reached.merge(partition, first, Math::max));
        return isAsFar(reached, offsets.committed(group(table), beginnings.keySet()));
    }

    private static boolean isAsFar(Map<TopicPartition, Long> reached, Map<TopicPartition, Long> other) {
        return other.entrySet().stream()
                .allMatch(offset -> reached.getOrDefault(offset.getKey(), 0L) >= offset.getValue());
    }

    /// True where a record that the table has is not in the copy yet, but may still come.
    private boolean isWaiting(Table table, Copy copy) throws SQLException, InterruptedException {
        var taken =
                offsets.committed(group(table), offsets.beginnings(table.name).keySet());
        return new QueueErrors(databases.apply(copy.database))
                .missing(taken).stream().anyMatch(missing -> !missing.isRejected());
    }

    private void requireWhole(Table table) throws InterruptedException {
        if (table.place != null) return;
        var lost = offsets.beginnings(table.name).entrySet().stream()
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
        var older = offsets.beginnings(table.name).entrySet().stream()
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

    private Connection connect(String name) throws SQLException {
        return databases.apply(name).getConnection();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
