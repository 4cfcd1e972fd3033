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
import io.millrace.enricher.StreamUnderTest.Kind;
import io.millrace.event.RawEvent;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.invoicer.usage.UsageQuery;
import io.millrace.invoicer.usage.UsageQuery.Asked;
import io.millrace.invoicer.usage.UsageQuery.Question;
import io.millrace.invoicer.usage.UsageUnderTest;
import io.millrace.rating.period.TimeSpan;
import io.millrace.registry.AvroSerializer;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// `./millrace bench latency`: how long after the broker took an event it is in the answer from which invoices are
/// made.
///
/// ```
///  this process            one process each
///  ────────────            ─────────────────────────────────────────────
///  producer ─────────────▶ events_raw ─▶ enricher ─▶ events_enriched…
///  the invoicer's query ◀─ ClickHouse ◀───────────────────┘
/// ```
///
/// Of the first ten subscriptions, which lie together, each event is timed: the usage of all of them is asked for
/// whenever the table has other rows than before, and as events of one subscription stay in order, it is the number of
/// events that tells which are there. The clock starts with the broker's own timestamp and stops when the answer has
/// arrived.
public final class LatencyBenchmark {
    private static final List<Option> OPTIONS = List.of(
            new Option("--rate", 20_000, 100, 1_000_000),
            new Option("--seconds", 60, 1, 3_600),
            new Option("--warm-up", 120, 0, 600));
    private static final int SUBSCRIPTIONS = 10_000;
    private static final int WATCHED = 10;
    private static final TimeSpan MARCH =
            new TimeSpan(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /// Servers have long been running where latency matters. These would compile for minutes, with as much of a core as
    /// their work takes; so theirs is compiled simply, and once.
    private static final String COMPILED_SIMPLY = "-XX:TieredStopAtLevel=1";
    /// Between looks at how many rows there are.
    private static final Duration PAUSE = Duration.ofMillis(20);
    /// No block follows another as soon as that.
    private static final Duration BETWEEN_BLOCKS = Duration.ofMillis(250);
    /// Of all rows, each of which is read.
    private static final Duration BETWEEN_COUNTS = Duration.ofMillis(200);
    private static final int LOOKS_BETWEEN_PARTS = 20;
    /// So often a second some events are sent.
    private static final int BURSTS = 100;

    private final Broker broker;
    private final Connection clickHouse;
    private final Question question;
    private final UsageQuery usage;
    private final List<Watched> watched;
    private final AtomicReference<@Nullable Exception> refused = new AtomicReference<>();
    /// Milliseconds that each took.
    private final List<Long> looks = new ArrayList<>();
    private long rows;
    private long parts;

    private LatencyBenchmark(Broker broker, String clickHouseUrl, Connection clickHouse) {
        this.broker = broker;
        this.clickHouse = clickHouse;
        this.usage = UsageUnderTest.of(clickHouseUrl);
        var asked = Catalogue.subscriptions(WATCHED)
                .map(subscription -> new Asked(
                        UUID.fromString(subscription.getSpans().getFirst().getSubscriptionId()),
                        subscription.getExternalSubscriptionId()))
                .toList();
        this.question = new Question(
                UUID.fromString(Catalogue.ORGANIZATION), MARCH, MARCH.to(), new TreeMap<>(), Map.of(), asked);
        this.watched = asked.stream().map(Watched::new).toList();
    }

    /// As [Frame#run].
    public static int run(List<String> words, PrintStream out, PrintStream err) throws Exception {
        return Frame.run("latency", OPTIONS, words, out, err, LatencyBenchmark::measure);
    }

    private static Map<String, Object> measure(Options options, Scratch scratch, PrintStream progress)
            throws Exception {
        try (var broker = Broker.start(scratch.directory("broker"), COMPILED_SIMPLY);
                var engine = Frame.clickHouse(scratch.directory("clickhouse"), COMPILED_SIMPLY)) {
            var url = engine.awaitReady();
            var settings = ClickHouseSettings.of(broker.environment());
            var tables = new DataSourceImpl(url, new Properties());
            new ClickHouseMigrator(tables, settings).migrate();
            try (var publisher = new Publisher(broker)) {
                publisher.catalogue(SUBSCRIPTIONS);
            }
            try (var enricher = Round.process(broker, "bench-latency", Kind.ENRICHER, scratch.directory("enricher"))
                            .start();
                    var sink = Sink.start(tables, broker.schemas(), settings);
                    var connection = tables.getConnection()) {
                var numbers = new LatencyBenchmark(broker, url, connection).run(options);
                enricher.stop();
                numbers.forEach((name, value) -> say(progress, "%-16s %s", name, value));
                return numbers;
            }
        }
    }

    private Map<String, Object> run(Options options) throws Exception {
        int rate = Math.toIntExact(options.of("--rate"));
        int warmUp = Math.toIntExact(options.of("--warm-up") * rate);
        int count = Math.toIntExact(options.of("--seconds") * rate);
        var traffic = new Traffic(SUBSCRIPTIONS);
        // An event through the whole, so that its start is no latency.
        send(traffic, 1, rate, 1);
        awaitRows(1);
        var sending = new AtomicReference<@Nullable Double>();
        var sender = Thread.ofPlatform().start(() -> sending.set(send(traffic, warmUp + count, rate, warmUp)));
        long deadline = Long.MAX_VALUE;
        while (sending.get() == null || watched.stream().anyMatch(Watched::isWaited)) {
            if (!sender.isAlive() && deadline == Long.MAX_VALUE) deadline = System.nanoTime() + PATIENCE.toNanos();
            if (System.nanoTime() > deadline || refused.get() != null) break;
            look();
        }
        sender.join();
        if (refused.get() != null) throw new IllegalStateException("not acknowledged", refused.get());
        long rows = awaitRows(1L + warmUp + count);
        var latencies = watched.stream()
                .flatMap(one -> one.latencies.stream())
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        if (latencies.length == 0) throw new IllegalStateException("no event was seen");
        var looked = looks.stream().mapToLong(Long::longValue).sorted().toArray();
        var numbers = new LinkedHashMap<String, Object>();
        numbers.put("rate", rounded(Objects.requireNonNull(sending.get())));
        numbers.put("p50_ms", latencies[latencies.length / 2]);
        numbers.put("p99_ms", latencies[latencies.length * 99 / 100]);
        numbers.put("max_ms", latencies[latencies.length - 1]);
        numbers.put("timed", latencies.length);
        numbers.put("lost", 1L + warmUp + count - rows);
        numbers.put("question_p50_ms", looked[looked.length / 2]);
        numbers.put("most_parts", parts);
        numbers.put("cores", Runtime.getRuntime().availableProcessors());
        return numbers;
    }

    /// A subscription whose events are timed.
    private static final class Watched {
        private final Asked asked;
        /// When the broker took those that are not in the answer yet, in order; null of one that is not timed.
        private final ConcurrentLinkedQueue<Long> taken = new ConcurrentLinkedQueue<>();
        private final List<Long> latencies = new ArrayList<>();
        private long seen;

        Watched(Asked asked) {
            this.asked = asked;
        }

        boolean isWaited() {
            return !taken.isEmpty();
        }

        void see(long events, long at) {
            for (; seen < events; seen++) {
                var one = taken.poll();
                // The answer may be here before the acknowledgement.
                if (one == null) return;
                if (one != UNTIMED) latencies.add(at - one);
            }
        }

        static final long UNTIMED = 0;
    }

    /// Sends events evenly, and has those timed that come after the first ones.
    ///
    /// @return how many a second it was
    private double send(Traffic traffic, int count, int rate, int untimed) {
        var byName = new HashMap<String, Watched>();
        watched.forEach(one -> byName.put(one.asked.externalId(), one));
        var serializer = new AvroSerializer<RawEvent>(broker.schemas(), Topics.EVENTS_RAW);
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.address(),
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "lz4",
                ProducerConfig.LINGER_MS_CONFIG,
                20);
        long started = System.nanoTime();
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int sent = 0; sent < count; ) {
                long due = (System.nanoTime() - started) / 1_000 * rate / 1_000_000;
                for (; sent < Math.min(due, count); sent++) {
                    var event = traffic.next();
                    var one = byName.get(event.getExternalSubscriptionId());
                    boolean timed = sent >= untimed;
                    var key = Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId());
                    var record = new ProducerRecord<>(
                            Topics.EVENTS_RAW.name(),
                            key.getBytes(StandardCharsets.UTF_8),
                            Objects.requireNonNull(serializer.serialize("", event)));
                    producer.send(record, (metadata, failure) -> {
                        if (failure != null) refused.compareAndSet(null, failure);
                        else if (one != null) one.taken.add(timed ? metadata.timestamp() : Watched.UNTIMED);
                    });
                }
                LockSupport.parkNanos(1_000_000_000 / BURSTS);
            }
        }
        return count / ((System.nanoTime() - started) / 1e9);
    }

    private void look() throws SQLException, InterruptedException {
        // Known without reading any.
        long now = number("SELECT count() FROM events_enriched_expanded");
        if (now == rows) {
            Thread.sleep(PAUSE);
            return;
        }
        rows = now;
        long seen = System.nanoTime();
        long asked = System.currentTimeMillis();
        var answer = usage.usage(question);
        long at = System.currentTimeMillis();
        looks.add(at - asked);
        for (var one : watched) {
            one.see(
                    answer.getOrDefault(one.asked.subscriptionId(), List.of()).stream()
                            .mapToLong(UsageLine::events)
                            .sum(),
                    at);
        }
        if (looks.size() % LOOKS_BETWEEN_PARTS == 1) {
            parts = Math.max(
                    parts,
                    number("SELECT max(parts) FROM (SELECT count() AS parts FROM system.parts"
                            + " WHERE active AND database = currentDatabase() GROUP BY table)"));
        }
        LockSupport.parkNanos(BETWEEN_BLOCKS.toNanos() - (System.nanoTime() - seen));
    }

    /// Waits until all are there, or none has come for a while.
    private long awaitRows(long wanted) throws SQLException, InterruptedException {
        long rows = 0;
        for (long moved = System.nanoTime(); rows < wanted && System.nanoTime() - moved < PATIENCE.toNanos(); ) {
            long now = number("SELECT count() FROM events_enriched_expanded FINAL");
            if (now > rows) moved = System.nanoTime();
            rows = now;
            Thread.sleep(BETWEEN_COUNTS);
        }
        return rows;
    }

    private long number(String sql) throws SQLException {
        try (var statement = clickHouse.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
