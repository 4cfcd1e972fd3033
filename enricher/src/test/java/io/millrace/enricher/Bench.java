package io.millrace.enricher;

import static io.millrace.topic.Headers.INGESTED_AT;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.config.BillableMetric;
import io.millrace.config.BillableMetricFilter;
import io.millrace.config.BillableMetricRevision;
import io.millrace.config.Charge;
import io.millrace.config.ChargeFilter;
import io.millrace.config.Plan;
import io.millrace.config.PlanRevision;
import io.millrace.config.Subscription;
import io.millrace.config.SubscriptionSpan;
import io.millrace.embedded.InMemoryRegistry;
import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.event.PendingRepairs;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.AvroSerializer;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/// The enricher's topology with one partition, fed and read by hand. Its clock, which stamps events and
/// moves the punctuators, stands still unless it is told to pass.
final class Bench implements AutoCloseable {
    static final String ACME = "acme";
    static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    static final Instant MAY = Instant.parse("2026-05-01T00:00:00Z");

    final InMemoryRegistry registry = new InMemoryRegistry();
    private final TopologyTestDriver driver;
    private final AvroSerializer<RawEvent> events = new AvroSerializer<>(registry, Topics.EVENTS_RAW);
    private final List<Written> raw = new ArrayList<>();
    private final List<Written> enriched = new ArrayList<>();
    private final List<Written> expanded = new ArrayList<>();
    private final List<Written> deadLetters = new ArrayList<>();
    private final List<Written> pendingRepairs = new ArrayList<>();
    private int openings;
    private Instant now = Instant.parse("2026-06-01T00:00:00Z");

    /// @param at when the broker took it
    private record Written(byte[] key, byte[] value, Instant at) {}

    Bench(Path directory) {
        this(directory, Map.of());
    }

    Bench(Path directory, Map<String, String> variables) {
        var environment = new HashMap<>(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", "none:1",
                "SCHEMA_REGISTRY_URL", "http://none:1",
                "MILLRACE_EVENT_PARTITIONS", "1",
                "MILLRACE_DATA", directory.toString()));
        environment.putAll(variables);
        var settings = EnricherSettings.of(environment);
        var topology = EnricherTopology.of(settings, registry, new SimpleMeterRegistry(), partition -> {
            openings++;
            return new History();
        });
        driver = new TopologyTestDriver(topology, settings.streams().properties(), now);
    }

    // What the seller agrees with customers.

    Bench metric(String code, String aggregation, String field) {
        return metric(code, 1, revision(null, null, aggregation, field));
    }

    Bench metric(String code, long version, BillableMetricRevision... revisions) {
        return publish(
                Topics.CONFIG_BILLABLE_METRICS,
                Keys.metric(ACME, code),
                new BillableMetric(ACME, code, version, List.of(revisions)));
    }

    static BillableMetricRevision revision(Instant from, Instant to, String aggregation, String field) {
        return revision(from, to, aggregation, field, null, Map.of());
    }

    static BillableMetricRevision revision(
            Instant from,
            Instant to,
            String aggregation,
            String field,
            String expression,
            Map<String, List<String>> declared) {
        return BillableMetricRevision.newBuilder()
                .setEffectiveFrom(from)
                .setEffectiveTo(to)
                .setBillableMetricId("m1")
                .setAggregationType(aggregation)
                .setFieldName(field)
                .setExpression(expression)
                .setFilters(declared.entrySet().stream()
                        .map(filter -> new BillableMetricFilter(filter.getKey(), filter.getValue()))
                        .toList())
                .build();
    }

    Bench plan(String id, Charge... charges) {
        return plan(id, 1, planRevision(1, null, null, charges));
    }

    Bench plan(String id, long version, PlanRevision... revisions) {
        return publish(Topics.CONFIG_PLANS, Keys.plan(ACME, id), new Plan(ACME, id, id, version, List.of(revisions)));
    }

    static PlanRevision planRevision(int revision, Instant from, Instant to, Charge... charges) {
        return new PlanRevision(from, to, revision, "monthly", "EUR", false, List.of(charges));
    }

    static Charge charge(String id, String metric, ChargeFilter... filters) {
        return chargeBuilder(id, metric).setFilters(List.of(filters)).build();
    }

    static Charge.Builder chargeBuilder(String id, String metric) {
        return Charge.newBuilder()
                .setChargeId(id)
                .setBillableMetricId("m1")
                .setBillableMetricCode(metric)
                .setChargeModel("standard")
                .setProperties("{\"amount\": \"1\"}")
                .setCreatedAt(MARCH);
    }

    static ChargeFilter filter(String id, Map<String, List<String>> values) {
        return new ChargeFilter(id, MARCH, values, "{\"amount\": \"2\"}");
    }

    Bench subscription(String id, SubscriptionSpan... spans) {
        return subscription(id, 1, spans);
    }

    Bench subscription(String id, long version, SubscriptionSpan... spans) {
        return publish(
                Topics.CONFIG_SUBSCRIPTIONS,
                Keys.subscription(ACME, id),
                new Subscription(ACME, id, version, List.of(spans)));
    }

    static SubscriptionSpan span(String id, String plan, Instant from, Instant to) {
        return new SubscriptionSpan(id, "customer", plan, from, to, from, "calendar", "UTC", "EUR");
    }

    /// A sum of property `amount` under `tokens`, sold by plan `basic` to `sub_1` since March.
    Bench sellingTokens() {
        return metric("tokens", "sum_agg", "amount")
                .plan("basic", charge("c1", "tokens"))
                .subscription("sub_1", span("s1", "basic", MARCH, null));
    }

    // What the customers use.

    /// An event of `sub_1`: one token at the end of March.
    static RawEvent.Builder event(String id) {
        return RawEvent.newBuilder()
                .setOrganizationId(ACME)
                .setExternalSubscriptionId("sub_1")
                .setTransactionId(id)
                .setCode("tokens")
                .setTimestamp(Instant.parse("2026-03-31T12:00:00.000001Z"))
                .setProperties(Map.of("amount", "1"))
                .setSource("http");
    }

    Bench send(RawEvent.Builder event) {
        var built = event.build();
        return send(Keys.subscription(built.getOrganizationId(), built.getExternalSubscriptionId()), event);
    }

    Bench send(String key, RawEvent.Builder event) {
        return send(key.getBytes(StandardCharsets.UTF_8), events.serialize("", event.build()), new RecordHeaders());
    }

    Bench send(byte[] key, byte[] value, Headers headers) {
        driver.createInputTopic("events_raw", new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key, value, headers, now));
        raw.add(new Written(key, value, now));
        return drain();
    }

    byte[] bytes(RawEvent.Builder event) {
        return events.serialize("", event.build());
    }

    // What time does.

    Bench pass(Duration time) {
        now = now.plus(time);
        driver.advanceWallClockTime(time);
        return drain();
    }

    /// Time enough for everything that was agreed otherwise to be noticed, and for its events to be
    /// enriched again, unless they have to wait.
    Bench settle() {
        pass(Duration.ofSeconds(1));
        for (int i = 0; i < 100 && repairs().pending() > 0; i++) pass(Duration.ofSeconds(1));
        return this;
    }

    private Repairs repairs() {
        return (Repairs) ((WriteBehind<?>) driver.getStateStore(Repairs.STORE)).content();
    }

    Instant now() {
        return now;
    }

    // What becomes of it, since the start.

    List<EnrichedEvent> enriched() {
        return read(Topics.EVENTS_ENRICHED, enriched);
    }

    List<ExpandedEvent> expanded() {
        return read(Topics.EVENTS_ENRICHED_EXPANDED, expanded);
    }

    List<DeadLetter> deadLetters() {
        return read(Topics.EVENTS_DEAD_LETTER, deadLetters);
    }

    List<PendingRepairs> pendingRepairs() {
        return read(Topics.PENDING_REPAIRS, pendingRepairs);
    }

    List<byte[]> enrichedBytes() {
        return enriched.stream().map(Written::value).toList();
    }

    List<byte[]> expandedBytes() {
        return expanded.stream().map(Written::value).toList();
    }

    List<String> billed() {
        return enriched().stream().map(EnrichedEvent::getTransactionId).toList();
    }

    List<String> refused() {
        return deadLetters().stream()
                .map(letter -> letter.getTransactionId() + ": " + letter.getReason())
                .toList();
    }

    Accounting accounting() {
        var store = (WriteBehind<?>) driver.getStateStore(Books.STORE);
        return Accounting.of(((Books) store.content()).written());
    }

    Accounting.Partition books() {
        return accounting().total();
    }

    @Override
    public void close() {
        driver.close();
    }

    <T extends SpecificRecord> Bench publish(Topic topic, String key, T value) {
        driver.createInputTopic(topic.name(), new StringSerializer(), new AvroSerializer<T>(registry, topic))
                .pipeInput(key, value, Instant.EPOCH);
        return drain();
    }

    /// How often somebody wanted to know about the past.
    int openings() {
        return openings;
    }

    /// Erases an organization's subscription.
    Bench erase(String id) {
        driver.createInputTopic(Topics.CONFIG_SUBSCRIPTIONS.name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput(Keys.subscription(ACME, id), null, Instant.EPOCH);
        return drain();
    }

    /// Sends to another bench what was sent here, as it was taken here.
    void resendTo(Bench other) {
        var reader = new AvroDeserializer<RawEvent>(registry, Topics.EVENTS_RAW.value());
        for (var record : raw) {
            var event = reader.deserialize("", record.value());
            var at = Long.toString(record.at().toEpochMilli()).getBytes(StandardCharsets.US_ASCII);
            other.send(record.key(), other.events.serialize("", event), new RecordHeaders().add(INGESTED_AT, at));
        }
    }

    /// Takes down what has been written since the last time: it was written now.
    private Bench drain() {
        drain(Topics.EVENTS_ENRICHED, enriched);
        drain(Topics.EVENTS_ENRICHED_EXPANDED, expanded);
        drain(Topics.EVENTS_DEAD_LETTER, deadLetters);
        drain(Topics.PENDING_REPAIRS, pendingRepairs);
        return this;
    }

    private void drain(Topic topic, List<Written> soFar) {
        driver.createOutputTopic(topic.name(), new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList()
                .forEach(record ->
                        soFar.add(new Written(record.key(), record.value().clone(), now)));
    }

    private <T extends SpecificRecord> List<T> read(Topic topic, List<Written> written) {
        var deserializer = new AvroDeserializer<T>(registry, topic.value());
        return written.stream()
                .map(record -> deserializer.deserialize("", record.value()))
                .toList();
    }

    /// What the driver has put out, and what was put in.
    private final class History implements EventHistory {
        @Override
        public Log enriched() {
            return new WrittenLog(enriched);
        }

        @Override
        public Log deadLetters() {
            return new WrittenLog(deadLetters);
        }

        @Override
        public byte[] raw(long offset) {
            return raw.get((int) offset).value();
        }

        @Override
        public void close() {}
    }

    private record WrittenLog(List<Written> written) implements EventHistory.Log {
        private static final int AT_ONCE = 3;

        @Override
        public long beginning() {
            return 0;
        }

        @Override
        public long end() {
            return written.size();
        }

        @Override
        public long since(long millis) {
            return written.stream()
                    .takeWhile(record -> record.at().toEpochMilli() < millis)
                    .count();
        }

        @Override
        public EventHistory.Chunk read(long from) {
            var records = new ArrayList<EventHistory.Kept>();
            for (int i = (int) from; i < Math.min(from + AT_ONCE, written.size()); i++) {
                records.add(new EventHistory.Kept(
                        i, written.get(i).key(), written.get(i).value()));
            }
            return new EventHistory.Chunk(records, from + records.size());
        }
    }
}
