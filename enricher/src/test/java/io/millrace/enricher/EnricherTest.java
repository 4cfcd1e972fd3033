package io.millrace.enricher;

import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.charge;
import static io.millrace.enricher.Bench.filter;
import static io.millrace.enricher.Bench.planRevision;
import static io.millrace.enricher.Bench.revision;
import static io.millrace.enricher.Bench.span;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.config.BillableMetric;
import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.RawEvent;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The enricher among real engines: what is sent is counted exactly once, whatever comes and goes meanwhile.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY})
class EnricherTest {
    private final EmbeddedStack stack;

    @TempDir
    private Path directory;

    EnricherTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    @Test
    void idsAreRememberedAcrossAnOrderlyStopAndTheLossOfItsDirectory(@TempDir Path lost) throws Exception {
        try (var pipeline = new Pipeline(stack, "stopped")) {
            sellTokens(pipeline, "stopped");
            for (int i = 0; i < 8; i++) subscribe(pipeline, "stopped", "sub_" + i);
            try (var enricher = pipeline.start(lost, Map.of())) {
                send(pipeline, "stopped", 0, 300);
                pipeline.awaitBooksThatAgree(enricher);
            }
            try (var enricher = pipeline.start(lost, Map.of())) {
                send(pipeline, "stopped", 200, 400);
                pipeline.awaitBooksThatAgree(enricher);
            }
            try (var enricher = pipeline.start(directory, Map.of())) {
                send(pipeline, "stopped", 0, 500);
                pipeline.awaitBooksThatAgree(enricher);
                assertThat(enricher.accounting().duplicatesByOrganization()).containsEntry("stopped", 500L);
            }
            assertThat(ids(pipeline)).hasSize(500).doesNotHaveDuplicates();
        }
    }

    @Test
    void tasksThatMoveAndComeBackKnowWhatWasRememberedMeanwhile(@TempDir Path second) throws Exception {
        var one = Map.of("MILLRACE_ENRICHER_INSTANCE_ID", "one", "MILLRACE_ENRICHER_STANDBY_REPLICAS", "1");
        var two = Map.of("MILLRACE_ENRICHER_INSTANCE_ID", "two", "MILLRACE_ENRICHER_STANDBY_REPLICAS", "1");
        try (var pipeline = new Pipeline(stack, "moved")) {
            sellTokens(pipeline, "moved");
            for (int i = 0; i < 8; i++) subscribe(pipeline, "moved", "sub_" + i);
            try (var last = pipeline.start(second, two)) {
                try (var first = pipeline.start(directory, one)) {
                    awaitTasks(first);
                    awaitTasks(last);
                    send(pipeline, "moved", 0, 300);
                    pipeline.awaitDecided(300);
                }
                // Its standbys become active.
                send(pipeline, "moved", 0, 400);
                pipeline.awaitBooksThatAgree(last);
                try (var first = pipeline.start(directory, one)) {
                    // And some standbys again, which take up what the other one remembers.
                    awaitTasks(first);
                    send(pipeline, "moved", 0, 500);
                    pipeline.awaitDecided(500);
                }
                send(pipeline, "moved", 0, 600);
                pipeline.awaitBooksThatAgree(last);
            }
            assertThat(ids(pipeline)).hasSize(600).doesNotHaveDuplicates();
        }
    }

    @Test
    void aPoisonMessageIsADeadLetterAndTheGoodOnesBehindItAreBilled() throws Exception {
        try (var pipeline = new Pipeline(stack, "poisoned");
                var enricher = pipeline.start(directory, Map.of())) {
            sellTokens(pipeline, "poisoned");
            subscribe(pipeline, "poisoned", "sub_1");
            var poison = "\0\0\0\0\1 not Avro".getBytes(StandardCharsets.UTF_8);

            pipeline.send(event("poisoned", "sub_1", "e1", "1"));
            pipeline.send("poisoned/sub_1", poison);
            pipeline.send(event("poisoned", "sub_1", "e2", "1"));
            pipeline.awaitDecided(2);
            pipeline.awaitBooksThatAgree(enricher);

            assertThat(pipeline.enriched())
                    .extracting(EnrichedEvent::getTransactionId)
                    .containsExactly("e1", "e2");
            assertThat(pipeline.unreadable())
                    .filteredOn(letter -> letter.getOriginValue().equals(ByteBuffer.wrap(poison)))
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.getReason()).isEqualTo("unreadable_record"));
        }
    }

    @Test
    void aRegistryThatIsDownForAWhileLosesNothing() throws Exception {
        try (var pipeline = new Pipeline(stack, "outage")) {
            sellTokens(pipeline, "outage");
            subscribe(pipeline, "outage", "sub_1");
            // A producer of a later release: its schema has an id that the enricher has not seen.
            var later = later(RawEvent.getClassSchema());
            int id = pipeline.registry().register(Topics.EVENTS_RAW.subject(), later);
            var known = pipeline.encode(event("outage", "sub_1", "e1", "1"));
            var unseen = ByteBuffer.wrap(pipeline.encode(event("outage", "sub_1", "e2", "1")));
            var withNote =
                    ByteBuffer.allocate(unseen.capacity() + 1).put(unseen).put((byte) 0);
            withNote.putInt(1, id);

            try (var enricher = pipeline.startChild(directory, Map.of("MILLRACE_ENRICHER_REGISTRY_PATIENCE", "1s"))) {
                enricher.awaitLine("enricher is ready");
                pipeline.send("outage/sub_1", known);
                pipeline.awaitDecided(1);

                stack.registry().stop();
                pipeline.send("outage/sub_1", withNote.array());
                pipeline.send("outage/sub_1", pipeline.encode(event("outage", "sub_1", "e3", "1")));
                enricher.awaitLine("Waiting for the schema registry");
                enricher.awaitLine("a thread failed and is replaced");
                stack.registry().restart();

                pipeline.awaitDecided(3);
            }

            assertThat(pipeline.enriched())
                    .extracting(EnrichedEvent::getTransactionId)
                    .containsExactly("e1", "e2", "e3");
            try (var enricher = pipeline.start(directory, Map.of())) {
                pipeline.awaitBooksThatAgree(enricher);
            }
        }
    }

    @Test
    void anEventThatComesByTwoProducersIsBilledOnceAlsoWhereOneOfThemMistakesTheKey() throws Exception {
        try (var pipeline = new Pipeline(stack, "twice");
                var other = new Pipeline(stack, "twice");
                var enricher = pipeline.start(directory, Map.of())) {
            sellTokens(pipeline, "twice");
            var before = enricher.accounting().total().rekeyed();
            for (int i = 0; i < 8; i++) subscribe(pipeline, "twice", "sub_" + i);
            for (int i = 0; i < 200; i++) {
                var event = event("twice", "sub_" + i % 8, "e" + i, "1");
                pipeline.send(event);
                // Spread round-robin, under a key of its own.
                other.sendTo(
                        i % EmbeddedStack.EVENT_PARTITIONS,
                        ("twice-" + i).getBytes(StandardCharsets.UTF_8),
                        other.encode(event));
            }
            pipeline.awaitDecided(200);
            pipeline.awaitBooksThatAgree(enricher);

            assertThat(pipeline.enriched())
                    .extracting(EnrichedEvent::getTransactionId)
                    .hasSize(200)
                    .doesNotHaveDuplicates();
            assertThat(enricher.accounting().duplicatesByOrganization()).containsEntry("twice", 200L);
            assertThat(enricher.accounting().total().rekeyed() - before).isEqualTo(200);
            assertThat(pipeline.expanded()).hasSize(400);
        }
    }

    @Test
    void whatNeverBecomesKnownIsADeadLetterAfterTheLimit() throws Exception {
        try (var pipeline = new Pipeline(stack, "unknown");
                var enricher = pipeline.start(directory, Map.of("MILLRACE_ENRICHER_PARKED_UP_TO", "1s"))) {
            sellTokens(pipeline, "unknown");
            pipeline.send(event("unknown", "nobody", "e1", "1"));
            pipeline.awaitDecided(1);

            assertThat(pipeline.deadLetters())
                    .extracting(DeadLetter::getReason)
                    .containsExactly("subscription_not_found");
            pipeline.awaitBooksThatAgree(enricher);
        }
    }

    @Test
    void anOrchestratorSeesThatItIsReadyAndWhatItHasDone() throws Exception {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        try (var pipeline = new Pipeline(stack, "watched");
                var enricher = pipeline.start(directory, Map.of("MILLRACE_ENRICHER_PORT", Integer.toString(port)))) {
            pipeline.awaitBooksThatAgree(enricher);

            assertThat(get(port, "/health").statusCode()).isEqualTo(200);
            assertThat(get(port, "/ready").statusCode()).isEqualTo(200);
            assertThat(get(port, "/other").statusCode()).isEqualTo(404);
            assertThat(get(port, "/metrics").body())
                    .contains("millrace_enricher_events{outcome=\"enriched\"}")
                    .contains("millrace_enricher_remembered_ids ")
                    .contains("millrace_enricher_horizon_seconds 2678400.0")
                    .contains("kafka_stream");
        }
    }

    private static void awaitTasks(Enricher enricher) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> !enricher.accounting().partitions().isEmpty());
    }

    /// Events with numbers from one to another, spread over eight subscriptions.
    private static void send(Pipeline pipeline, String organization, int from, int to) {
        for (int i = from; i < to; i++) pipeline.send(event(organization, "sub_" + i % 8, "e" + i, "1"));
        pipeline.flush();
    }

    private static List<String> ids(Pipeline pipeline) {
        return pipeline.enriched().stream().map(EnrichedEvent::getTransactionId).toList();
    }

    private static RawEvent event(String organization, String subscription, String id, String amount) {
        return RawEvent.newBuilder()
                .setOrganizationId(organization)
                .setExternalSubscriptionId(subscription)
                .setTransactionId(id)
                .setCode("tokens")
                .setTimestamp(MARCH.plusSeconds(id.hashCode() & 0xfffff))
                .setProperties(Map.of("amount", amount, "model", id.endsWith("7") ? "large" : "small"))
                .build();
    }

    private static void sellTokens(Pipeline pipeline, String organization) {
        var metric = new BillableMetric(organization, "tokens", 1L, List.of(revision(null, null, "sum_agg", "amount")));
        var charges = planRevision(
                1,
                null,
                null,
                charge("c1", "tokens", filter("f1", Map.of("model", List.of("large")))),
                charge("c2", "tokens"));
        pipeline.publish(Topics.CONFIG_BILLABLE_METRICS, Keys.metric(organization, "tokens"), metric)
                .publish(
                        Topics.CONFIG_PLANS,
                        Keys.plan(organization, "basic"),
                        new Plan(organization, "basic", "basic", 1L, List.of(charges)));
    }

    private static void subscribe(Pipeline pipeline, String organization, String subscription) {
        pipeline.publish(
                Topics.CONFIG_SUBSCRIPTIONS,
                Keys.subscription(organization, subscription),
                new Subscription(organization, subscription, 1L, List.of(span(subscription, "basic", MARCH, null))));
    }

    /// As a later release may extend it.
    private static Schema later(Schema schema) {
        var json = schema.toString();
        return new Schema.Parser()
                .parse(json.substring(0, json.lastIndexOf(']'))
                        + ",{\"name\":\"note\",\"type\":[\"null\",\"string\"],\"default\":null}]}");
    }

    private static java.net.http.HttpResponse<String> get(int port, String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                            .build(),
                    BodyHandlers.ofString());
        }
    }
}
