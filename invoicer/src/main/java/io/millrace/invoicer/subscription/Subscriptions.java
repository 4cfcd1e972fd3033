package io.millrace.invoicer.subscription;

import io.micronaut.data.model.Page;
import io.micronaut.data.model.Pageable;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.config.SubscriptionSpan;
import io.millrace.invoicer.audit.Activities;
import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.catalog.Plans;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.outbox.ConfigurationTopic;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.rating.period.BillingTime;
import io.millrace.topic.Keys;
import io.millrace.topic.Topic;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/// Who has agreed to which plan, from when to when.
@Singleton
public class Subscriptions implements ConfigurationTopic {
    static final String RESOURCE = "subscription";
    static final List<String> STATUSES =
            List.of(Subscription.PENDING, Subscription.ACTIVE, Subscription.TERMINATED, Subscription.CANCELED);
    private static final List<String> IN_FORCE = List.of(Subscription.PENDING, Subscription.ACTIVE);
    private static final List<String> BILLING_TIMES = List.of("calendar", "anniversary");

    private final SubscriptionRepository subscriptions;
    private final Customers customers;
    private final Plans plans;
    private final Outbox outbox;
    private final Activities activities;
    private final Clocks clocks;

    Subscriptions(
            SubscriptionRepository subscriptions,
            Customers customers,
            Plans plans,
            Outbox outbox,
            Activities activities,
            Clocks clocks) {
        this.subscriptions = subscriptions;
        this.customers = customers;
        this.plans = plans;
        this.outbox = outbox;
        this.activities = activities;
        this.clocks = clocks;
    }

    /// Subscribes a customer to a plan. The same subscription to the same plan again is no change.
    @Transactional
    Subscription create(UUID organization, Fields fields) {
        var externalCustomerId = fields.requiredName("external_customer_id");
        var externalId = fields.requiredName("external_id");
        var planCode = fields.requiredName("plan_code");
        var plan = plans.byCode(organization, planCode).orElse(null);
        if (plan == null && !planCode.isEmpty()) throw new Refusal.NotFound("plan");
        var billingTime = fields.oneOf("billing_time", BILLING_TIMES);
        var subscriptionAt = fields.instant("subscription_at");
        var endingAt = fields.instant("ending_at");
        var name = fields.name("name");
        refuseWhatWouldBeBilledWrongly(fields);
        fields.refuseViolations();
        if (plan == null) throw new Refusal.NotFound("plan");

        // From here on, changes of this subscription wait for each other.
        publish(organization, externalId);
        var customer = customers.findOrCreate(organization, externalCustomerId);
        customers.useCurrency(customer, plan.last().amountCurrency());
        var inForce = findFirst(organization, externalId, IN_FORCE);
        if (inForce.isPresent()) return existing(inForce.get(), customer, plan);

        var now = customers.now(customer);
        var wanted = subscriptionAt == null ? now : subscriptionAt;
        if (endingAt != null && !(endingAt.isAfter(now) && endingAt.isAfter(wanted))) {
            throw new Refusal.Invalid("ending_at", "invalid_date");
        }
        var started = afterPredecessor(organization, externalId, wanted);
        var schedule = Schedule.of(
                plan.last(),
                BillingTime.parse(billingTime == null ? "calendar" : billingTime),
                wanted,
                customer.zone(),
                endingAt);
        // By local dates: what starts later today has started.
        boolean pending =
                LocalDate.ofInstant(started, customer.zone()).isAfter(LocalDate.ofInstant(now, customer.zone()));
        var billedUntil = pending ? null : schedule.firstBilledFrom(started, now);
        return subscriptions.save(new Subscription(
                UUID.randomUUID(),
                organization,
                customer.id(),
                plan.plan().id(),
                externalId,
                name,
                pending ? Subscription.PENDING : Subscription.ACTIVE,
                billingTime == null ? "calendar" : billingTime,
                wanted,
                pending ? null : started,
                endingAt,
                null,
                null,
                "generate",
                billedUntil,
                billedUntil == null ? started : schedule.nextBillingAt(billedUntil),
                clocks.system()));
    }

    /// Ends an active subscription now, by the customer's clock, or cancels a pending one.
    ///
    /// @param status of the subscription that is meant: active or pending
    @Transactional
    Subscription terminate(UUID organization, String externalId, String status, String onTerminationInvoice) {
        publish(organization, externalId);
        var found =
                findFirst(organization, externalId, List.of(status)).orElseThrow(() -> new Refusal.NotFound(RESOURCE));
        var now = customers.now(customers.get(found.customerId()));
        return subscriptions.update(
                found.isPending()
                        ? Transitions.canceled(found, now)
                        : Transitions.terminated(found, now, onTerminationInvoice));
    }

    Subscription find(UUID organization, String externalId, String status) {
        return findFirst(organization, externalId, List.of(status)).orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    /// The active subscription of that name; empty where there is none.
    public Optional<Subscription> active(UUID organization, String externalId) {
        return findFirst(organization, externalId, List.of(Subscription.ACTIVE));
    }

    /// When the active subscription of that name began; empty where there is none.
    public Optional<Instant> startedAt(UUID organization, String externalId) {
        return active(organization, externalId).map(Subscription::startedAt);
    }

    Page<Subscription> list(
            UUID organization, @Nullable String externalCustomerId, Collection<String> statuses, Pageable asked) {
        if (externalCustomerId == null) {
            return subscriptions.findByOrganizationIdAndStatusInOrderByCreatedAtDesc(organization, statuses, asked);
        }
        return customers
                .find(organization, externalCustomerId)
                .map(customer -> subscriptions.findByOrganizationIdAndCustomerIdAndStatusInOrderByCreatedAtDesc(
                        organization, customer.id(), statuses, asked))
                .orElseGet(() -> Page.of(List.of(), asked, 0L));
    }

    public Map<UUID, Subscription> byId(Collection<UUID> ids) {
        var found = new HashMap<UUID, Subscription>();
        if (!ids.isEmpty()) {
            subscriptions.findByIdIn(ids).forEach(subscription -> found.put(subscription.id(), subscription));
        }
        return found;
    }

    /// Locks the customer's subscriptions that are due at exactly that time until the transaction ends; those
    /// that another instance has locked are left to it.
    public List<Subscription> claim(UUID customerId, Instant dueAt) {
        return subscriptions.claim(customerId, dueAt);
    }

    /// Lets a pending subscription begin.
    public Subscription activate(Subscription pending, PlanHistory plan, ZoneId zone) {
        publish(pending.organizationId(), pending.externalId());
        var active = subscriptions.update(Transitions.activated(pending, Schedule.of(pending, plan.last(), zone)));
        moved("subscription.started", pending, active);
        return active;
    }

    /// Moves the cursor past what has been billed, and ends the subscription if that was its last.
    public Subscription billed(Subscription subscription, Instant until, PlanHistory plan, ZoneId zone) {
        var after = Transitions.billed(subscription, until, Schedule.of(subscription, plan.last(), zone));
        if (!after.status().equals(subscription.status())) {
            publish(after.organizationId(), after.externalId());
            moved("subscription.terminated", subscription, after);
        }
        return subscriptions.update(after);
    }

    /// Notes what nobody asked for: it was due.
    private void moved(String type, Subscription before, Subscription after) {
        activities.bySystem(
                after.organizationId(),
                type,
                RESOURCE,
                after.id(),
                Map.of("status", before.status()),
                Map.of(
                        "lago_id",
                        after.id().toString(),
                        "external_id",
                        after.externalId(),
                        "external_customer_id",
                        customers.get(after.customerId()).externalId(),
                        "status",
                        after.status()));
    }

    private static Subscription existing(Subscription subscription, Customer customer, PlanHistory plan) {
        if (!subscription.customerId().equals(customer.id())) {
            throw new Refusal.Invalid("external_id", "value_already_exist");
        }
        if (!subscription.planId().equals(plan.plan().id())) {
            throw new Refusal.Invalid("plan_code", "feature_unavailable");
        }
        return subscription;
    }

    /// Spans of one external id do not overlap: a new one starts at the earliest where the last one ended.
    private Instant afterPredecessor(UUID organization, String externalId, Instant wanted) {
        return findFirst(organization, externalId, List.of(Subscription.TERMINATED))
                .map(Subscription::terminatedAt)
                .filter(ended -> ended.isAfter(wanted))
                .orElse(wanted);
    }

    /// Accepted by the contract, but an invoice would not follow it: better refused than billed wrongly.
    private static void refuseWhatWouldBeBilledWrongly(Fields fields) {
        if (!fields.tree("plan_overrides").isEmpty()) fields.violated("plan_overrides", "feature_unavailable");
        for (var name : List.of("usage_thresholds", "activation_rules")) {
            var objects = fields.objects(name);
            if (objects != null && !objects.isEmpty()) fields.violated(name, "feature_unavailable");
        }
    }

    private Optional<Subscription> findFirst(UUID organization, String externalId, Collection<String> statuses) {
        return subscriptions
                .findByOrganizationIdAndExternalIdAndStatusInOrderByCreatedAtDesc(organization, externalId, statuses)
                .stream()
                .findFirst();
    }

    private void publish(UUID organization, String externalId) {
        outbox.changed(topic(), Keys.subscription(organization.toString(), externalId), organization);
    }

    @Override
    public Topic topic() {
        return Topics.CONFIG_SUBSCRIPTIONS;
    }

    @Override
    public SpecificRecord value(UUID organizationId, String key, long version) {
        var externalId = key.substring(key.indexOf('/') + 1);
        var spans = new ArrayList<SubscriptionSpan>();
        for (var subscription : subscriptions.findByOrganizationIdAndExternalIdAndStatusInOrderByCreatedAtDesc(
                organizationId,
                externalId,
                List.of(Subscription.PENDING, Subscription.ACTIVE, Subscription.TERMINATED))) {
            span(subscription).ifPresent(spans::add);
        }
        spans.sort(Comparator.comparing(SubscriptionSpan::getStartedAt));
        return io.millrace.config.Subscription.newBuilder()
                .setOrganizationId(organizationId.toString())
                .setExternalSubscriptionId(externalId)
                .setVersion(version)
                .setSpans(spans)
                .build();
    }

    /// A pending subscription is told too, so that usage right after its start waits for nothing; one that
    /// ended before it started never was.
    private Optional<SubscriptionSpan> span(Subscription subscription) {
        var started = subscription.startedAt() == null ? subscription.subscriptionAt() : subscription.startedAt();
        var end = subscription.end();
        if (end != null && !started.isBefore(end)) return Optional.empty();
        var customer = customers.get(subscription.customerId());
        var currency = customer.currency();
        return Optional.of(SubscriptionSpan.newBuilder()
                .setSubscriptionId(subscription.id().toString())
                .setExternalCustomerId(customer.externalId())
                .setPlanId(subscription.planId().toString())
                .setStartedAt(started)
                .setTerminatedAt(end)
                .setSubscriptionAt(subscription.subscriptionAt())
                .setBillingTime(subscription.billingTime())
                .setTimezone(customer.zoneName())
                .setCurrency(currency == null ? "" : currency)
                .build());
    }
}
