package io.millrace.enricher;

import static io.millrace.enricher.Bench.planRevision;

import io.millrace.config.BillableMetric;
import io.millrace.config.BillableMetricRevision;
import io.millrace.config.Charge;
import io.millrace.config.Plan;
import io.millrace.config.PlanRevision;
import io.millrace.config.Subscription;
import io.millrace.config.SubscriptionSpan;
import io.millrace.event.RawEvent;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;

/// One organization on a [Bench] or a [Pipeline]: what it has agreed by now, each thing by its key, and the
/// events that it has sent.
final class Seller {
    final String organization;
    private final Publisher publisher;
    private final Consumer<RawEvent> sender;
    private final Map<String, BillableMetric> metrics = new HashMap<>();
    private final Map<String, Plan> plans = new HashMap<>();
    private final Map<String, Subscription> subscriptions = new HashMap<>();
    private final List<RawEvent> sent = new ArrayList<>();
    private long version;

    private interface Publisher {
        void publish(Topic topic, String key, SpecificRecord value);
    }

    Seller(Bench bench, String organization) {
        this(bench::publish, event -> bench.send(RawEvent.newBuilder(event)), organization);
    }

    Seller(Pipeline pipeline, String organization) {
        this(pipeline::publish, pipeline::send, organization);
    }

    private Seller(Publisher publisher, Consumer<RawEvent> sender, String organization) {
        this.publisher = publisher;
        this.sender = sender;
        this.organization = organization;
    }

    Seller metric(String code, BillableMetricRevision... revisions) {
        var metric = new BillableMetric(organization, code, ++version, List.of(revisions));
        return publish(Topics.CONFIG_BILLABLE_METRICS, Keys.metric(organization, code), metric, metrics);
    }

    Seller plan(String id, Charge... charges) {
        return plan(id, planRevision(1, null, null, charges));
    }

    Seller plan(String id, PlanRevision... revisions) {
        var plan = new Plan(organization, id, id, ++version, List.of(revisions));
        return publish(Topics.CONFIG_PLANS, Keys.plan(organization, id), plan, plans);
    }

    Seller subscription(String id, SubscriptionSpan... spans) {
        var subscription = new Subscription(organization, id, ++version, List.of(spans));
        return publish(Topics.CONFIG_SUBSCRIPTIONS, Keys.subscription(organization, id), subscription, subscriptions);
    }

    Seller send(List<RawEvent.Builder> events) {
        events.forEach(this::send);
        return this;
    }

    Seller send(RawEvent.Builder event) {
        var built = RawEvent.newBuilder(event).setOrganizationId(organization).build();
        sender.accept(built);
        sent.add(built);
        return this;
    }

    Map<String, BillableMetric> metrics() {
        return metrics;
    }

    Map<String, Plan> plans() {
        return plans;
    }

    Map<String, Subscription> subscriptions() {
        return subscriptions;
    }

    List<RawEvent> sent() {
        return sent;
    }

    /// Publishes on another bench what is agreed in the end.
    void agreeOn(Bench other) {
        metrics.forEach((key, metric) -> other.publish(Topics.CONFIG_BILLABLE_METRICS, key, metric));
        plans.forEach((key, plan) -> other.publish(Topics.CONFIG_PLANS, key, plan));
        subscriptions.forEach((key, subscription) -> other.publish(Topics.CONFIG_SUBSCRIPTIONS, key, subscription));
    }

    private <T extends SpecificRecord> Seller publish(Topic topic, String key, T value, Map<String, T> agreed) {
        publisher.publish(topic, key, value);
        agreed.put(key, value);
        return this;
    }
}
