package io.millrace.enricher;

import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.charge;
import static io.millrace.enricher.Bench.planRevision;
import static io.millrace.enricher.Bench.revision;
import static io.millrace.enricher.Bench.span;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.config.BillableMetric;
import io.millrace.config.Charge;
import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.config.SubscriptionSpan;
import io.millrace.embedded.EmbeddedStack;
import io.millrace.embedded.Engine;
import io.millrace.embedded.UsesEngines;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.event.RawEvent;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was enriched before an upgrade was known is enriched again among real engines: once, whatever fails
/// meanwhile.
@UsesEngines({Engine.KAFKA, Engine.REGISTRY})
class RepairRecoveryTest {
    private static final String ORGANIZATION = "repaired";
    private static final int SUBSCRIPTIONS = 8;
    private static final int EVENTS = 8_000;
    private static final Instant UPGRADE = MARCH.plus(Duration.ofDays(2));

    private final EmbeddedStack stack;

    @TempDir
    private Path directory;

    RepairRecoveryTest(EmbeddedStack stack) {
        this.stack = stack;
    }

    @Test
    void killedInTheMiddleOfARepairItEnrichesEachEventAgainOnce() throws Exception {
        try (var pipeline = new Pipeline(stack, ORGANIZATION)) {
            agreeOnCatalogue(pipeline, ORGANIZATION);
            for (int i = 0; i < SUBSCRIPTIONS; i++) {
                subscribe(pipeline, ORGANIZATION, i, 1, span("s" + i, "basic", MARCH, null));
            }
            int late = (int) events(ORGANIZATION, 0, EVENTS).stream()
                    .filter(event -> !event.getTimestamp().isBefore(UPGRADE))
                    .count();
            try (var enricher = pipeline.startChild(directory, Map.of())) {
                events(ORGANIZATION, 0, EVENTS).forEach(pipeline::send);
                pipeline.awaitDecided(EVENTS);

                for (int i = 0; i < SUBSCRIPTIONS; i++) {
                    subscribe(
                            pipeline,
                            ORGANIZATION,
                            i,
                            2,
                            span("s" + i, "basic", MARCH, UPGRADE),
                            span("t" + i, "premium", UPGRADE, null));
                }
                pipeline.awaitRepaired(1);
                enricher.kill();
                enricher.restart();
                events(ORGANIZATION, EVENTS, EVENTS + 500).forEach(pipeline::send);
                pipeline.flush();
                pipeline.awaitRepaired(late / 2);
                enricher.kill();
                enricher.restart();
                pipeline.awaitRepaired(late);
                pipeline.awaitDecided(EVENTS + late + 500);
            }
            try (var enricher = pipeline.start(directory, Map.of())) {
                pipeline.awaitBooksThatAgree(enricher);
            }

            assertThat(pipeline.enriched())
                    .extracting(event -> event.getTransactionId() + " " + event.getEnrichmentVersion())
                    .doesNotHaveDuplicates();
            assertThat(pipeline.enriched())
                    .filteredOn(event -> event.getEnrichmentVersion() > 1)
                    .hasSize(late)
                    .allSatisfy(event -> assertThat(event.getTimestamp()).isAfterOrEqualTo(UPGRADE))
                    .extracting(EnrichedEvent::getPlanId)
                    .containsOnly("premium");
            assertThat(chargesInForce(pipeline.expanded())).isEqualTo(expectedCharges());
            assertThat(pipeline.deadLetters()).isEmpty();
        }
    }

    @Test
    void whatWasRefusedForWantOfASubscriptionIsEnrichedOnceThereIsOne() throws Exception {
        var organization = "refused";
        try (var pipeline = new Pipeline(stack, organization);
                var enricher = pipeline.start(directory, Map.of("MILLRACE_ENRICHER_PARKED_UP_TO", "1ms"))) {
            agreeOnCatalogue(pipeline, organization);
            events(organization, 0, 400).forEach(pipeline::send);
            pipeline.awaitDecided(400);
            assertThat(pipeline.deadLetters()).hasSize(400);

            for (int i = 0; i < SUBSCRIPTIONS; i++) {
                subscribe(pipeline, organization, i, 1, span("s" + i, "basic", MARCH, null));
            }
            pipeline.awaitEnriched(400);
            pipeline.awaitBooksThatAgree(enricher);

            assertThat(pipeline.enriched())
                    .extracting(EnrichedEvent::getTransactionId)
                    .hasSize(400)
                    .doesNotHaveDuplicates();
            assertThat(pipeline.expanded()).hasSize(800);
        }
    }

    /// Which charges count an event, by its id.
    private static Map<String, TreeSet<String>> chargesInForce(List<ExpandedEvent> events) {
        var latest = new TreeMap<String, ExpandedEvent>();
        for (var event : events) {
            latest.merge(
                    event.getTransactionId() + " " + event.getChargeId(),
                    event,
                    (one, other) -> one.getEnrichmentVersion() > other.getEnrichmentVersion() ? one : other);
        }
        var charges = new TreeMap<String, TreeSet<String>>();
        for (var event : latest.values()) {
            if (event.getIsDeleted()) continue;
            charges.computeIfAbsent(event.getTransactionId(), id -> new TreeSet<>())
                    .add(event.getChargeId());
        }
        return charges;
    }

    private static Map<String, TreeSet<String>> expectedCharges() {
        var charges = new TreeMap<String, TreeSet<String>>();
        for (var event : events(ORGANIZATION, 0, EVENTS + 500)) {
            boolean isLate = !event.getTimestamp().isBefore(UPGRADE);
            charges.put(event.getTransactionId(), new TreeSet<>(isLate ? List.of("p1") : List.of("c1", "c2")));
        }
        return charges;
    }

    /// A minute apart, from March on; the subscriptions take turns.
    private static List<RawEvent> events(String organization, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> RawEvent.newBuilder()
                        .setOrganizationId(organization)
                        .setExternalSubscriptionId("sub_" + i % SUBSCRIPTIONS)
                        .setTransactionId("e" + i)
                        .setCode("tokens")
                        .setTimestamp(MARCH.plus(Duration.ofMinutes(i)))
                        .setProperties(Map.of("amount", "1"))
                        .build())
                .toList();
    }

    private static void agreeOnCatalogue(Pipeline pipeline, String organization) {
        pipeline.publish(
                Topics.CONFIG_BILLABLE_METRICS,
                Keys.metric(organization, "tokens"),
                new BillableMetric(organization, "tokens", 1L, List.of(revision(null, null, "sum_agg", "amount"))));
        plan(pipeline, organization, "basic", charge("c1", "tokens"), charge("c2", "tokens"));
        plan(pipeline, organization, "premium", charge("p1", "tokens"));
    }

    private static void plan(Pipeline pipeline, String organization, String id, Charge... charges) {
        pipeline.publish(
                Topics.CONFIG_PLANS,
                Keys.plan(organization, id),
                new Plan(organization, id, id, 1L, List.of(planRevision(1, null, null, charges))));
    }

    private static void subscribe(
            Pipeline pipeline, String organization, int number, long version, SubscriptionSpan... spans) {
        var id = "sub_" + number;
        pipeline.publish(
                Topics.CONFIG_SUBSCRIPTIONS,
                Keys.subscription(organization, id),
                new Subscription(organization, id, version, List.of(spans)));
    }
}
