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
import io.millrace.config.Charge;
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
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What is agreed after events of its time have been decided on holds for them all the same: in the end the
/// tables say what [ReferenceEnricher] says, whenever it was agreed. After every test the books close.
class RepairTest {
    private static final long SEED = 20260411;
    private static final Duration LONGER_THAN_ANYTHING_WAITS = Duration.ofHours(2);
    private static final Instant DAY_10 = MARCH.plus(Duration.ofDays(10));

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

    /// A step of a seller: something that it agrees.
    private interface Step extends Consumer<Seller> {}

    static Stream<Arguments> changes() {
        return Stream.of(
                change(
                        "a subscription that nobody had heard of",
                        RepairTest::catalogue,
                        s -> s.subscription("sub_1", span("s1", "basic", MARCH, null))),
                change(
                        "a subscription that began before",
                        s -> catalogue(s).subscription("sub_1", span("s1", "basic", APRIL, null)),
                        s -> s.subscription("sub_1", span("s1", "basic", DAY_10, null))),
                change(
                        "a subscription that began later than was known",
                        RepairTest::everything,
                        s -> s.subscription("sub_1", span("s1", "basic", APRIL, null))),
                change(
                        "a subscription that ended before",
                        RepairTest::everything,
                        s -> s.subscription("sub_1", span("s1", "basic", MARCH, APRIL))),
                change(
                        "a subscription whose end was a mistake",
                        RepairTest::everything,
                        s -> s.subscription("sub_1", span("s1", "basic", MARCH, APRIL)),
                        s -> s.subscription("sub_1", span("s1", "basic", MARCH, null))),
                change(
                        "a subscription that ended, and another one of the same name later",
                        RepairTest::everything,
                        s -> s.subscription("sub_1", span("s1", "basic", MARCH, DAY_10)),
                        s -> s.subscription(
                                "sub_1", span("s1", "basic", MARCH, DAY_10), span("s2", "premium", APRIL, MAY))),
                change(
                        "another subscription that began before and takes over",
                        s -> everything(s)
                                .subscription(
                                        "sub_1", span("s1", "basic", MARCH, MAY), span("s2", "premium", MAY, null)),
                        s -> s.subscription(
                                "sub_1", span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null))),
                change(
                        "an upgrade",
                        RepairTest::everything,
                        s -> s.subscription(
                                "sub_1", span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null))),
                change(
                        "an upgrade, and back",
                        RepairTest::everything,
                        s -> s.subscription(
                                "sub_1", span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, null)),
                        s -> s.subscription("sub_1", span("s1", "basic", MARCH, null))),
                change(
                        "an upgrade to a plan that nobody knows",
                        RepairTest::everything,
                        s -> s.subscription(
                                "sub_1", span("s1", "basic", MARCH, APRIL), span("s2", "unknown", APRIL, null))),
                change(
                        "an upgrade to a plan that comes long after it",
                        RepairTest::everything,
                        s -> s.subscription(
                                "sub_1", span("s1", "basic", MARCH, APRIL), span("s2", "late", APRIL, null)),
                        s -> s.plan("late", charge("l1", "tokens"))),
                change(
                        "another plan for the same subscription",
                        RepairTest::everything,
                        s -> s.subscription("sub_1", span("s1", "premium", MARCH, null))),
                change(
                        "a plan that nobody had heard of",
                        s -> s.metric("tokens", revision(null, null, "sum_agg", "amount"))
                                .subscription("sub_1", span("s1", "basic", MARCH, null)),
                        s -> s.plan("basic", charge("c1", "tokens"))),
                change(
                        "a filter of the plan",
                        RepairTest::everything,
                        s -> s.plan(
                                "basic",
                                planRevision(1, null, APRIL, charge("c1", "tokens"), charge("c2", "tokens")),
                                planRevision(
                                        2,
                                        APRIL,
                                        null,
                                        charge("c1", "tokens", filter("f1", Map.of("model", List.of("large")))),
                                        charge("c2", "tokens")))),
                change(
                        "groups of the plan's usage",
                        RepairTest::everything,
                        s -> s.plan(
                                "basic",
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
                        "other charges of the plan, one of them paid in advance",
                        RepairTest::everything,
                        s -> s.plan(
                                "basic",
                                planRevision(1, null, APRIL, charge("c1", "tokens"), charge("c2", "tokens")),
                                planRevision(2, APRIL, null, charge("c2", "tokens"), paidInAdvance("c3")))),
                change(
                        "a plan that ended",
                        RepairTest::everything,
                        s -> s.plan(
                                "basic", planRevision(1, null, APRIL, charge("c1", "tokens"), charge("c2", "tokens")))),
                change(
                        "a metric that nobody had heard of",
                        s -> s.plan("basic", charge("c1", "tokens"))
                                .subscription("sub_1", span("s1", "basic", MARCH, null)),
                        s -> s.metric("tokens", revision(null, null, "sum_agg", "amount"))),
                change(
                        "an expression",
                        RepairTest::everything,
                        s -> s.metric(
                                "tokens",
                                revision(null, APRIL, "sum_agg", "amount"),
                                computing(APRIL, "event.properties.amount * 2"))),
                change(
                        "an expression of what the one before had computed into the same property",
                        s -> everything(s).metric("tokens", computing(null, "event.properties.amount * 2")),
                        s -> s.metric("tokens", computing(null, "event.properties.amount * 3"))),
                change(
                        "no expression any more",
                        s -> everything(s).metric("tokens", computing(null, "event.properties.amount * 2")),
                        s -> s.metric("tokens", revision(null, null, "sum_agg", "amount"))),
                change(
                        "another property to measure, which some events lack",
                        RepairTest::everything,
                        s -> s.metric(
                                "tokens",
                                revision(null, APRIL, "sum_agg", "amount"),
                                revision(APRIL, null, "unique_count_agg", "user"))),
                change(
                        "the right property to measure, instead of one that some events lack",
                        s -> everything(s).metric("tokens", revision(null, null, "unique_count_agg", "user")),
                        s -> s.metric("tokens", revision(null, null, "sum_agg", "amount"))),
                change(
                        "a metric that ended",
                        RepairTest::everything,
                        s -> s.metric("tokens", revision(null, APRIL, "sum_agg", "amount"))),
                change(
                        "a plan and a subscription at once",
                        RepairTest::everything,
                        s -> s.plan(
                                        "premium",
                                        planRevision(2, null, null, charge("p1", "tokens"), charge("p2", "tokens")))
                                .subscription(
                                        "sub_1",
                                        span("s1", "basic", MARCH, APRIL),
                                        span("s2", "premium", APRIL, null))));
    }

    /// For each number of events that come first there is a seller who agrees the change after them; and one
    /// who agrees it when nothing waits for it any more. A replay of all that they took, with what is agreed
    /// in the end, says the same.
    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void whatIsAgreedLateHoldsAsIfItHadBeenAgreedInTime(
            String name, Step before, List<Step> changes, @TempDir Path directory) {
        var usage = usage();
        var sellers = new ArrayList<Seller>();
        for (int first = 0; first <= usage.size(); first++) {
            sellers.add(new Seller(bench, "after_" + first));
            before.accept(sellers.getLast());
            bench.pass(Duration.ofSeconds(1));
            sellers.getLast().send(usage.subList(0, first));
            changes.getFirst().accept(sellers.getLast());
            sellers.getLast().send(usage.subList(first, usage.size()));
        }
        var late = new Seller(bench, "late");
        sellers.add(late);
        before.accept(late);
        bench.pass(Duration.ofSeconds(1));
        late.send(usage);
        bench.settle().pass(LONGER_THAN_ANYTHING_WAITS).settle();
        changes.getFirst().accept(late);
        bench.settle().pass(LONGER_THAN_ANYTHING_WAITS).settle();
        for (var change : changes.subList(1, changes.size())) {
            sellers.forEach(change);
            bench.settle().pass(LONGER_THAN_ANYTHING_WAITS).settle();
        }

        for (var seller : sellers) {
            assertThat(rows(bench, seller)).as(seller.organization).isEqualTo(ReferenceEnricher.rows(seller));
        }
        try (var replay = new Bench(directory)) {
            replay.pass(Duration.ofDays(2)); // later than anything that is sent again
            sellers.forEach(seller -> seller.agreeOn(replay));
            bench.resendTo(replay);
            replay.pass(LONGER_THAN_ANYTHING_WAITS);

            assertThat(tables(bench)).containsExactlyInAnyOrderEntriesOf(tables(replay));
            assertThat(bench.books()).isEqualTo(replay.books());
            assertThat(replay.enriched())
                    .extracting(EnrichedEvent::getEnrichmentVersion)
                    .allMatch(version -> version == 1);
        }
    }

    @Test
    void manyChangesOneAfterTheOtherHoldAsIfTheLastHadBeenAgreedFirst() {
        var random = new Random(SEED);
        var seller = everything(new Seller(bench, Bench.ACME));
        var usage = usage();
        var sent = 0;
        for (int i = 0; i < 30; i++) {
            if (sent < usage.size() && random.nextBoolean()) seller.send(usage.subList(sent, ++sent));
            var moment = APRIL.plus(Duration.ofDays(random.nextInt(-25, 35)));
            int number = 10 + i;
            switch (random.nextInt(5)) {
                case 0 ->
                    seller.subscription(
                            "sub_1",
                            span("s1", "basic", MARCH, moment),
                            span("s" + number, number % 2 == 0 ? "premium" : "basic", moment, null));
                case 1 -> seller.subscription("sub_1", span("s1", "basic", MARCH, moment));
                case 2 -> seller.subscription("sub_1", span("s1", "basic", moment, null));
                case 3 ->
                    seller.plan(
                            "basic",
                            planRevision(1, null, moment, charge("c1", "tokens"), charge("c2", "tokens")),
                            planRevision(number, moment, null, charge("c1", "tokens"), charge("c" + number, "tokens")));
                default ->
                    seller.metric(
                            "tokens",
                            revision(null, moment, "sum_agg", random.nextBoolean() ? "amount" : "user"),
                            computing(moment, "event.properties.amount * " + number));
            }
            if (random.nextBoolean()) bench.pass(Duration.ofMillis(500));
            if (random.nextBoolean()) bench.settle();
            if (random.nextInt(4) == 0) bench.pass(LONGER_THAN_ANYTHING_WAITS);
        }
        seller.send(usage.subList(sent, usage.size()));
        bench.settle().pass(LONGER_THAN_ANYTHING_WAITS).settle();

        assertThat(rows(bench, seller)).as("seed %d", SEED).isEqualTo(ReferenceEnricher.rows(seller));
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

        assertThat(tables(bench)).isEmpty();
        assertThat(bench.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo("subscription_not_found");
            assertThat(letter.getOriginValue().array()).isEqualTo(original);
            assertThat(letter.getRawOffset()).isZero();
        });
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(1, 0, 0, 0, 1, 0));
    }

    @Test
    void whatIsTakenOutOfAChargePaidInAdvanceSaysSo() {
        agree(bench);
        bench.plan("basic", 2, planRevision(2, null, null, paidInAdvance("c1"), charge("c2", "tokens")))
                .settle()
                .send(event("e1").setTimestamp(APRIL))
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .settle();

        assertThat(bench.expanded())
                .extracting(
                        ExpandedEvent::getChargeId,
                        ExpandedEvent::getPayInAdvance,
                        ExpandedEvent::getEnrichmentVersion,
                        ExpandedEvent::getIsDeleted)
                .containsExactly(
                        tuple("c1", true, 1L, false),
                        tuple("c2", false, 1L, false),
                        tuple("c1", true, 2L, true),
                        tuple("c2", false, 2L, true));
    }

    @Test
    void usageThatWasTakenBackIsBilledAgainWhenItsSubscriptionIsAgreedAfterAll() {
        agree(bench);
        bench.send(event("e1").setTimestamp(APRIL))
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .settle();
        assertThat(tables(bench)).isEmpty();

        bench.subscription("sub_1", 3, span("s1", "basic", MARCH, null))
                .settle()
                .send(event("e1").setTimestamp(APRIL));

        assertThat(tables(bench)).hasSize(3); // the event in two charges
        assertThat(bench.enriched())
                .extracting(EnrichedEvent::getEnrichmentVersion, EnrichedEvent::getIsDeleted)
                .containsExactly(tuple(1L, false), tuple(2L, true), tuple(3L, false));
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(2, 1, 1, 0, 0, 0));

        bench.subscription("sub_1", 4, span("s1", "basic", MARCH, APRIL)).settle();
        assertThat(tables(bench)).isEmpty();
        assertThat(bench.refused()).containsExactly("e1: subscription_not_found", "e1: subscription_not_found");

        bench.subscription("sub_1", 5, span("s1", "basic", MARCH, null)).settle();
        assertThat(bench.enriched()).hasSize(5);
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(2, 1, 1, 0, 0, 0));
    }

    @Test
    void usageThatWasTakenBackAndSentAgainIsBilledOnce() {
        agree(bench);
        bench.metric("calls", "count_agg", null)
                .send(event("e1").setTimestamp(APRIL))
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .settle()
                .send(event("e1").setCode("calls"))
                .subscription("sub_1", 3, span("s1", "basic", MARCH, null))
                .settle();

        assertThat(bench.enriched())
                .extracting(EnrichedEvent::getCode, EnrichedEvent::getEnrichmentVersion, EnrichedEvent::getIsDeleted)
                .containsExactly(tuple("tokens", 1L, false), tuple("tokens", 2L, true), tuple("calls", 3L, false));
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(2, 1, 0, 0, 1, 0));
    }

    @Test
    void whatCanNeverBeBilledStaysADeadLetterAndIsNotWrittenAgain() {
        agree(bench);
        bench.send(event("e1").setTimestamp(Instant.parse("1800-01-01T00:00:00Z")))
                .send(event("e2").setProperties(Map.of("amount", "much")))
                .metric("tokens", 2, revision(null, null, "max_agg", "amount"))
                .subscription("sub_1", 2, span("s2", "premium", Instant.parse("1700-01-01T00:00:00Z"), null))
                .settle();

        assertThat(bench.refused()).containsExactly("e1: timestamp_out_of_range", "e2: value_not_a_number");
        assertThat(bench.enriched()).isEmpty();
        assertThat(bench.openings()).isEqualTo(1);
    }

    private static Arguments change(String name, Step before, Step... changes) {
        return Arguments.of(name, before, List.of(changes));
    }

    private static Seller everything(Seller seller) {
        return catalogue(seller).subscription("sub_1", span("s1", "basic", MARCH, null));
    }

    private static Seller catalogue(Seller seller) {
        return seller.metric("tokens", revision(null, null, "sum_agg", "amount"))
                .plan("basic", charge("c1", "tokens"), charge("c2", "tokens"))
                .plan("premium", charge("p1", "tokens"));
    }

    private static Charge paidInAdvance(String id) {
        return chargeBuilder(id, "tokens").setPayInAdvance(true).build();
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
        for (var moment : List.of(DAY_10, APRIL, MAY)) {
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

    /// What a seller's tables say.
    private static TreeSet<String> rows(Bench bench, Seller seller) {
        return new Ledger(
                        List.of(),
                        of(seller, bench.enriched(), EnrichedEvent::getOrganizationId),
                        of(seller, bench.expanded(), ExpandedEvent::getOrganizationId),
                        of(seller, bench.deadLetters(), DeadLetter::getOrganizationId))
                .rows();
    }

    private static <T> List<T> of(Seller seller, List<T> records, Function<T, String> organization) {
        return records.stream()
                .filter(record -> organization.apply(record).equals(seller.organization))
                .toList();
    }

    /// What the tables say of all sellers, whole but for versions, which say how often it took.
    private static Map<String, String> tables(Bench bench) {
        var rows = new TreeMap<String, String>();
        inForce(bench.enriched(), RepairTest::key, EnrichedEvent::getEnrichmentVersion)
                .forEach((key, event) -> {
                    if (event.getIsDeleted()) return;
                    rows.put(
                            key,
                            EnrichedEvent.newBuilder(event)
                                    .setEnrichmentVersion(1)
                                    .build()
                                    .toString());
                });
        inForce(bench.expanded(), RepairTest::key, ExpandedEvent::getEnrichmentVersion)
                .forEach((key, event) -> {
                    if (event.getIsDeleted()) return;
                    rows.put(
                            key,
                            ExpandedEvent.newBuilder(event)
                                    .setEnrichmentVersion(1)
                                    .build()
                                    .toString());
                });
        return rows;
    }

    /// Of the records of one key the one of the highest version, of which there is one.
    private static <T> Map<String, T> inForce(List<T> records, Function<T, String> key, ToLongFunction<T> version) {
        var latest = new TreeMap<String, T>();
        for (var record : records) {
            latest.merge(key.apply(record), record, (one, other) -> {
                assertThat(version.applyAsLong(one)).as("version of %s", one).isLessThan(version.applyAsLong(other));
                return other;
            });
        }
        return latest;
    }

    private static String key(EnrichedEvent event) {
        return "%s %s %s".formatted(event.getOrganizationId(), event.getTimestamp(), event.getTransactionId());
    }

    private static String key(ExpandedEvent event) {
        return "%s %s %s in %s"
                .formatted(
                        event.getOrganizationId(), event.getTimestamp(), event.getTransactionId(), event.getChargeId());
    }
}
