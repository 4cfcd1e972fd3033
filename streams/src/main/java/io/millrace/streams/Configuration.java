package io.millrace.streams;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.config.BillableMetric;
import io.millrace.config.Plan;
import io.millrace.config.Subscription;
import io.millrace.config.SubscriptionSpan;
import io.millrace.registry.SchemaRegistry;
import io.millrace.topic.Keys;
import io.millrace.topic.Topics;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.streams.Topology;
import org.jspecify.annotations.Nullable;

/// What the control plane has agreed with customers, as a stream service sees it: metrics and plans whole,
/// subscriptions of the task's own partition. Everything is looked up as of a time.
///
/// One for each topology: its tables belong to that topology's global stores. Safe for use by many threads.
public final class Configuration {
    private final AtomicLong changes = new AtomicLong();
    private final GlobalTable<Timeline<MetricInForce>> metrics;
    private final GlobalTable<Timeline<PlanInForce>> plans;
    private final StoredValues<Subscription, Timeline<SubscriptionSpan>> subscriptions;

    public Configuration(SchemaRegistry registry, RegistryPatience patience, MeterRegistry meters) {
        this.metrics = new GlobalTable<>(
                Topics.CONFIG_BILLABLE_METRICS,
                new StoredValues<>(
                        Topics.CONFIG_BILLABLE_METRICS,
                        registry,
                        patience,
                        meters,
                        BillableMetric::getVersion,
                        MetricInForce::compile),
                changes);
        this.plans = new GlobalTable<>(
                Topics.CONFIG_PLANS,
                new StoredValues<>(
                        Topics.CONFIG_PLANS, registry, patience, meters, Plan::getVersion, PlanInForce::compile),
                changes);
        this.subscriptions = new StoredValues<>(
                Topics.CONFIG_SUBSCRIPTIONS,
                registry,
                patience,
                meters,
                Subscription::getVersion,
                Configuration::spans);
    }

    /// Adds the global stores of metrics and plans.
    public void addTo(Topology topology) {
        metrics.addTo(topology);
        plans.addTo(topology);
    }

    /// The metrics that ever held under this code; empty where none is known (yet).
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    public Timeline<MetricInForce> metrics(String organizationId, String code) {
        var timeline = metrics.get(Keys.metric(organizationId, code));
        return timeline == null ? Timeline.empty() : timeline;
    }

    /// The revisions of a plan; empty where it is not known (yet).
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    public Timeline<PlanInForce> plans(String organizationId, String planId) {
        var timeline = plans.get(Keys.plan(organizationId, planId));
        return timeline == null ? Timeline.empty() : timeline;
    }

    /// One revision of a plan, or null where it is not known (yet): what an event was resolved by stays its price,
    /// whatever has been agreed since.
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    public @Nullable PlanInForce plan(String organizationId, String planId, int revision) {
        for (var span : plans(organizationId, planId).spans()) {
            if (span.value().revision() == revision) return span.value();
        }
        return null;
    }

    /// How often a metric or a plan has changed since the start: whoever waits for one need not look again before
    /// this has risen.
    public long changes() {
        return changes.get();
    }

    /// How far the topics of metrics and plans have been read: whatever is looked up after this was asked is as of
    /// there, or newer.
    public Read read() {
        return new Read(metrics.read(), plans.read());
    }

    /// Offsets, exclusive.
    ///
    /// @param metrics in `config_billable_metrics`
    /// @param plans in `config_plans`
    public record Read(long metrics, long plans) {
        public static final Read NOTHING = new Read(0, 0);

        /// What both have read.
        public Read least(Read other) {
            return new Read(Math.min(metrics, other.metrics), Math.min(plans, other.plans));
        }
    }

    StoredValues<Subscription, Timeline<SubscriptionSpan>> subscriptions() {
        return subscriptions;
    }

    private static Timeline<SubscriptionSpan> spans(Subscription subscription) {
        return Timeline.of(subscription.getSpans().stream()
                .map(span -> new Timeline.Span<>(span.getStartedAt(), span.getTerminatedAt(), span))
                .toList());
    }
}
