package io.millrace.benchmarks.pipeline;

import static io.millrace.benchmarks.Frame.rounded;
import static io.millrace.benchmarks.Frame.say;

import com.clickhouse.jdbc.DataSourceImpl;
import io.millrace.benchmarks.Frame;
import io.millrace.benchmarks.Frame.Option;
import io.millrace.benchmarks.Frame.Options;
import io.millrace.clickhouse.ClickHouseMigrator;
import io.millrace.clickhouse.ClickHouseSettings;
import io.millrace.clickhouse.Sink;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.enricher.StreamUnderTest.Kind;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/// `./millrace bench sink`: how many records a second come from a topic into their table, beside how many ClickHouse
/// itself can take from the topic at all.
///
/// ```
///  limit   ClickHouse's queue of bytes ──▶ nothing but their number
///  table   sink ─▶ intake ─▶ view ─▶ table
/// ```
///
/// The topic is full before either begins, and nothing else runs but the broker.
public final class SinkBenchmark {
    private static final List<Option> OPTIONS = List.of(
            new Option("--events", 1_000_000, 1_000, 100_000_000),
            new Option("--consumers", 1, 1, EmbeddedStack.EVENT_PARTITIONS));
    private static final int SUBSCRIPTIONS = 10_000;
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration STANDSTILL = Duration.ofMinutes(1);
    /// In the table or counted before the clock starts, in percent: meanwhile the queue finds its partitions.
    private static final int BEGUN = 10;

    private final Broker broker;
    private final Connection clickHouse;
    private final long events;
    private final long consumers;

    private SinkBenchmark(Broker broker, Connection clickHouse, Options options) {
        this.broker = broker;
        this.clickHouse = clickHouse;
        this.events = options.of("--events");
        this.consumers = options.of("--consumers");
    }

    /// As [Frame#run].
    public static int run(List<String> words, PrintStream out, PrintStream err) throws Exception {
        return Frame.run("sink", OPTIONS, words, out, err, SinkBenchmark::measure);
    }

    private static Map<String, Object> measure(Options options, Scratch scratch, PrintStream progress)
            throws Exception {
        int events = Math.toIntExact(options.of("--events"));
        try (var broker = Broker.start(scratch.directory("broker"))) {
            try (var publisher = new Publisher(broker)) {
                publisher.catalogue(SUBSCRIPTIONS);
                var unused = publisher.events(new Traffic(SUBSCRIPTIONS), events);
            }
            enrich(broker, events, scratch.directory("enricher"));
            try (var engine = Frame.clickHouse(scratch.directory("clickhouse"))) {
                var url = engine.awaitReady();
                var connection = new DataSourceImpl(url, new Properties()).getConnection();
                var sink = new SinkBenchmark(broker, connection, options);
                var numbers = new LinkedHashMap<String, Object>();
                numbers.put("events", events);
                numbers.put("consumers", sink.consumers);
                for (var topic : List.of(Topics.EVENTS_RAW, Topics.EVENTS_ENRICHED_EXPANDED)) {
                    double limit = sink.limit(topic);
                    double table = sink.table(topic, url);
                    var name = topic == Topics.EVENTS_RAW ? "raw" : "expanded";
                    numbers.put(name + "_rows_per_second", rounded(table));
                    numbers.put(name + "_limit_per_second", rounded(limit));
                    numbers.put(name + "_ratio", rounded(table / limit));
                }
                numbers.put("cores", Runtime.getRuntime().availableProcessors());
                numbers.forEach((name, value) -> say(progress, "%-28s %s", name, value));
                return numbers;
            }
        }
    }

    /// So that there are expanded records.
    private static void enrich(Broker broker, long events, Path state) throws InterruptedException {
        try (var enricher =
                Round.process(broker, "bench-sink", Kind.ENRICHER, state).start()) {
            long committed = 0;
            for (long moved = System.nanoTime(); committed < events; Thread.sleep(LOOK)) {
                long now = broker.committed("bench-sink");
                if (now > committed) moved = System.nanoTime();
                committed = now;
                if (!enricher.isAlive() || System.nanoTime() - moved > STANDSTILL.toNanos()) {
                    throw new IllegalStateException(
                            "the enricher stands at %d of %d events. %s".formatted(now, events, enricher.tail()));
                }
            }
            enricher.stop();
        }
    }

    private double limit(Topic topic) throws SQLException, InterruptedException {
        execute("CREATE TABLE counted (rows UInt64) ENGINE = Memory");
        execute("""
                CREATE TABLE limit_queue (value String) ENGINE = Kafka SETTINGS
                    kafka_broker_list = '%1$s', kafka_topic_list = '%2$s', kafka_group_name = 'bench-limit-%2$s',
                    kafka_format = 'RawBLOB', kafka_flush_interval_ms = 250, kafka_poll_timeout_ms = 100,
                    kafka_consumer_reschedule_ms = 100, kafka_max_block_size = 65536, kafka_poll_max_batch_size = 1000,
                    kafka_num_consumers = %3$d, kafka_thread_per_consumer = %4$d""".formatted(broker.address(), topic.name(), consumers, consumers > 1 ? 1 : 0));
        execute("CREATE MATERIALIZED VIEW limit_view TO counted AS SELECT count() AS rows FROM limit_queue");
        double rate = rate("SELECT sum(rows) FROM counted");
        execute("DROP VIEW limit_view SYNC");
        execute("DROP TABLE limit_queue SYNC");
        execute("DROP TABLE counted SYNC");
        return rate;
    }

    /// In a database of its own, by a sink of this process.
    private double table(Topic topic, String url) throws SQLException, InterruptedException {
        var database = topic.name();
        execute("CREATE DATABASE " + database);
        var environment = new HashMap<>(broker.environment());
        environment.put("MILLRACE_CLICKHOUSE_CONSUMERS", Long.toString(consumers));
        environment.put("MILLRACE_CLICKHOUSE_GROUP_PREFIX", "bench-" + database + "-");
        var settings = ClickHouseSettings.of(environment);
        var tables = new DataSourceImpl(url.replaceFirst("/\\w+\\?", "/" + database + "?"), new Properties());
        new ClickHouseMigrator(tables, settings).migrate();
        double rate;
        try (var sink = Sink.start(tables, broker.schemas(), settings, List.of(topic), "")) {
            rate = rate("SELECT count() FROM %1$s.%1$s".formatted(database));
        }
        execute("DROP DATABASE " + database + " SYNC");
        return rate;
    }

    /// Rows a second from the moment at which some are there.
    private double rate(String count) throws SQLException, InterruptedException {
        long from = 0;
        long fromRows = 0;
        long rows = 0;
        for (long moved = System.nanoTime(); ; Thread.sleep(LOOK)) {
            long now = number(count);
            if (now > rows) moved = System.nanoTime();
            rows = now;
            if (from == 0 && rows * 100 >= events * BEGUN) {
                from = System.nanoTime();
                fromRows = rows;
            }
            if (rows >= events) return Math.max(1, rows - fromRows) / ((System.nanoTime() - from) / 1e9);
            if (System.nanoTime() - moved > STANDSTILL.toNanos()) {
                throw new IllegalStateException("%d of %d rows have come".formatted(rows, events));
            }
        }
    }

    private long number(String sql) throws SQLException {
        try (var statement = clickHouse.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (var statement = clickHouse.createStatement()) {
            statement.execute(sql);
        }
    }
}
