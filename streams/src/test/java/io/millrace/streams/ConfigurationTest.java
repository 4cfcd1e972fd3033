package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.millrace.rating.charge.Standard;
import io.millrace.registry.AvroSerializer;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Configuration as the stream services see it: as of a time, newest version, and never in the way of the stream.
class ConfigurationTest {
    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    private static final Instant MAY = Instant.parse("2026-05-01T00:00:00Z");

    private final InMemoryRegistry registry = new InMemoryRegistry();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Configuration configuration =
            new Configuration(registry, new RegistryPatience(Duration.ofSeconds(10)), meters);
    private final List<String> changes = new ArrayList<>();
    private final List<Subscriptions.Change> changed = new ArrayList<>();
    private TopologyTestDriver driver;
    private Subscriptions subscriptions;

    @BeforeEach
    void start(@TempDir Path directory) {
        var settings = StreamsSettings.of(
                "test",
                Map.of(
                        "KAFKA_BOOTSTRAP_SERVERS", "none:1",
                        "SCHEMA_REGISTRY_URL", "http://none:1",
                        "MILLRACE_DATA", directory.toString()));
        var topology = settings.topology();
        configuration.addTo(topology);
        topology.addSource(
                "config_subscriptions",
                new StringDeserializer(),
                new ByteArrayDeserializer(),
                Topics.CONFIG_SUBSCRIPTIONS.name());
        topology.addProcessor("keep-subscriptions", Subscriptions.keep(configuration), "config_subscriptions");
        topology.addProcessor("look-up", LookUp::new, "keep-subscriptions");
        topology.addStateStore(Subscriptions.store(), "keep-subscriptions", "look-up");
        driver = new TopologyTestDriver(topology, settings.properties());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void theFirstRevisionOfAMetricHoldsSinceEver() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "sum_agg")));

        assertThat(metric(Instant.parse("1970-01-01T00:00:00Z")).fieldName()).isEqualTo("amount");
        assertThat(configuration.metrics("acme", "unknown").at(MARCH)).isNull();
        assertThat(configuration.metrics("other", "tokens").at(MARCH)).isNull();
    }

    @Test
    void aDeletedMetricStillHoldsForEventsBeforeItsEnd() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(2, revision(null, APRIL, "sum_agg")));

        assertThat(configuration.metrics("acme", "tokens").at(APRIL.minusNanos(1000)))
                .isNotNull();
        assertThat(configuration.metrics("acme", "tokens").at(APRIL)).isNull();
    }

    @Test
    void anEditHoldsFromItsBeginning() {
        publish(
                Topics.CONFIG_BILLABLE_METRICS,
                "acme/tokens",
                metric(2, revision(null, APRIL, "sum_agg"), revision(APRIL, null, "max_agg")));

        assertThat(metric(APRIL.minusNanos(1000)).aggregation().code()).isEqualTo("sum_agg");
        assertThat(metric(APRIL).aggregation().code()).isEqualTo("max_agg");
    }

    @Test
    void aLowerVersionIsIgnoredHoweverItIsLookedUp() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(3, revision(null, null, "max_agg")));
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(2, revision(null, null, "sum_agg")));
        assertThat(metric(MARCH).aggregation().code()).isEqualTo("max_agg");

        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "sum_agg")));
        assertThat(metric(MARCH).aggregation().code()).isEqualTo("max_agg");

        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(4, revision(null, null, "latest_agg")));
        assertThat(metric(MARCH).aggregation().code()).isEqualTo("latest_agg");
    }

    @Test
    void whatCannotBeReadIsReportedAndUnknownUntilItIsReplaced() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(3, revision(null, null, "max_agg")));
        driver.createInputTopic(
                        Topics.CONFIG_BILLABLE_METRICS.name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput("acme/tokens", "{}".getBytes(StandardCharsets.UTF_8), Instant.EPOCH);

        assertThat(configuration.metrics("acme", "tokens").at(MARCH)).isNull();
        assertThat(configuration.metrics("acme", "tokens").at(MARCH)).isNull();
        assertThat(undecodable("config_billable_metrics")).isEqualTo(1);

        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(4, revision(null, null, "sum_agg")));
        assertThat(metric(MARCH).aggregation().code()).isEqualTo("sum_agg");
    }

    @Test
    void anAggregationThatNobodyKnowsIsReportedAndUnknown() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "median_agg")));

        assertThat(configuration.metrics("acme", "tokens").at(MARCH)).isNull();
        assertThat(undecodable("config_billable_metrics")).isEqualTo(1);
    }

    @Test
    void anErasedOrganizationIsUnknown() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "sum_agg")));
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", null);

        assertThat(configuration.metrics("acme", "tokens").at(MARCH)).isNull();
    }

    @Test
    void aStoredValueIsCompiledOnce() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "sum_agg")));

        assertThat(metric(MARCH)).isSameAs(metric(APRIL));
    }

    @Test
    void aRegistryOutageIsWaitedOutWhileConfigurationIsRead() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "sum_agg")));
        registry.goSilentFor(2);

        assertThat(metric(MARCH).aggregation().code()).isEqualTo("sum_agg");
        assertThat(undecodable("config_billable_metrics")).isZero();
    }

    @Test
    void whoWaitsForConfigurationSeesThatSomethingChanged() {
        var before = configuration.changes();
        publish(Topics.CONFIG_PLANS, "acme/p1", plan(1));

        assertThat(configuration.changes()).isGreaterThan(before);
    }

    @Test
    void howFarPlansAndMetricsHaveBeenReadIsKnown() {
        assertThat(configuration.read()).isEqualTo(Configuration.Read.NOTHING);
        publish(Topics.CONFIG_PLANS, "acme/p1", plan(1));
        publish(Topics.CONFIG_PLANS, "acme/p1", plan(1));
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "sum_agg")));

        assertThat(configuration.read()).as("also what changes nothing").isEqualTo(new Configuration.Read(1, 2));
        assertThat(configuration.read().least(new Configuration.Read(3, 1))).isEqualTo(new Configuration.Read(1, 1));
    }

    @Test
    void aPlansChargesAreFoundByMetricInOrderOfTheirIds() {
        publish(
                Topics.CONFIG_PLANS,
                "acme/p1",
                plan(1, charge("c2", "tokens", "1"), charge("c1", "tokens", "2"), charge("c3", "requests", "3")));
        var plan = plan(MARCH);

        assertThat(plan.charges("tokens")).extracting(ChargeInForce::chargeId).containsExactly("c1", "c2");
        assertThat(plan.charges("requests")).extracting(ChargeInForce::chargeId).containsExactly("c3");
        assertThat(plan.charges("storage")).isEmpty();
        assertThat(plan.charges("requests").getFirst().price(null)).isEqualTo(new Standard(new BigDecimal("3")));
    }

    @Test
    void aRevisionIsFoundByItsNumberAlsoWhenItHoldsNoLonger() {
        publish(
                Topics.CONFIG_PLANS,
                "acme/p1",
                new Plan(
                        "acme",
                        "p1",
                        "basic",
                        2L,
                        List.of(
                                new PlanRevision(null, APRIL, 1, "monthly", "EUR", false, List.of()),
                                new PlanRevision(APRIL, null, 2, "yearly", "EUR", false, List.of()))));

        assertThat(Objects.requireNonNull(configuration.plan("acme", "p1", 1)).interval())
                .isEqualTo("monthly");
        assertThat(Objects.requireNonNull(configuration.plan("acme", "p1", 2)).interval())
                .isEqualTo("yearly");
        assertThat(configuration.plan("acme", "p1", 3)).isNull();
        assertThat(configuration.plan("acme", "p2", 1)).isNull();
    }

    @Test
    void aFilterHasItsOwnPriceAndGroups() {
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, revision(null, null, "sum_agg")));
        var large = new ChargeFilter(
                "f1",
                MARCH,
                Map.of("model", List.of("__ALL_FILTER_VALUES__")),
                "{\"amount\": \"7\", \"pricing_group_keys\": [\"region\"]}");
        publish(Topics.CONFIG_PLANS, "acme/p1", plan(1, charge("c1", "tokens", "2", large)));
        var charge = plan(MARCH).charges("tokens").getFirst();

        assertThat(charge.buckets(metric(MARCH)).of(Map.of("model", "large", "region", "eu")))
                .isEqualTo(new Bucket("f1", Map.of("region", "eu")));
        assertThat(charge.buckets(metric(MARCH)).of(Map.of("model", "undeclared", "region", "eu")))
                .isEqualTo(new Bucket(null, Map.of()));
        assertThat(charge.price("f1")).isEqualTo(new Standard(new BigDecimal("7")));
        assertThat(charge.price(null)).isEqualTo(new Standard(new BigDecimal("2")));
    }

    @Test
    void aFilterTakesItsEventsAlsoWhereTheMetricDeclaresNothing() {
        var undeclaring = revision(null, null, "sum_agg");
        undeclaring = BillableMetricRevision.newBuilder(undeclaring)
                .setFilters(List.of())
                .build();
        publish(Topics.CONFIG_BILLABLE_METRICS, "acme/tokens", metric(1, undeclaring));
        var large = new ChargeFilter("f1", MARCH, Map.of("model", List.of("large")), "{\"amount\": \"7\"}");
        publish(Topics.CONFIG_PLANS, "acme/p1", plan(1, charge("c1", "tokens", "2", large)));

        assertThat(plan(MARCH)
                        .charges("tokens")
                        .getFirst()
                        .buckets(metric(MARCH))
                        .of(Map.of("model", "large"))
                        .chargeFilterId())
                .isEqualTo("f1");
    }

    @Test
    void aWildcardMeansWhatTheMetricDeclaredAtThatTime() {
        publish(
                Topics.CONFIG_BILLABLE_METRICS,
                "acme/tokens",
                metric(
                        2,
                        revision(null, APRIL, "sum_agg", "small"),
                        revision(APRIL, null, "sum_agg", "small", "large")));
        var any =
                new ChargeFilter("f1", MARCH, Map.of("model", List.of("__ALL_FILTER_VALUES__")), "{\"amount\": \"7\"}");
        publish(Topics.CONFIG_PLANS, "acme/p1", plan(1, charge("c1", "tokens", "2", any)));
        var charge = plan(MARCH).charges("tokens").getFirst();

        for (int i = 0; i < 2; i++) {
            assertThat(charge.buckets(metric(MARCH))
                            .of(Map.of("model", "large"))
                            .chargeFilterId())
                    .isNull();
            assertThat(charge.buckets(metric(APRIL))
                            .of(Map.of("model", "large"))
                            .chargeFilterId())
                    .isEqualTo("f1");
        }
    }

    @Test
    void atTheInstantOfAnUpgradeTheNewSubscriptionHolds() {
        publish(
                Topics.CONFIG_SUBSCRIPTIONS,
                "acme/sub_1",
                subscription(1, span("s1", MARCH, APRIL), span("s2", APRIL, MAY)));

        assertThat(subscriptions.timeline("acme/sub_1").at(MARCH.minusNanos(1000)))
                .isNull();
        assertThat(Objects.requireNonNull(subscriptions.timeline("acme/sub_1").at(APRIL.minusNanos(1000)))
                        .getSubscriptionId())
                .isEqualTo("s1");
        assertThat(Objects.requireNonNull(subscriptions.timeline("acme/sub_1").at(APRIL))
                        .getSubscriptionId())
                .isEqualTo("s2");
        assertThat(subscriptions.timeline("acme/sub_1").at(MAY)).isNull();
    }

    @Test
    void aSubscriptionIsFoundByItsIdAsOfATimeOrElseAsItWasLast() {
        publish(
                Topics.CONFIG_SUBSCRIPTIONS,
                "acme/sub_1",
                subscription(1, span("s1", MARCH, APRIL), span("s1", APRIL, MAY), span("s2", MAY, null)));

        assertThat(Objects.requireNonNull(subscriptions.of("acme/sub_1", "s1", MARCH))
                        .getStartedAt())
                .isEqualTo(MARCH);
        assertThat(Objects.requireNonNull(subscriptions.of("acme/sub_1", "s1", MAY))
                        .getStartedAt())
                .isEqualTo(APRIL);
        assertThat(Objects.requireNonNull(subscriptions.of("acme/sub_1", "s2", MARCH))
                        .getStartedAt())
                .isEqualTo(MAY);
        assertThat(subscriptions.of("acme/sub_1", "s3", MARCH)).isNull();
        assertThat(subscriptions.of("acme/sub_2", "s1", MARCH)).isNull();
    }

    @Test
    void aSubscriptionThatChangesIsToldToThoseWhoLookItUp() {
        assertThat(subscriptions.timeline("acme/sub_1").at(MARCH)).isNull();

        publish(Topics.CONFIG_SUBSCRIPTIONS, "acme/sub_1", subscription(2, span("s1", MARCH, null)));
        publish(Topics.CONFIG_SUBSCRIPTIONS, "acme/sub_1", subscription(1, span("outdated", MARCH, null)));

        assertThat(changes).containsExactly("acme/sub_1");
        assertThat(Objects.requireNonNull(subscriptions.timeline("acme/sub_1").at(MARCH))
                        .getSubscriptionId())
                .isEqualTo("s1");

        publish(Topics.CONFIG_SUBSCRIPTIONS, "acme/sub_1", null);
        assertThat(subscriptions.timeline("acme/sub_1").at(MARCH)).isNull();
    }

    @Test
    void aChangeSaysWhenWhatWasInForceIsReplacedAndWhatElseIsAgreed() {
        publish(Topics.CONFIG_SUBSCRIPTIONS, "acme/sub_1", subscription(1, span("s1", MARCH, null)));
        publish(Topics.CONFIG_SUBSCRIPTIONS, "acme/sub_1", subscription(2, span("s1", MARCH, APRIL)));
        publish(Topics.CONFIG_SUBSCRIPTIONS, "acme/sub_1", subscription(3, span("s1", MARCH, APRIL)));
        publish(
                Topics.CONFIG_SUBSCRIPTIONS,
                "acme/sub_1",
                subscription(4, span("s2", MARCH, APRIL), span("s3", APRIL, null)));
        publish(Topics.CONFIG_SUBSCRIPTIONS, "acme/sub_1", null);

        assertThat(changed)
                .containsExactly(
                        new Subscriptions.Change(List.of(), List.of(new Timeline.Stretch(MARCH, null))),
                        new Subscriptions.Change(List.of(new Timeline.Stretch(APRIL, null)), List.of()),
                        new Subscriptions.Change(List.of(), List.of()),
                        new Subscriptions.Change(
                                List.of(new Timeline.Stretch(MARCH, APRIL)),
                                List.of(new Timeline.Stretch(MARCH, null))),
                        new Subscriptions.Change(List.of(), List.of()));
    }

    private final class LookUp implements Processor<String, Subscriptions.Change, Void, Void> {
        @Override
        public void init(ProcessorContext<Void, Void> context) {
            subscriptions = Subscriptions.of(context, configuration);
        }

        @Override
        public void process(Record<String, Subscriptions.Change> change) {
            changes.add(change.key());
            changed.add(change.value());
            subscriptions.forget(change.key());
        }
    }

    private MetricInForce metric(Instant time) {
        return Objects.requireNonNull(configuration.metrics("acme", "tokens").at(time));
    }

    private PlanInForce plan(Instant time) {
        return Objects.requireNonNull(configuration.plans("acme", "p1").at(time));
    }

    private <T extends SpecificRecord> void publish(Topic topic, String key, T value) {
        driver.createInputTopic(topic.name(), new StringSerializer(), new AvroSerializer<T>(registry, topic))
                .pipeInput(key, value, Instant.EPOCH);
    }

    private double undecodable(String topic) {
        return meters.get("millrace.configuration.undecodable")
                .tag("topic", topic)
                .counter()
                .count();
    }

    private static BillableMetric metric(long version, BillableMetricRevision... revisions) {
        return new BillableMetric("acme", "tokens", version, List.of(revisions));
    }

    private static BillableMetricRevision revision(Instant from, Instant to, String aggregation, String... models) {
        var declared = models.length == 0 ? List.of("small", "large") : List.of(models);
        return BillableMetricRevision.newBuilder()
                .setEffectiveFrom(from)
                .setEffectiveTo(to)
                .setBillableMetricId("m1")
                .setAggregationType(aggregation)
                .setFieldName("amount")
                .setFilters(List.of(new BillableMetricFilter("model", declared)))
                .build();
    }

    private static Plan plan(long version, Charge... charges) {
        var revision = new PlanRevision(null, null, 1, "monthly", "EUR", false, List.of(charges));
        return new Plan("acme", "p1", "basic", version, List.of(revision));
    }

    private static Charge charge(String id, String metric, String amount, ChargeFilter... filters) {
        return Charge.newBuilder()
                .setChargeId(id)
                .setBillableMetricId("m1")
                .setBillableMetricCode(metric)
                .setChargeModel("standard")
                .setProperties("{\"amount\": \"" + amount + "\"}")
                .setCreatedAt(MARCH)
                .setFilters(List.of(filters))
                .build();
    }

    private static Subscription subscription(long version, SubscriptionSpan... spans) {
        return new Subscription("acme", "sub_1", version, List.of(spans));
    }

    private static SubscriptionSpan span(String id, Instant from, Instant to) {
        return new SubscriptionSpan(id, "customer", "p1", from, to, from, "calendar", "UTC", "EUR");
    }
}
