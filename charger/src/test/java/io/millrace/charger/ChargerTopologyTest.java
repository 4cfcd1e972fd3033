package io.millrace.charger;

import static io.millrace.charger.Agreement.charge;
import static io.millrace.charger.Agreement.event;
import static io.millrace.charger.Agreement.filter;
import static io.millrace.charger.Agreement.plan;
import static io.millrace.charger.Agreement.span;
import static io.millrace.charger.Agreement.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.embedded.InMemoryRegistry;
import io.millrace.event.ChargedInAdvance;
import io.millrace.event.DeadLetter;
import io.millrace.event.ExpandedEvent;
import io.millrace.rating.aggregation.BilledLevel;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.ChargedSoFar;
import io.millrace.rating.charge.Usage;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.AvroSerializer;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What an event that is paid in advance costs, and that nothing is lost on the way.
class ChargerTopologyTest {
    private static final Instant NOW = Instant.parse("2026-03-10T12:00:02Z");

    private final InMemoryRegistry registry = new InMemoryRegistry();
    private TopologyTestDriver driver;
    private Topology topology;

    @BeforeEach
    void start(@TempDir Path directory) {
        var settings = ChargerSettings.of(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", "none:1",
                "SCHEMA_REGISTRY_URL", "http://none:1",
                "MILLRACE_DATA", directory.toString(),
                "MILLRACE_CHARGER_WAIT_UP_TO", "60s"));
        topology = ChargerTopology.of(settings, registry, new SimpleMeterRegistry());
        driver = new TopologyTestDriver(topology, settings.streams().properties(), NOW);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void theTopologyIsTheOneInTheDiagram() throws Exception {
        try (var golden = ChargerTopologyTest.class.getResourceAsStream("topology.txt")) {
            // The names of nodes and stores are names of changelogs: a change loses what was charged so far, and needs
            // a
            // migration. If it is meant, replace the file by the text below.
            assertThat(topology.describe().toString().strip())
                    .isEqualTo(
                            golden == null
                                    ? "topology.txt is missing"
                                    : new String(golden.readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    @Test
    void feesCarryWhatRoundingLeftOutSoThatTheyAddUp() {
        agree(plan("0.004"), subscription("sub_1", "UTC"));

        use(event("e1", "1"), event("e2", "1"), event("e3", "1"), event("e4", "1"), event("e5", "1"));

        assertThat(fees())
                .extracting(ChargedInAdvance::getAmountCents, ChargedInAdvance::getPreciseAmountCents)
                .containsExactly(tuple(0, "0.4"), tuple(1, "0.4"), tuple(0, "0.4"), tuple(1, "0.4"), tuple(0, "0.4"));
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void aFeeSaysWhatItIsFor() {
        agree(
                plan(charge("c1", "standard", "{\"amount\": \"9\"}", filter("large", "2.5"))),
                subscription("sub_1", "UTC"));

        use(event("e1", "3"), event("e2", "4").setChargeFilterId("large").setGroupedBy(Map.of("region", "eu")));

        assertThat(fees().getLast())
                .isEqualTo(ChargedInAdvance.newBuilder()
                        .setOrganizationId("acme")
                        .setExternalSubscriptionId("sub_1")
                        .setTransactionId("e2")
                        .setCode("tokens")
                        .setTimestamp(Agreement.MARCH)
                        .setSubscriptionId("s1")
                        .setPlanId("p1")
                        .setChargeId("c1")
                        .setChargeFilterId("large")
                        .setPlanRevision(1)
                        .setGroupedBy(Map.of("region", "eu"))
                        .setPeriodFrom(Instant.parse("2026-03-01T00:00:00Z"))
                        .setPeriodTo(Instant.parse("2026-04-01T00:00:00Z"))
                        .setUnits("4")
                        .setAmountCurrency("EUR")
                        .setAmountCents(1000)
                        .setPreciseAmountCents("1000")
                        .setTotalUnits("4")
                        .setTotalAmountCents(1000)
                        .setRawPartition(0)
                        .setRawOffset(2)
                        .setIngestedAt(Instant.parse("2026-03-10T12:00:01Z"))
                        .build());
    }

    @Test
    void filtersGroupsChargesAndSubscriptionsAreChargedApart() {
        agree(
                plan(charge("c1", "standard", "{\"amount\": \"0.004\"}", filter("large", "0.004"))),
                subscription("sub_1", "UTC"),
                subscription("sub_2", "UTC"));
        var buckets = List.of(
                event("e1", "1"),
                event("e1", "1").setChargeFilterId("large"),
                event("e1", "1").setGroupedBy(Map.of("region", "eu")),
                event("e1", "1").setGroupedBy(Map.of("region", "us")),
                event("e1", "1").setGroupedBy(Map.of("region", "eu", "tier", "")),
                event("e1", "1").setGroupedBy(Map.of("regio", "neu")),
                event("e1", "1").setExternalSubscriptionId("sub_2"));

        for (int i = 0; i < 2; i++) buckets.forEach(this::use);

        // The first event of each is too little for a cent; if any two shared a total, one would come earlier.
        assertThat(fees())
                .extracting(ChargedInAdvance::getAmountCents)
                .containsExactly(0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L, 1L, 1L, 1L, 1L, 1L, 1L);
    }

    @Test
    void aGroupIsTheSameWhateverTheOrderOfItsKeys() {
        agree(plan("0.004"), subscription("sub_1", "UTC"));
        var oneWay = new java.util.LinkedHashMap<String, String>();
        oneWay.put("a", "1");
        oneWay.put("b", "2");
        var otherWay = new java.util.LinkedHashMap<String, String>();
        otherWay.put("b", "2");
        otherWay.put("a", "1");

        use(event("e1", "1").setGroupedBy(oneWay), event("e2", "1").setGroupedBy(otherWay));

        assertThat(fees()).extracting(ChargedInAdvance::getAmountCents).containsExactly(0L, 1L);
    }

    @ParameterizedTest(name = "in {0}, {1} is of the period from {2} to {3}")
    @CsvSource({
        "UTC, 2026-03-31T23:59:59.999999Z, 2026-03-01T00:00:00Z, 2026-04-01T00:00:00Z",
        "UTC, 2026-04-01T00:00:00Z, 2026-04-01T00:00:00Z, 2026-05-01T00:00:00Z",
        "Europe/Paris, 2026-03-31T21:59:59.999999Z, 2026-02-28T23:00:00Z, 2026-03-31T22:00:00Z",
        "Europe/Paris, 2026-03-31T22:00:00Z, 2026-03-31T22:00:00Z, 2026-04-30T22:00:00Z",
    })
    void aPeriodStartsWithTheCustomersDay(String zone, Instant time, Instant from, Instant to) {
        agree(plan("1"), subscription("sub_1", zone));

        use(event("e1", "1").setTimestamp(time));

        assertThat(fees())
                .extracting(ChargedInAdvance::getPeriodFrom, ChargedInAdvance::getPeriodTo)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(from, to));
    }

    @Test
    void eachPeriodStartsFromNothingAndALateEventGoesOnWhereItsPeriodWas() {
        agree(plan("0.004"), subscription("sub_1", "UTC"));
        var april = Instant.parse("2026-04-02T00:00:00Z");

        use(event("e1", "1"), event("e2", "1").setTimestamp(april), event("e3", "1"));

        assertThat(fees()).extracting(ChargedInAdvance::getAmountCents).containsExactly(0L, 0L, 1L);
        assertThat(fees()).isEmpty();
    }

    @Test
    void countingChargesEachEventAndUniqueCountEachNewText() {
        agree(plan("1"), subscription("sub_1", "UTC"));

        use(event("e1", "1").setAggregationType("count_agg"), event("e2", "1").setAggregationType("count_agg"));
        assertThat(fees()).extracting(ChargedInAdvance::getAmountCents).containsExactly(100L, 100L);

        use(unique("e3", "ann", "add", 0), unique("e4", "bob", null, 1), unique("e5", "ann", "add", 2));
        use(unique("e6", "ann", "remove", 3), unique("e7", "eve", "add", 4), unique("e8", "ann", "add", 5));
        assertThat(fees())
                .extracting(ChargedInAdvance::getAmountCents, ChargedInAdvance::getTotalUnits)
                .containsExactly(
                        tuple(100, "1"), tuple(100, "2"), tuple(0, "2"), tuple(0, "2"), tuple(0, "2"), tuple(100, "3"));
    }

    @Test
    void aTextRemovedBeforeItWasAddedIsPresentInWhateverOrderTheTwoCome() {
        agree(plan("1"), subscription("sub_1", "UTC"));

        use(unique("e1", "ann", "add", 5), unique("e2", "ann", "remove", 3), unique("e3", "ann", "add", 6));

        assertThat(fees()).extracting(ChargedInAdvance::getAmountCents).containsExactly(100L, 0L, 0L);
    }

    @Test
    void usageThatGoesDownIsNotPaidBackAndNotPaidTwice() {
        agree(plan("1"), subscription("sub_1", "UTC"));

        use(event("e1", "10"), event("e2", "-6"), event("e3", "4"), event("e4", "10"));

        assertThat(fees())
                .extracting(ChargedInAdvance::getAmountCents, ChargedInAdvance::getUnits)
                .containsExactly(tuple(1000, "10"), tuple(0, "0"), tuple(0, "0"), tuple(800, "8"));
    }

    @Test
    void anEventIsPricedByTheRevisionThatItWasResolvedByAndNeverAgain() {
        agree(plan("1", "2"), subscription("sub_1", "UTC"));

        use(event("e1", "1"), event("e2", "1").setPlanRevision(2), event("e3", "1"));

        assertThat(fees())
                .extracting(ChargedInAdvance::getAmountCents, ChargedInAdvance::getTotalAmountCents)
                .containsExactly(tuple(100, 100L), tuple(200, 300L), tuple(100, 400L));
    }

    @Test
    void usageInArrearsIsNotTheChargers() {
        agree(plan("1"), subscription("sub_1", "UTC"));

        use(event("e1", "1").setPayInAdvance(false));

        assertThat(fees()).isEmpty();
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void anEventWaitsForItsPlanAndKeepsItsPlaceInTheRow() {
        agree(subscription("sub_1", "UTC"));
        use(event("e1", "1"), event("e2", "2"));
        driver.advanceWallClockTime(Duration.ofSeconds(30));
        assertThat(fees()).isEmpty();

        agree(plan("1"));
        use(event("e3", "4"));
        assertThat(fees()).isEmpty();
        driver.advanceWallClockTime(Duration.ofSeconds(1));

        assertThat(fees()).extracting(ChargedInAdvance::getTotalUnits).containsExactly("1", "3", "7");
        use(event("e4", "8"));
        assertThat(fees()).extracting(ChargedInAdvance::getTotalUnits).containsExactly("15");
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void anEventWaitsForTheVeryRevisionThatItWasResolvedBy() {
        agree(plan("1"), subscription("sub_1", "UTC"));
        use(event("e1", "1").setPlanRevision(2));
        assertThat(fees()).isEmpty();

        agree(plan("1", "2"));
        driver.advanceWallClockTime(Duration.ofSeconds(1));

        assertThat(fees()).extracting(ChargedInAdvance::getAmountCents).containsExactly(200L);
    }

    @Test
    void aSubscriptionsArrivalReleasesItsEventsAtOnceAndNoOthers() {
        agree(plan("1"));
        use(event("e1", "1"), event("e2", "1").setExternalSubscriptionId("sub_2"));
        assertThat(fees()).isEmpty();

        agree(subscription("sub_1", "UTC"));

        assertThat(fees()).extracting(ChargedInAdvance::getTransactionId).containsExactly("e1");
    }

    @Test
    void oneSubscriptionsWaitHoldsUpNoOther() {
        agree(plan("1"), subscription("sub_2", "UTC"));

        use(event("e1", "1"), event("e2", "1").setExternalSubscriptionId("sub_2"));

        assertThat(fees()).extracting(ChargedInAdvance::getTransactionId).containsExactly("e2");
    }

    @Test
    void whatNeverBecomesKnownIsADeadLetterAndNotLost() {
        agree(subscription("sub_1", "UTC"));
        use(event("e1", "1"), event("e2", "1").setExternalSubscriptionId("sub_2"));
        driver.advanceWallClockTime(Duration.ofSeconds(59));
        assertThat(deadLetters()).isEmpty();

        driver.advanceWallClockTime(Duration.ofSeconds(2));

        assertThat(deadLetters())
                .extracting(DeadLetter::getTransactionId, DeadLetter::getReason)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("e1", "plan_not_found"),
                        org.assertj.core.groups.Tuple.tuple("e2", "subscription_not_found"));
        assertThat(fees()).isEmpty();
    }

    @Test
    void anEventStaysItsSubscriptionsWhateverIsAgreedAboutThatTimeLater() {
        agree(
                plan("1"),
                new Subscription(
                        "acme",
                        "sub_1",
                        2L,
                        List.of(
                                span("s1", Agreement.START, Instant.parse("2026-03-05T00:00:00Z"), "Europe/Paris"),
                                span("s2", Instant.parse("2026-03-05T00:00:00Z"), null, "UTC"))));

        use(event("e1", "1"), event("e2", "1").setSubscriptionId("s2"));

        assertThat(fees())
                .extracting(ChargedInAdvance::getSubscriptionId, ChargedInAdvance::getPeriodFrom)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("s1", Instant.parse("2026-02-28T23:00:00Z")),
                        org.assertj.core.groups.Tuple.tuple("s2", Instant.parse("2026-03-01T00:00:00Z")));
    }

    @Test
    void aRetractionOrARepetitionAfterARetroactiveChangeIsADeadLetterAndChargesNothing() {
        agree(plan("1"), subscription("sub_1", "UTC"));

        use(
                event("e1", "1"),
                event("e1", "1").setEnrichmentVersion(2),
                event("e1", "1").setIsDeleted(true));

        assertThat(fees()).hasSize(1);
        assertThat(deadLetters()).extracting(DeadLetter::getReason).containsExactly("enriched_again", "enriched_again");
    }

    @Test
    void anUnreadableRecordIsADeadLetterWithItsBytesAndTheNextEventIsCharged() {
        agree(plan("1"), subscription("sub_1", "UTC"));
        var bytes = "{}".getBytes(StandardCharsets.UTF_8);

        driver.createInputTopic("events_enriched_expanded", new StringSerializer(), new ByteArraySerializer())
                .pipeInput("acme/sub_1", bytes, NOW);
        use(event("e1", "1"));

        var letter = deadLetters().getFirst();
        assertThat(letter.getReason()).isEqualTo("unreadable_record");
        assertThat(letter.getStage()).isEqualTo("charger");
        assertThat(letter.getOriginTopic()).isEqualTo("events_enriched_expanded");
        assertThat(letter.getOriginValue().array()).isEqualTo(bytes);
        assertThat(new String(letter.getOriginKey().array(), StandardCharsets.UTF_8))
                .isEqualTo("acme/sub_1");
        assertThat(fees()).hasSize(1);
    }

    @ParameterizedTest(name = "{0} of {1} at {2} {3}: {4}")
    @CsvSource(delimiter = '|', textBlock = """
            sum_agg    | 1    | standard   | {"amount": "x"}                              | charge_invalid
            sum_agg    | 1    | unheard_of | {}                                           | charge_invalid
            sum_agg    | 1    | volume     | {"volume_ranges": [{"from_value": 0, "to_value": null, "per_unit_amount": "1", "flat_amount": "0"}]} | not_payable_in_advance
            sum_agg    | 1    | dynamic    | {}                                           | not_payable_in_advance
            sum_agg    | 1    | percentage | {"rate": "1", "free_units_per_events": 3}    | not_payable_in_advance
            max_agg    | 1    | standard   | {"amount": "1"}                              | not_payable_in_advance
            latest_agg | 1    | standard   | {"amount": "1"}                              | not_payable_in_advance
            median_agg | 1    | standard   | {"amount": "1"}                              | not_payable_in_advance
            weighted_sum_agg | 1 | standard | {"amount": "1"}                              | not_payable_in_advance
            sum_agg    | many | standard   | {"amount": "1"}                              | value_invalid
            sum_agg    | 1e19 | standard   | {"amount": "1"}                              | amount_out_of_range
            """)
    void whatCannotBeChargedIsADeadLetterWithItsReason(
            String aggregation, String value, String model, String properties, String reason) {
        agree(plan(charge("c1", model, properties)), subscription("sub_1", "UTC"));

        use(event("e1", value).setAggregationType(aggregation));

        assertThat(deadLetters()).extracting(DeadLetter::getReason).containsExactly(reason);
        assertThat(fees()).isEmpty();
    }

    @Test
    void aChargeFilterOrTimeZoneThatIsNotThereIsADeadLetter() {
        agree(plan("1"), subscription("sub_1", "UTC"), subscription("sub_2", "Mars/Olympus"));

        use(
                event("e1", "1").setChargeId("c9"),
                event("e2", "1").setChargeFilterId("f9"),
                event("e3", "1").setExternalSubscriptionId("sub_2"),
                unique("e4", "ann", "toggle", 0));

        assertThat(deadLetters())
                .extracting(DeadLetter::getReason)
                .containsExactly("charge_not_found", "charge_not_found", "charge_invalid", "value_invalid");
    }

    @Test
    void aProratedChargeIsNotChargedAsIfItWereNot() {
        var charge = charge("c1", "standard", "{\"amount\": \"1\"}");
        var prorated =
                io.millrace.config.Charge.newBuilder(charge).setProrated(true).build();
        agree(plan(prorated), subscription("sub_1", "UTC"));

        use(event("e1", "1"));

        assertThat(deadLetters()).extracting(DeadLetter::getReason).containsExactly("not_payable_in_advance");
    }

    @Test
    void aRefusedFeeLeavesNoTraceInTheTotal() {
        agree(plan("1"), subscription("sub_1", "UTC"));

        use(event("e1", "5"), event("e2", "1e19"), event("e3", "2"));

        assertThat(fees()).extracting(ChargedInAdvance::getTotalUnits).containsExactly("5", "7");
    }

    @Test
    void aRegistryOutageIsWaitedOut() {
        agree(plan("1"), subscription("sub_1", "UTC"));
        var bytes = new AvroSerializer<ExpandedEvent>(registry, Topics.EVENTS_ENRICHED_EXPANDED)
                .serialize(null, event("e1", "1").build());
        registry.goSilentFor(2);

        driver.createInputTopic("events_enriched_expanded", new StringSerializer(), new ByteArraySerializer())
                .pipeInput("acme/sub_1", bytes, NOW);

        assertThat(fees()).hasSize(1);
        assertThat(deadLetters()).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void theFeesOfEveryBucketAddUpToThePriceOfItsUsage(long seed) {
        var random = new Random(seed);
        var properties = Map.of(
                "c1", "{\"amount\": \"0.00123\"}",
                "c2", "{\"amount\": \"0.333\", \"package_size\": 7, \"free_units\": 20}");
        agree(
                plan(charge("c1", "standard", properties.get("c1"), filter("large", "0.0171"))),
                subscription("sub_1", "UTC"));
        agree(subscription("sub_2", "Asia/Tokyo"));
        var units = new HashMap<List<Object>, BigDecimal>();
        for (int i = 0; i < 400; i++) {
            var value = BigDecimal.valueOf(random.nextInt(1, 5_000), 2);
            var time = Instant.parse("2026-03-01T00:00:00Z").plusSeconds(random.nextInt(60 * 86_400));
            var subscription = random.nextBoolean() ? "sub_1" : "sub_2";
            var filter = random.nextBoolean() ? "large" : null;
            var region = random.nextBoolean() ? "eu" : "us";
            use(event("e" + i, value.toPlainString())
                    .setExternalSubscriptionId(subscription)
                    .setTimestamp(time)
                    .setChargeFilterId(filter)
                    .setGroupedBy(Map.of("region", region)));
            var zone = java.time.ZoneId.of(subscription.equals("sub_1") ? "UTC" : "Asia/Tokyo");
            var month = java.time.YearMonth.from(time.atZone(zone));
            units.merge(List.of(subscription, String.valueOf(filter), region, month), value, BigDecimal::add);
        }
        var fees = fees();
        var charged = fees.stream()
                .collect(Collectors.groupingBy(
                        fee -> List.<Object>of(
                                fee.getExternalSubscriptionId(),
                                String.valueOf(fee.getChargeFilterId()),
                                fee.getGroupedBy().get("region"),
                                java.time.YearMonth.from(fee.getTimestamp()
                                        .atZone(java.time.ZoneId.of(
                                                fee.getExternalSubscriptionId().equals("sub_1")
                                                        ? "UTC"
                                                        : "Asia/Tokyo")))),
                        Collectors.summingLong(ChargedInAdvance::getAmountCents)));
        var expected = new HashMap<List<Object>, Long>();
        units.forEach((bucket, sum) -> expected.put(
                bucket,
                CurrencyUnit.of("EUR")
                        .cents(ChargeModel.parse(
                                        "standard",
                                        Map.of("amount", bucket.get(1).equals("large") ? "0.0171" : "0.00123"))
                                .price(Usage.of(sum, 1))
                                .amount())));

        assertThat(fees).as("seed %d", seed).hasSize(400);
        assertThat(charged).as("seed %d", seed).isEqualTo(expected);
    }

    @Test
    void aRunningTotalIsStoredAsATextThatStaysReadable() {
        var total = new ChargedSoFar(
                new BilledLevel(new BigDecimal("12.5"), new BigDecimal("20")),
                BilledLevel.NOTHING,
                3,
                new BigDecimal("0.0125"),
                1);

        assertThat(RunningTotals.print(total)).isEqualTo("12.5 20 0 0 3 0.0125 1");
        assertThat(RunningTotals.parse("12.5 20 0 0 3 0.0125 1")).isEqualTo(total);
        assertThat(RunningTotals.print(ChargedSoFar.NOTHING)).isEqualTo("0 0 0 0 0 0 0");
    }

    private static org.assertj.core.groups.Tuple tuple(long cents, Object other) {
        return org.assertj.core.groups.Tuple.tuple(cents, other);
    }

    private static ExpandedEvent.Builder unique(String transactionId, String text, String operation, int second) {
        return event(transactionId, text)
                .setAggregationType("unique_count_agg")
                .setOperation(operation)
                .setChargeFilterId(null)
                .setGroupedBy(Map.of("kind", "users"))
                .setTimestamp(Agreement.MARCH.plusSeconds(second));
    }

    private void agree(SpecificRecord... configuration) {
        for (var value : configuration) {
            switch (value) {
                case Plan plan -> publish(Topics.CONFIG_PLANS, "acme/p1", plan, Instant.EPOCH);
                case Subscription subscription ->
                    publish(
                            Topics.CONFIG_SUBSCRIPTIONS,
                            "acme/" + subscription.getExternalSubscriptionId(),
                            subscription,
                            Instant.EPOCH);
                default -> throw new IllegalArgumentException(value.toString());
            }
        }
    }

    private void use(ExpandedEvent.Builder... events) {
        for (var builder : events) {
            var event = builder.build();
            publish(Topics.EVENTS_ENRICHED_EXPANDED, "acme/" + event.getExternalSubscriptionId(), event, NOW);
        }
    }

    private <T extends SpecificRecord> void publish(Topic topic, String key, T value, Instant time) {
        driver.createInputTopic(topic.name(), new StringSerializer(), new AvroSerializer<T>(registry, topic))
                .pipeInput(key, value, time);
    }

    /// The fees since the last look.
    private List<ChargedInAdvance> fees() {
        return read(Topics.EVENTS_CHARGED_IN_ADVANCE);
    }

    private List<DeadLetter> deadLetters() {
        return read(Topics.EVENTS_DEAD_LETTER);
    }

    private <T extends SpecificRecord> List<T> read(Topic topic) {
        return new ArrayList<>(driver.createOutputTopic(
                        topic.name(), new StringDeserializer(), new AvroDeserializer<T>(registry, topic.value()))
                .readValuesToList());
    }
}
