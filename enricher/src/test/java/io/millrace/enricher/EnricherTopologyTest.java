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
import io.millrace.config.ChargeFilter;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.event.RawEvent;
import io.millrace.topic.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What becomes of an event, rule by rule. After every test the books close.
class EnricherTopologyTest {
    private static final byte[] KEY = "acme/sub_1".getBytes(StandardCharsets.UTF_8);

    private Bench bench;

    @BeforeEach
    void start(@TempDir Path directory) {
        bench = new Bench(directory);
    }

    @AfterEach
    void theBooksClose() {
        assertThat(bench.accounting().addsUp())
                .as("raw = enriched + duplicates + parked + dead-lettered: %s", bench.accounting())
                .isTrue();
        bench.close();
    }

    // Attribution and measurement

    @Test
    void anEventIsAttributedMeasuredAndLaidOutByCharge() {
        bench.sellingTokens().send(event("e1").setProperties(Map.of("amount", "2.50", "model", "large")));

        var time = Instant.parse("2026-03-31T12:00:00.000001Z");
        assertThat(bench.enriched())
                .containsExactly(EnrichedEvent.newBuilder()
                        .setOrganizationId("acme")
                        .setExternalSubscriptionId("sub_1")
                        .setTransactionId("e1")
                        .setCode("tokens")
                        .setTimestamp(time)
                        .setSubscriptionId("s1")
                        .setPlanId("basic")
                        .setAggregationType("sum_agg")
                        .setValue("2.5")
                        .setProperties(Map.of("amount", "2.50", "model", "large"))
                        .setSource("http")
                        .setRawPartition(0)
                        .setRawOffset(0)
                        .setIngestedAt(bench.now())
                        .build());
        assertThat(bench.expanded())
                .containsExactly(ExpandedEvent.newBuilder()
                        .setOrganizationId("acme")
                        .setExternalSubscriptionId("sub_1")
                        .setTransactionId("e1")
                        .setCode("tokens")
                        .setTimestamp(time)
                        .setSubscriptionId("s1")
                        .setPlanId("basic")
                        .setChargeId("c1")
                        .setPlanRevision(1)
                        .setAggregationType("sum_agg")
                        .setValue("2.5")
                        .setRawPartition(0)
                        .setRawOffset(0)
                        .setIngestedAt(bench.now())
                        .build());
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            # aggregation,     amount,                  operation, value,                 operation then
            count_agg,         -,                       -,         1,                     -
            count_agg,         lots,                    -,         1,                     -
            sum_agg,           3,                       -,         3,                     -
            sum_agg,           -3.10,                   -,         -3.1,                  -
            sum_agg,           1e3,                     -,         1000,                  -
            sum_agg,           0.000000000000000001,    -,         0.000000000000000001,  -
            sum_agg,           99999999999999999999,    -,         99999999999999999999,  -
            sum_agg,           9007199254740993,        -,         9007199254740993,      -
            max_agg,           007,                     -,         7,                     -
            latest_agg,        0.0,                     -,         0,                     -
            unique_count_agg,  user 7,                  -,         user 7,                add
            unique_count_agg,  1.0,                     -,         1.0,                   add
            unique_count_agg,  user 7,                  add,       user 7,                add
            unique_count_agg,  user 7,                  remove,    user 7,                remove
            """)
    void whatAMetricMeasuresIsExact(
            String aggregation,
            @Nullable String amount,
            @Nullable String operation,
            String value,
            @Nullable String operationThen) {
        bench.sellingTokens().metric("tokens", 2, revision(null, null, aggregation, "amount"));

        bench.send(event("e1").setProperties(properties("amount", amount, "operation_type", operation)));

        assertThat(bench.enriched()).singleElement().satisfies(event -> {
            assertThat(event.getValue()).isEqualTo(value);
            assertThat(event.getOperation()).isEqualTo(operationThen);
            assertThat(event.getAggregationType()).isEqualTo(aggregation);
        });
        assertThat(bench.expanded())
                .extracting(ExpandedEvent::getValue, ExpandedEvent::getOperation)
                .containsExactly(tuple(value, operationThen));
    }

    @Test
    void theProducersOwnPriceTravelsAsAPlainDecimal() {
        bench.sellingTokens().send(event("e1").setPreciseTotalAmountCents("12.5000"));

        assertThat(bench.enriched().getFirst().getPreciseTotalAmountCents()).isEqualTo("12.5");
        assertThat(bench.expanded().getFirst().getPreciseTotalAmountCents()).isEqualTo("12.5");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-01T00:00:00Z,        s1, basic",
        "2026-03-31T23:59:59.999999Z, s1, basic",
        "2026-04-01T00:00:00Z,        s2, premium",
        "2026-04-30T23:59:59.999999Z, s2, premium"
    })
    void atTheInstantOfAnUpgradeExactlyOneSubscriptionGetsTheEvent(Instant time, String subscription, String plan) {
        bench.sellingTokens()
                .plan("premium", charge("c2", "tokens"))
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL), span("s2", "premium", APRIL, MAY))
                .send(event("e1").setTimestamp(time));

        assertThat(bench.enriched()).singleElement().satisfies(event -> {
            assertThat(event.getSubscriptionId()).isEqualTo(subscription);
            assertThat(event.getPlanId()).isEqualTo(plan);
        });
        assertThat(bench.expanded()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-31T23:59:59.999999Z, 1, old",
        "2026-04-01T00:00:00Z,        2, new",
        "2026-05-01T00:00:00Z,        2, new"
    })
    void chargesAreThoseOfThePlanAsItWasAtTheTimeOfTheEvent(Instant time, int revision, String charge) {
        bench.sellingTokens()
                .plan(
                        "basic",
                        2,
                        planRevision(1, null, APRIL, charge("old", "tokens")),
                        planRevision(2, APRIL, null, charge("new", "tokens")))
                .send(event("e1").setTimestamp(time));

        assertThat(bench.expanded()).singleElement().satisfies(event -> {
            assertThat(event.getPlanRevision()).isEqualTo(revision);
            assertThat(event.getChargeId()).isEqualTo(charge);
        });
    }

    @Test
    void aMetricIsMeasuredAsItWasAtTheTimeOfTheEvent() {
        bench.sellingTokens()
                .metric(
                        "tokens",
                        2,
                        revision(null, APRIL, "sum_agg", "amount"),
                        revision(APRIL, null, "unique_count_agg", "user"))
                .send(event("before").setTimestamp(APRIL.minusNanos(1000)))
                .send(event("after").setTimestamp(APRIL).setProperties(Map.of("user", "ann")));

        assertThat(bench.enriched()).extracting(EnrichedEvent::getValue).containsExactly("1", "ann");
    }

    // Charges

    @Test
    void anEventCountsInEveryChargeOfItsMetricInTheOrderOfTheirIds() {
        bench.sellingTokens()
                .plan("basic", 2, planRevision(1, null, null, charge("c9", "tokens"), charge("c1", "tokens")))
                .send(event("e1"));

        assertThat(bench.enriched()).hasSize(1);
        assertThat(bench.expanded()).extracting(ExpandedEvent::getChargeId).containsExactly("c1", "c9");
    }

    @Test
    void usageThatThePlanDoesNotPriceIsEnrichedAndNotExpanded() {
        bench.sellingTokens()
                .metric("requests", "count_agg", null)
                .send(event("e1").setCode("requests"));

        assertThat(bench.billed()).containsExactly("e1");
        assertThat(bench.expanded()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            # model,   region, filter
            large,     eu,     large-eu
            large,     us,     any-model
            small,     -,      any-model
            tiny,      eu,     -
            -,         eu,     -
            """)
    void anEventIsPricedByTheFilterThatFitsItBest(
            @Nullable String model, @Nullable String region, @Nullable String filter) {
        bench.sellingTokens()
                .metric(
                        "tokens",
                        2,
                        revision(
                                null,
                                null,
                                "sum_agg",
                                "amount",
                                null,
                                Map.of("model", List.of("small", "large"), "region", List.of("eu", "us"))))
                .plan(
                        "basic",
                        2,
                        planRevision(
                                1,
                                null,
                                null,
                                charge(
                                        "c1",
                                        "tokens",
                                        filter("any-model", Map.of("model", List.of("__ALL_FILTER_VALUES__"))),
                                        filter(
                                                "large-eu",
                                                Map.of("model", List.of("large"), "region", List.of("eu"))))));
        var properties = properties("model", model, "region", region);
        properties.put("amount", "1");

        bench.send(event("e1").setProperties(properties));

        assertThat(bench.expanded())
                .extracting(ExpandedEvent::getChargeFilterId)
                .containsExactly(filter);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # cpu, share, amount
            3,     2,     1.5
            1,     3,     0.333333333333333333
            2,     3,     0.666666666666666667
            -4,    0.5,   -8
            """)
    void aMetricMeasuresWhatItsExpressionComputes(String cpu, String share, String amount) {
        bench.sellingTokens()
                .metric("computed", 1, computing("event.properties.cpu / event.properties.share"))
                .plan(
                        "basic",
                        2,
                        planRevision(
                                1,
                                null,
                                null,
                                charge("c1", "computed", filter("f", Map.of("amount", List.of("1.5"))))));

        bench.send(computed(cpu, share));

        assertThat(bench.enriched()).singleElement().satisfies(enriched -> {
            assertThat(enriched.getValue()).isEqualTo(amount);
            assertThat(enriched.getProperties())
                    .isEqualTo(Map.of("cpu", cpu, "share", share, "untouched", "{\"a\": [1]}", "amount", amount));
        });
        assertThat(bench.expanded()).singleElement().satisfies(expanded -> {
            assertThat(expanded.getValue()).isEqualTo(amount);
            assertThat(expanded.getChargeFilterId()).isEqualTo(amount.equals("1.5") ? "f" : null);
        });
    }

    @Test
    void aUniqueCountCountsTheTextsThatItsExpressionMakes() {
        bench.sellingTokens()
                .metric(
                        "seats",
                        1,
                        revision(
                                null,
                                null,
                                "unique_count_agg",
                                "seat",
                                "concat(event.properties.site, '/', event.properties.desk)",
                                Map.of()))
                .send(event("e1").setCode("seats").setProperties(Map.of("site", "north", "desk", "007")));

        assertThat(bench.enriched()).extracting(EnrichedEvent::getValue).containsExactly("north/007");
    }

    private static BillableMetricRevision computing(String expression) {
        return revision(null, null, "sum_agg", "amount", expression, Map.of());
    }

    private static RawEvent.Builder computed(String cpu, String share) {
        return event("e")
                .setCode("computed")
                .setProperties(Map.of("cpu", cpu, "share", share, "untouched", "{\"a\": [1]}"));
    }

    @Test
    void usageIsGroupedByTheKeysOfThePriceThatTakesIt() {
        var filter = new ChargeFilter(
                "f1",
                MARCH,
                Map.of("model", List.of("large")),
                "{\"amount\": \"2\", \"pricing_group_keys\": [\"region\", \"zone\"]}");
        bench.sellingTokens()
                .plan(
                        "basic",
                        2,
                        planRevision(
                                1,
                                null,
                                null,
                                chargeBuilder("c1", "tokens")
                                        .setProperties("{\"amount\": \"1\", \"pricing_group_keys\": [\"model\"]}")
                                        .setFilters(List.of(filter))
                                        .build()))
                .send(event("e1").setProperties(Map.of("amount", "1", "model", "large", "region", "eu")))
                .send(event("e2").setProperties(Map.of("amount", "1", "model", "small", "region", "eu")));

        assertThat(bench.expanded())
                .extracting(ExpandedEvent::getGroupedBy)
                .containsExactly(Map.of("region", "eu", "zone", ""), Map.of("model", "small"));
    }

    @Test
    void usageNamesItsWalletOnlyWhereTheChargeAcceptsOne() {
        var accepting =
                chargeBuilder("c1", "tokens").setAcceptsTargetWallet(true).build();
        bench.sellingTokens()
                .plan("basic", 2, planRevision(1, null, null, accepting, charge("c2", "tokens")))
                .send(event("e1").setProperties(Map.of("amount", "1", "target_wallet_code", "team")))
                .send(event("e2"));

        assertThat(bench.expanded())
                .extracting(ExpandedEvent::getTargetWalletCode, ExpandedEvent::getGroupedBy)
                .containsExactly(
                        tuple("team", Map.of("target_wallet_code", "team")),
                        tuple(null, Map.of()),
                        tuple(null, Map.of()),
                        tuple(null, Map.of()));
    }

    @Test
    void usageThatIsPaidAsItComesSaysSo() {
        Charge inAdvance = chargeBuilder("c1", "tokens").setPayInAdvance(true).build();
        bench.sellingTokens()
                .plan("basic", 2, planRevision(1, null, null, inAdvance, charge("c2", "tokens")))
                .send(event("e1"));

        assertThat(bench.expanded()).extracting(ExpandedEvent::getPayInAdvance).containsExactly(true, false);
    }

    // Duplicates

    @Test
    void aRedeliveredEventIsBilledOnce() {
        bench.sellingTokens()
                .send(event("e1").setProperties(Map.of("amount", "1")))
                .send(event("e1").setProperties(Map.of("amount", "5")))
                .send(event("e1").setTimestamp(APRIL).setCode("requests"));

        assertThat(bench.enriched()).extracting(EnrichedEvent::getValue).containsExactly("1");
        assertThat(bench.expanded()).hasSize(1);
        assertThat(bench.accounting().duplicatesByOrganization()).isEqualTo(Map.of("acme", 2L));
    }

    @Test
    void theSameIdOfAnotherSubscriptionOrOrganizationIsAnotherEvent() {
        bench.sellingTokens()
                .subscription("sub_2", span("s2", "basic", MARCH, null))
                .send(event("e1"))
                .send(event("e1").setExternalSubscriptionId("sub_2"))
                .send(event("e1").setOrganizationId("other"));

        assertThat(bench.enriched()).hasSize(2);
        assertThat(bench.books().parked()).isEqualTo(1); // nobody knows the other organization
        assertThat(bench.books().duplicates()).isZero();
    }

    @Test
    void idsThatOnlyLookAlikeWhenGluedTogetherAreDifferent() {
        bench.sellingTokens()
                .subscription("s", span("s1", "basic", MARCH, null))
                .subscription("su", span("s2", "basic", MARCH, null))
                .send(event("ub").setExternalSubscriptionId("s"))
                .send(event("b").setExternalSubscriptionId("su"));

        assertThat(bench.billed()).containsExactly("ub", "b");
    }

    @Test
    void aLateEventDeliveredTwiceIsBilledOnce() {
        bench.sellingTokens()
                .subscription("sub_1", 2, span("s1", "basic", Instant.parse("2019-01-01T00:00:00Z"), null));
        var years = Instant.parse("2020-02-29T00:00:00Z");

        bench.send(event("new").setTimestamp(MAY))
                .send(event("old").setTimestamp(years))
                .pass(Duration.ofDays(1))
                .send(event("old").setTimestamp(years));

        assertThat(bench.billed()).containsExactly("new", "old");
        assertThat(bench.books().duplicates()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"PT0S, true", "P7D, true", "P31D, true", "P39D, false"})
    void anIdIsRememberedForTheHorizonOfIngestion(Duration later, boolean duplicate) {
        bench.sellingTokens().send(event("e1")).pass(later).send(event("e1"));

        assertThat(bench.books().duplicates()).isEqualTo(duplicate ? 1 : 0);
    }

    @Test
    void aCorrectedEventWithTheSameIdIsBilledOnce() {
        bench.sellingTokens()
                .send(event("e1").setProperties(Map.of("amount", "three")))
                .send(event("e1").setProperties(Map.of("amount", "3")))
                .send(event("e1").setProperties(Map.of("amount", "three")));

        assertThat(bench.enriched()).extracting(EnrichedEvent::getValue).containsExactly("3");
        assertThat(bench.refused()).containsExactly("e1: value_not_a_number");
        assertThat(bench.books().duplicates()).isEqualTo(1);
    }

    // Waiting for configuration

    @Test
    void usageBeforeItsSubscriptionWaitsAndIsReleasedInOrderByItsArrival() {
        bench.metric("tokens", "sum_agg", "amount").plan("basic", charge("c1", "tokens"));
        bench.send(event("e1")).send(event("e2")).send(event("e3"));
        assertThat(bench.billed()).isEmpty();
        assertThat(bench.books().parked()).isEqualTo(3);

        bench.subscription("sub_1", span("s1", "basic", MARCH, null));

        assertThat(bench.billed()).containsExactly("e1", "e2", "e3");
        assertThat(bench.expanded()).extracting(ExpandedEvent::getRawOffset).containsExactly(0L, 1L, 2L);
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(3, 3, 0, 0, 0, 0));
    }

    @Test
    void usageBeforeItsMetricWaitsAndIsReleasedInOrder() {
        bench.plan("basic", charge("c1", "tokens")).subscription("sub_1", span("s1", "basic", MARCH, null));
        bench.send(event("e1")).send(event("e2"));

        bench.metric("tokens", "sum_agg", "amount").pass(Duration.ofSeconds(1));

        assertThat(bench.billed()).containsExactly("e1", "e2");
    }

    @Test
    void usageBeforeItsPlanWaitsAndIsReleasedInOrder() {
        bench.metric("tokens", "sum_agg", "amount").subscription("sub_1", span("s1", "basic", MARCH, null));
        bench.send(event("e1")).send(event("e2"));

        bench.plan("basic", charge("c1", "tokens")).pass(Duration.ofSeconds(1));

        assertThat(bench.billed()).containsExactly("e1", "e2");
        assertThat(bench.expanded()).hasSize(2);
    }

    @Test
    void usageAfterTheEndOfASubscriptionWaitsForTheNextOne() {
        bench.sellingTokens()
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .send(event("e1").setTimestamp(MAY));
        assertThat(bench.billed()).isEmpty();

        bench.subscription("sub_1", 3, span("s1", "basic", MARCH, APRIL), span("s2", "basic", APRIL, null));

        assertThat(bench.enriched())
                .extracting(EnrichedEvent::getSubscriptionId)
                .containsExactly("s2");
    }

    @Test
    void laterUsageOfTheSameCodeQueuesBehindWhatWaitsAndOtherUsagePasses() {
        bench.sellingTokens()
                .metric("requests", "count_agg", null)
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .send(event("waits").setTimestamp(MAY))
                .send(event("behind"))
                .send(event("passes").setCode("requests"));
        assertThat(bench.billed()).containsExactly("passes");

        bench.subscription("sub_1", 3, span("s1", "basic", MARCH, null));

        assertThat(bench.billed()).containsExactly("passes", "waits", "behind");
    }

    @Test
    void usageThatWaitsIsAlreadyKnown() {
        bench.send(event("e1")).send(event("e1"));
        bench.sellingTokens().send(event("e1"));

        assertThat(bench.billed()).containsExactly("e1");
        assertThat(bench.books().duplicates()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "metric_not_found,       false, true,  true",
        "subscription_not_found, true,  false, true",
        "plan_not_found,         true,  true,  false",
        "metric_not_found,       false, false, false",
        "subscription_not_found, true,  false, false"
    })
    void whatNeverBecomesKnownIsADeadLetterWithWhatWasMissingFirst(
            String reason, boolean metric, boolean subscription, boolean plan) {
        if (metric) bench.metric("tokens", "sum_agg", "amount");
        if (subscription) bench.subscription("sub_1", span("s1", "basic", MARCH, null));
        if (plan) bench.plan("basic", charge("c1", "tokens"));
        bench.send(event("e1"));

        bench.pass(Duration.ofMinutes(59));
        assertThat(bench.refused()).isEmpty();
        bench.pass(Duration.ofMinutes(1));

        assertThat(bench.refused()).containsExactly("e1: " + reason);
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(1, 0, 0, 0, 1, 0));
    }

    @Test
    void whatWaitedInVainCanBeSentAgainAndIsBilledOnce() {
        bench.send(event("e1")).pass(Duration.ofHours(1));
        assertThat(bench.refused()).containsExactly("e1: metric_not_found");

        bench.sellingTokens().send(event("e1")).send(event("e1"));

        assertThat(bench.billed()).containsExactly("e1");
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(3, 1, 1, 0, 1, 0));
    }

    @Test
    void whatIsReleasedAndThenFoundUnmeasurableCanBeCorrected() {
        bench.send(event("e1").setProperties(Map.of()));
        bench.sellingTokens().pass(Duration.ofSeconds(1));
        assertThat(bench.refused()).containsExactly("e1: value_missing");

        bench.send(event("e1"));

        assertThat(bench.billed()).containsExactly("e1");
    }

    @Test
    void thoseBehindAnEventThatWaitedInVainGoOn() {
        bench.sellingTokens()
                .subscription("sub_1", 2, span("s1", "basic", MARCH, APRIL))
                .send(event("never").setTimestamp(MAY))
                .send(event("behind"))
                .pass(Duration.ofHours(1));

        assertThat(bench.refused()).containsExactly("never: subscription_not_found");
        assertThat(bench.billed()).containsExactly("behind");
    }

    @Test
    void aBacklogFromBeforeTheStartGetsItsTimeToo() {
        var ingested = bench.now().minus(Duration.ofDays(3)).toEpochMilli();
        bench.send(KEY, bench.bytes(event("e1")), ingestedAt(ingested));
        bench.pass(Duration.ofMinutes(59));
        assertThat(bench.refused()).isEmpty();

        bench.sellingTokens().pass(Duration.ofSeconds(1));

        assertThat(bench.billed()).containsExactly("e1");
    }

    @Test
    void tooManyWaitingEventsOfOneSubscriptionAreRefusedAndTheRestWaitsOn(@TempDir Path directory) {
        try (var bench = new Bench(directory, Map.of("MILLRACE_ENRICHER_PARKED_PER_SUBSCRIPTION", "2"))) {
            bench.plan("basic", charge("c1", "tokens")).subscription("sub_1", span("s1", "basic", MARCH, null));
            bench.send(event("e1")).send(event("e2")).send(event("e3"));
            assertThat(bench.refused()).containsExactly("e3: metric_not_found");

            bench.metric("tokens", "sum_agg", "amount").send(event("e4")).send(event("e3"));

            assertThat(bench.billed()).containsExactly("e1", "e2", "e4", "e3");
            assertThat(bench.accounting().addsUp()).isTrue();
        }
    }

    @Test
    void withoutRoomToWaitUnknownUsageIsRefusedAtOnce(@TempDir Path directory) {
        try (var bench = new Bench(directory, Map.of("MILLRACE_ENRICHER_PARKED_PER_SUBSCRIPTION", "0"))) {
            bench.send(event("e1"));

            assertThat(bench.refused()).containsExactly("e1: metric_not_found");
            assertThat(bench.books()).isEqualTo(new Accounting.Partition(1, 0, 0, 0, 1, 0));
        }
    }

    // Dead letters

    static Stream<Arguments> eventsThatCannotBeBilled() {
        return Stream.of(
                refused(Reason.ORGANIZATION_ID_INVALID, event("e").setOrganizationId("")),
                refused(Reason.ORGANIZATION_ID_INVALID, event("e").setOrganizationId("a/b")),
                refused(Reason.EXTERNAL_SUBSCRIPTION_ID_MISSING, event("e").setExternalSubscriptionId("")),
                refused(Reason.TRANSACTION_ID_MISSING, event("")),
                refused(Reason.CODE_MISSING, event("e").setCode("")),
                refused(
                        Reason.TIMESTAMP_OUT_OF_RANGE,
                        event("e").setTimestamp(Instant.parse("1899-12-31T23:59:59.999999Z"))),
                refused(Reason.TIMESTAMP_OUT_OF_RANGE, event("e").setTimestamp(Instant.parse("2300-01-01T00:00:00Z"))),
                refused(Reason.EXPRESSION_FAILED, event("e").setCode("computed")),
                refused(Reason.EXPRESSION_FAILED, computed("1", "0")),
                refused(Reason.EXPRESSION_FAILED, computed("many", "2")),
                refused(Reason.EXPRESSION_FAILED, event("e").setCode("unreadable")),
                refused(Reason.VALUE_OUT_OF_RANGE, computed("1e19", "0.01")),
                refused(Reason.VALUE_MISSING, event("e").setProperties(Map.of("other", "1"))),
                refused(Reason.VALUE_MISSING, event("e").setProperties(Map.of("amount", ""))),
                refused(Reason.VALUE_MISSING, event("e").setCode("users")),
                refused(Reason.VALUE_MISSING, event("e").setCode("fieldless")),
                refused(Reason.VALUE_NOT_A_NUMBER, event("e").setProperties(Map.of("amount", "three"))),
                refused(Reason.VALUE_NOT_A_NUMBER, event("e").setProperties(Map.of("amount", "NaN"))),
                refused(Reason.VALUE_NOT_A_NUMBER, event("e").setProperties(Map.of("amount", "1".repeat(300)))),
                refused(Reason.VALUE_OUT_OF_RANGE, event("e").setProperties(Map.of("amount", "100000000000000000000"))),
                refused(Reason.VALUE_OUT_OF_RANGE, event("e").setProperties(Map.of("amount", "1E20000000"))),
                refused(Reason.VALUE_OUT_OF_RANGE, event("e").setProperties(Map.of("amount", "0.0000000000000000001"))),
                refused(
                        Reason.OPERATION_UNKNOWN,
                        event("e").setCode("users").setProperties(Map.of("user", "ann", "operation_type", "toggle"))),
                refused(Reason.PRECISE_AMOUNT_INVALID, event("e").setPreciseTotalAmountCents("a lot")),
                refused(Reason.PRECISE_AMOUNT_INVALID, event("e").setPreciseTotalAmountCents("1e30")));
    }

    @ParameterizedTest
    @MethodSource
    void eventsThatCannotBeBilled(Reason reason, RawEvent.Builder event) {
        bench.sellingTokens()
                .metric("users", "unique_count_agg", "user")
                .metric("fieldless", "sum_agg", null)
                .metric("computed", 1, computing("event.properties.cpu / event.properties.share"))
                .metric("unreadable", 1, computing("1 +"));
        var built = event.build();

        bench.send(event).send(event("good"));

        assertThat(bench.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo(reason.code());
            assertThat(letter.getMessage()).isNotBlank().hasSizeLessThan(400);
            assertThat(letter.getStage()).isEqualTo("enricher");
            assertThat(letter.getOriginTopic()).isEqualTo("events_raw");
            assertThat(letter.getRawPartition()).isZero();
            assertThat(letter.getRawOffset()).isZero();
            assertThat(letter.getIngestedAt()).isEqualTo(bench.now());
            assertThat(letter.getOrganizationId()).isEqualTo(built.getOrganizationId());
            assertThat(letter.getTransactionId()).isEqualTo(built.getTransactionId());
            assertThat(letter.getTimestamp()).isEqualTo(built.getTimestamp());
            assertThat(letter.getOriginValue()).isEqualTo(ByteBuffer.wrap(bench.bytes(event)));
            assertThat(letter.getOriginValueSha256()).isNull();
        });
        assertThat(bench.billed()).containsExactly("good");
    }

    static Stream<byte[]> poison() {
        var huge = new byte[] {0, 0, 0, 0, 1, (byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
        return Stream.of(
                new byte[0],
                new byte[] {1, 2, 3},
                "{\"event\": {}}".getBytes(StandardCharsets.UTF_8),
                new byte[] {0, 0, 0, 0, 99, 0, 0},
                new byte[] {0, 0, 0, 0, 1, 2},
                huge);
    }

    @ParameterizedTest
    @MethodSource
    void poison(byte[] value) {
        bench.sellingTokens();
        var unused = bench.bytes(event("registers the schema"));

        bench.send(KEY, value, new RecordHeaders()).send(event("good"));

        assertThat(bench.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo("unreadable_record");
            assertThat(letter.getOriginKey()).isEqualTo(ByteBuffer.wrap(KEY));
            assertThat(letter.getOriginValue()).isEqualTo(ByteBuffer.wrap(value));
            assertThat(letter.getOriginValueSize()).isEqualTo(value.length);
            assertThat(letter.getOrganizationId()).isNull();
        });
        assertThat(bench.billed()).containsExactly("good");
    }

    @Test
    void aRecordWithoutKeyAndValueIsADeadLetter() {
        bench.send(null, null, new RecordHeaders());

        assertThat(bench.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo("unreadable_record");
            assertThat(letter.getOriginKey()).isNull();
        });
    }

    @Test
    void ofATooLargeRecordTheBeginningAndTheHashAreKept() {
        var value = bench.bytes(event("e1").setProperties(Map.of("amount", "1", "note", "x".repeat(1024 * 1024))));

        bench.send(KEY, value, new RecordHeaders());

        assertThat(bench.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo("record_too_large");
            assertThat(letter.getOriginValue()).isEqualTo(ByteBuffer.wrap(Arrays.copyOf(value, 1024 * 1024)));
            assertThat(letter.getOriginValueSize()).isEqualTo(value.length);
            assertThat(letter.getOriginValueSha256()).matches("[0-9a-f]{64}");
        });
    }

    // Keys

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"-", "e1", "acme-sub_1", "acme/sub_2"})
    void aRecordUnderAWrongKeyIsPutUnderItsRightOneAndBilledOnce(@Nullable String key) {
        bench.sellingTokens().send(event("e0"));
        var value = bench.bytes(event("e1"));

        bench.send(key == null ? null : key.getBytes(StandardCharsets.UTF_8), value, new RecordHeaders())
                .send(event("e1"));

        assertThat(bench.billed()).containsExactly("e0", "e1");
        assertThat(bench.books()).isEqualTo(new Accounting.Partition(3, 2, 1, 0, 0, 1));
        assertThat(bench.enriched().getLast().getIngestedAt()).isEqualTo(bench.now());
    }

    @Test
    void aRecordIsPutUnderItsRightKeyOnlyOnce() {
        var headers = new RecordHeaders();
        headers.add(Headers.REKEYED, new byte[0]);

        bench.sellingTokens().send("wrong".getBytes(StandardCharsets.UTF_8), bench.bytes(event("e1")), headers);

        assertThat(bench.refused()).containsExactly("e1: wrong_key");
    }

    @Test
    void aRedrivenEventKeepsItsFirstIngestion() {
        var first = Instant.parse("2026-05-20T10:00:00.123Z");

        bench.sellingTokens().send(KEY, bench.bytes(event("e1")), ingestedAt(first.toEpochMilli()));

        assertThat(bench.enriched()).extracting(EnrichedEvent::getIngestedAt).containsExactly(first);
    }

    @ParameterizedTest
    @CsvSource({"yesterday", "-1", "99999999999999999", "''"})
    void anIngestionThatCannotBeIsIgnored(String text) {
        var headers = new RecordHeaders();
        headers.add(Headers.INGESTED_AT, text.getBytes(StandardCharsets.UTF_8));

        bench.sellingTokens().send(KEY, bench.bytes(event("e1")), headers);

        assertThat(bench.enriched()).extracting(EnrichedEvent::getIngestedAt).containsExactly(bench.now());
    }

    // The registry

    @Test
    void aSilentRegistryCostsNothing() {
        var value = bench.sellingTokens().bytes(event("e1"));
        bench.registry.goSilentFor(4);

        bench.send(KEY, value, new RecordHeaders());

        assertThat(bench.billed()).containsExactly("e1");
        assertThat(bench.refused()).isEmpty();
    }

    private static Arguments refused(Reason reason, RawEvent.Builder event) {
        return Arguments.of(reason, event);
    }

    private static RecordHeaders ingestedAt(long millis) {
        var headers = new RecordHeaders();
        headers.add(Headers.INGESTED_AT, Long.toString(millis).getBytes(StandardCharsets.US_ASCII));
        return headers;
    }

    private static Map<String, String> properties(
            String one, @Nullable String first, String other, @Nullable String second) {
        var properties = new HashMap<String, String>();
        if (first != null) properties.put(one, first);
        if (second != null) properties.put(other, second);
        return properties;
    }
}
