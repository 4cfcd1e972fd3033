package io.millrace.enricher;

import static io.millrace.enricher.Bench.APRIL;
import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.MAY;
import static io.millrace.enricher.Bench.charge;
import static io.millrace.enricher.Bench.chargeBuilder;
import static io.millrace.enricher.Bench.event;
import static io.millrace.enricher.Bench.filter;
import static io.millrace.enricher.Bench.planRevision;
import static io.millrace.enricher.Bench.revision;
import static io.millrace.enricher.Bench.span;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.millrace.config.BillableMetricRevision;
import io.millrace.event.DeadLetter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.event.RawEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What is agreed after events of its time have been enriched holds for them all the same: in the end the
/// tables say what they would say, had it been agreed before. After every test the books close.
class RepairTest {
    private static final long SEED = 20260411;
    private static final Duration LONGER_THAN_ANYTHING_WAITS = Duration.ofHours(2);

    private Bench bench;

    @BeforeEach
    void start(@TempDir Path directory) {
        bench = new Bench(directory);
    }

    @AfterEach
    void theBooksClose() {
        assertThat(bench.accounting().addsUp()).as("%s", bench.accounting()).isTrue();
        bench.close();
    }

    // What is agreed late holds as if it had been agreed in time.

    static Stream<Arguments> changes() {
        return Stream.of(
                change(
                        "a subscription that ended before",
                        b -> {},
                        b -> b.subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))),
                change(
                        "a subscription that began later than was known",
                        b -> {},
                        b -> b.subscription("sub_1", 2, span("s1", "basic", APRIL, null))),
                change(
                        "a subscription that began before",
                        b -> b.subscription("sub_1", 2, span("s1", "basic", APRIL, null)),
                        b -> b.subscription("sub_1", 3, span("s1", "basic", MARCH, null))),
                change(
                        "another subscription that began before and takes over",
                        b -> b.subscription(
                                "sub_1", 2, span("s1", "basic", MARCH, MAY), span("s2", "premium", MAY, null)),
                        b -> b.subscription(
                                "sub_1", 3, span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null))),
                change(
                        "an upgrade",
                        b -> {},
                        b -> b.subscription(
                                "sub_1", 2, span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null))),
                change(
                        "an upgrade to a plan that nobody knows",
                        b -> {},
                        b -> b.subscription(
                                "sub_1", 2, span("s1", "basic", MARCH, APRIL), span("s2", "unknown", APRIL, null))),
                change(
                        "another plan for the same subscription",
                        b -> {},
                        b -> b.subscription("sub_1", 2, span("s1", "premium", MARCH, null))),
                change(
                        "a filter of the plan",
                        b -> {},
                        b -> b.plan(
                                "basic",
                                2,
                                planRevision(1, null, APRIL, charge("c1", "tokens"), charge("c2", "tokens")),
                                planRevision(
                                        2,
                                        APRIL,
                                        null,
                                        charge("c1", "tokens", filter("f1", Map.of("model", List.of("large")))),
                                        charge("c2", "tokens")))),
                change(
                        "groups of the plan's usage",
                        b -> {},
                        b -> b.plan(
                                "basic",
                                2,
                                planRevision(1, null, APRIL, charge("c1", "tokens"), charge("c2", "tokens")),
                                planRevision(
                                        2,
                                        APRIL,
                                        null,
                                        chargeBuilder("c1", "tokens")
                                                .setProperties(
                                                        "{\"amount\": \"1\", \"pricing_group_keys\": [\"model\"]}")
                                                .build()))),
                change(
                        "other charges of the plan",
                        b -> {},
                        b -> b.plan(
                                "basic",
                                2,
                                planRevision(1, null, APRIL, charge("c1", "tokens"), charge("c2", "tokens")),
                                planRevision(2, APRIL, null, charge("c2", "tokens"), charge("c3", "tokens")))),
                change(
                        "a plan that ended",
                        b -> {},
                        b -> b.plan(
                                "basic",
                                2,
                                planRevision(1, null, APRIL, charge("c1", "tokens"), charge("c2", "tokens")))),
                change(
                        "an expression",
                        b -> {},
                        b -> b.metric(
                                "tokens",
                                2,
                                revision(null, APRIL, "sum_agg", "amount"),
                                computing(APRIL, "event.properties.amount * 2"))),
                change(
                        "an expression of what the one before had computed into the same property",
                        b -> b.metric("tokens", 2, computing(null, "event.properties.amount * 2")),
                        b -> b.metric("tokens", 3, computing(null, "event.properties.amount * 3"))),
                change(
                        "no expression any more",
                        b -> b.metric("tokens", 2, computing(null, "event.properties.amount * 2")),
                        b -> b.metric("tokens", 3, revision(null, null, "sum_agg", "amount"))),
                change(
                        "another property to measure, which some events lack",
                        b -> {},
                        b -> b.metric(
                                "tokens",
                                2,
                                revision(null, APRIL, "sum_agg", "amount"),
                                revision(APRIL, null, "unique_count_agg", "user"))),
                change(
                        "a metric that ended",
                        b -> {},
                        b -> b.metric("tokens", 2, revision(null, APRIL, "sum_agg", "amount"))),
                change("a plan and a subscription at once", b -> {}, b -> {
                    b.plan("premium", 2, planRevision(2, null, null, charge("p1", "tokens"), charge("p2", "tokens")));
                    b.subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null));
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void whatIsAgreedLateHoldsAsIfItHadBeenAgreedInTime(
            String name, Consumer<Bench> before, Consumer<Bench> after, @TempDir Path directory) {
        agree(bench);
        before.accept(bench);
        bench.settle();
        usage().forEach(bench::send);

        after.accept(bench);
        bench.settle().pass(LONGER_THAN_ANYTHING_WAITS);

        try (var inTime = new Bench(directory)) {
            agree(inTime);
            before.accept(inTime);
            inTime.settle();
            after.accept(inTime);
            usage().forEach(inTime::send);
            inTime.pass(LONGER_THAN_ANYTHING_WAITS);

            assertThat(rows(bench))
                    .containsExactlyInAnyOrderEntriesOf(rows(inTime))
                    .isNotEmpty();
            assertThat(letters(bench)).isEqualTo(letters(inTime));
            assertThat(bench.books()).isEqualTo(inTime.books());
            assertThat(inTime.enriched())
                    .extracting(EnrichedEvent::getEnrichmentVersion)
                    .containsOnly(1L);
        }
    }

    @Test
    void manyChangesOneAfterTheOtherHoldAsIfTheLastHadBeenAgreedFirst(@TempDir Path directory) {
        var random = new Random(SEED);
        var changes = new ArrayList<Consumer<Bench>>();
        agree(bench);
        usage().forEach(bench::send);
        for (int i = 0; i < 12; i++) {
            int version = 10 + i;
            var moment = APRIL.plus(Duration.ofDays(random.nextInt(-20, 20)));
            Consumer<Bench> change = switch (random.nextInt(3)) {
                case 0 ->
                    b -> b.subscription(
                            "sub_1",
                            version,
                            span("s1", "basic", MARCH, moment),
                            span("s" + version, version % 2 == 0 ? "premium" : "basic", moment, null));
                case 1 ->
                    b -> b.plan(
                            "basic",
                            version,
                            planRevision(1, null, moment, charge("c1", "tokens"), charge("c2", "tokens")),
                            planRevision(
                                    version, moment, null, charge("c1", "tokens"), charge("c" + version, "tokens")));
                default ->
                    b -> b.metric(
                            "tokens",
                            version,
                            revision(null, moment, "sum_agg", "amount"),
                            computing(moment, "event.properties.amount * " + version));
            };
            changes.add(change);
            change.accept(bench);
            if (random.nextBoolean()) bench.settle();
        }
        bench.settle();

        try (var inTime = new Bench(directory)) {
            agree(inTime);
            changes.forEach(change -> change.accept(inTime));
            usage().forEach(inTime::send);

            assertThat(rows(bench)).as("seed %d", SEED).containsExactlyInAnyOrderEntriesOf(rows(inTime));
        }
        assertThat(bench.enriched())
                .as("one record for each change at most")
                .hasSizeLessThanOrEqualTo(13 * usage().size());
    }

    // What it costs

    @Test
    void whatIsAgreedForTheTimeToComeCostsNothing() {
        agree(bench);
        usage().forEach(bench::send);
        var future = MAY.plus(Duration.ofDays(1));

        bench.subscription("sub_1", 2, span("s1", "basic", MARCH, future), span("s2", "premium", future, null))
                .plan(
                        "basic",
                        2,
                        planRevision(1, null, future, charge("c1", "tokens"), charge("c2", "tokens")),
                        planRevision(2, future, null, charge("c1", "tokens")))
                .metric("tokens", 2, revision(null, future, "sum_agg", "amount"), computing(future, "1"))
                .settle();

        assertThat(bench.openings()).isZero();
        assertThat(bench.enriched()).hasSize(usage().size());
    }

    @Test
    void whatIsPublishedAgainUnchangedCostsNothing() {
        agree(bench);
        usage().forEach(bench::send);

        agree(bench);
        bench.settle();

        assertThat(bench.openings()).isZero();
    }

    @Test
    void eventsThatWereEnrichedByWhatIsAgreedNowAreLeftAlone() {
        agree(bench);
        bench.send(event("old").setTimestamp(APRIL));
        bench.subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null));
        bench.send(event("new").setTimestamp(APRIL)).settle();

        assertThat(bench.enriched())
                .extracting(event -> event.getTransactionId() + event.getEnrichmentVersion())
                .containsExactly("old1", "new1", "old2");
    }

    @Test
    void eventsOfOthersAreLeftAlone() {
        agree(bench);
        bench.metric("requests", "count_agg", null).subscription("sub_2", span("s9", "basic", MARCH, null));
        bench.send(event("e1"))
                .send(event("e2").setExternalSubscriptionId("sub_2"))
                .send(event("e3").setCode("requests"))
                .subscription("sub_1", 2, span("s2", "premium", MARCH, null))
                .settle()
                .metric("requests", 2, revision(null, null, "count_agg", "other"))
                .settle();

        assertThat(bench.enriched())
                .extracting(event -> event.getTransactionId() + event.getEnrichmentVersion())
                .containsExactly("e11", "e21", "e31", "e12", "e32", "e33");
    }

    @Test
    void anErasedOrganizationIsNotBilledAnew() {
        agree(bench);
        bench.send(event("e1")).erase("sub_1").settle();

        assertThat(bench.refused()).isEmpty();
        assertThat(bench.enriched()).hasSize(1);
    }

    // What is on its way

    @Test
    void usageIsNotTakenBackForAPlanThatIsOnItsWay() {
        agree(bench);
        bench.send(event("e1"))
                .subscription("sub_1", 2, span("s2", "new", MARCH, null))
                .settle();
        assertThat(bench.enriched()).hasSize(1);

        bench.plan("new", charge("n1", "tokens")).settle();

        assertThat(bench.enriched()).extracting(EnrichedEvent::getPlanId).containsExactly("basic", "new");
        assertThat(bench.refused()).isEmpty();
    }

    // What is taken back

    @Test
    void usageThatNobodyIsBilledForAnyMoreIsADeadLetterWithItsOriginalBytes() {
        agree(bench);
        var original = bench.bytes(event("e1").setTimestamp(APRIL));
        bench.send(event("e1").setTimestamp(APRIL))
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .settle();

        assertThat(rows(bench)).isEmpty();
        assertThat(bench.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo("subscription_not_found");
            assertThat(letter.getOriginValue().array()).isEqualTo(original);
            assertThat(letter.getRawOffset()).isZero();
        });
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(1, 0, 0, 0, 1, 0));
    }

    @Test
    void usageThatWasTakenBackIsBilledAgainWhenItIsSentAgain() {
        agree(bench);
        bench.send(event("e1").setTimestamp(APRIL))
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .settle()
                .subscription("sub_1", 3, span("s1", "basic", MARCH, null))
                .send(event("e1").setTimestamp(APRIL))
                .send(event("e1").setTimestamp(APRIL))
                .settle();

        assertThat(rows(bench)).hasSize(3); // the event in two charges
        assertThat(bench.enriched())
                .extracting(EnrichedEvent::getEnrichmentVersion, EnrichedEvent::getIsDeleted)
                .containsExactly(tuple(1L, false), tuple(2L, true), tuple(3L, false));
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(3, 1, 1, 0, 1, 0));

        bench.subscription("sub_1", 4, span("s2", "premium", MARCH, null)).settle();

        assertThat(bench.enriched()).hasSize(4);
        assertThat(bench.enriched().getLast().getEnrichmentVersion()).isEqualTo(4);
        assertThat(bench.enriched().getLast().getRawOffset()).isEqualTo(1);
    }

    private static Arguments change(String name, Consumer<Bench> before, Consumer<Bench> after) {
        return Arguments.of(name, before, after);
    }

    private static void agree(Bench bench) {
        bench.metric("tokens", "sum_agg", "amount")
                .plan("basic", charge("c1", "tokens"), charge("c2", "tokens"))
                .plan("premium", charge("p1", "tokens"))
                .subscription("sub_1", span("s1", "basic", MARCH, null));
    }

    private static BillableMetricRevision computing(Instant from, String expression) {
        return revision(from, null, "sum_agg", "amount", expression, Map.of());
    }

    /// Before, at and after the moments at which something changes.
    private static List<RawEvent.Builder> usage() {
        var events = new ArrayList<RawEvent.Builder>();
        for (var moment : List.of(MARCH.plus(Duration.ofDays(10)), APRIL, MAY)) {
            for (long micros : List.of(-1L, 0L, 1L)) {
                var properties = new HashMap<>(Map.of("amount", Integer.toString(events.size() + 1)));
                properties.put("model", events.size() % 2 == 0 ? "large" : "small");
                if (events.size() % 3 == 0) properties.put("user", "ann");
                events.add(event("e" + events.size())
                        .setTimestamp(moment.plusNanos(1000 * micros))
                        .setProperties(properties));
            }
        }
        return events;
    }

    /// What the tables say: of the rows of one key the one of the highest version, unless it is a
    /// retraction. Without versions, which say how often it took.
    private static Map<String, String> rows(Bench bench) {
        var versions = new HashMap<String, Long>();
        var rows = new TreeMap<String, String>();
        for (var event : bench.enriched()) {
            put(
                    rows,
                    versions,
                    "%s %s".formatted(event.getTimestamp(), event.getTransactionId()),
                    event.getEnrichmentVersion(),
                    event.getIsDeleted(),
                    EnrichedEvent.newBuilder(event)
                            .setEnrichmentVersion(1)
                            .setRawOffset(0)
                            .build()
                            .toString());
        }
        for (var event : bench.expanded()) {
            put(
                    rows,
                    versions,
                    "%s %s %s".formatted(event.getChargeId(), event.getTimestamp(), event.getTransactionId()),
                    event.getEnrichmentVersion(),
                    event.getIsDeleted(),
                    ExpandedEvent.newBuilder(event)
                            .setEnrichmentVersion(1)
                            .setRawOffset(0)
                            .build()
                            .toString());
        }
        rows.values().removeIf(String::isEmpty);
        return rows;
    }

    private static void put(
            Map<String, String> rows,
            Map<String, Long> versions,
            String key,
            long version,
            boolean isDeleted,
            String row) {
        var holds = versions.get(key);
        if (holds != null && holds == version) {
            assertThat(row).as("two rows of one version: %s", key).isEqualTo(rows.get(key));
        }
        if (holds != null && holds > version) return;
        versions.put(key, version);
        rows.put(key, isDeleted ? "" : row);
    }

    private static Map<String, String> letters(Bench bench) {
        var letters = new TreeMap<String, String>();
        for (DeadLetter letter : bench.deadLetters()) {
            var twice = letters.put(
                    String.valueOf(letter.getTransactionId()), letter.getReason() + " " + letter.getOriginValue());
            assertThat(twice).isNull();
        }
        return letters;
    }
}
