package io.millrace.invoicer.subscription;

import io.micronaut.http.HttpRequest;
import io.micronaut.transaction.TransactionDefinition.Propagation;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.config.SubscriptionSpan;
import io.millrace.invoicer.audit.Activities;
import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.catalog.PlanOverrides;
import io.millrace.invoicer.catalog.Plans;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Listed;
import io.millrace.invoicer.contract.Lists;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.contract.Selection;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.outbox.ConfigurationTopic;
import io.millrace.invoicer.outbox.Outbox;
import io.millrace.invoicer.webhook.Webhooks;
import io.millrace.rating.subscription.PlanChange;
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
import java.util.Objects;
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
    private static final List<String> BILLING_TIMES = List.of("calendar", "anniversary");

    private final SubscriptionRepository subscriptions;
    private final SubscriptionObjects objects;
    private final Customers customers;
    private final Plans plans;
    private final Outbox outbox;
    private final Webhooks webhooks;
    private final Notices notices;
    private final Activities activities;
    private final Clocks clocks;
    private final Lists lists;

    Subscriptions(
            SubscriptionRepository subscriptions,
            SubscriptionObjects objects,
            Customers customers,
            Plans plans,
            Outbox outbox,
            Webhooks webhooks,
            Notices notices,
            Activities activities,
            Clocks clocks,
            Lists lists) {
        this.subscriptions = subscriptions;
        this.objects = objects;
        this.customers = customers;
        this.plans = plans;
        this.outbox = outbox;
        this.webhooks = webhooks;
        this.notices = notices;
        this.activities = activities;
        this.clocks = clocks;
        this.lists = lists;
    }

    /// What holds under an external id.
    ///
    /// @param pending the active one's successor, or on its own
    private record InForce(
            @Nullable Subscription active, @Nullable Subscription pending) {
        @Nullable
        Subscription current() {
            return active == null ? pending : active;
        }
    }

    /// Subscribes a customer to a plan, or an existing subscription to another plan. The same subscription to the
    /// same plan again is no change.
    ///
    /// @return the subscription; of a downgrade, the active one
    @Transactional
    Subscription create(UUID organization, Fields fields) {
        var externalCustomerId = fields.requiredName("external_customer_id");
        var externalId = fields.requiredName("external_id");
        var planCode = fields.requiredName("plan_code");
        var plan = plans.byCode(organization, planCode).orElse(null);
        if (plan == null && !planCode.isEmpty()) throw new Refusal.NotFound("plan");
        fields.oneOf("billing_time", BILLING_TIMES);
        fields.instant("subscription_at");
        fields.instant("ending_at");
        fields.name("name");
        var overrides = plan == null ? null : plans.overrides(plan, fields, false);
        refuseWhatWouldBeBilledWrongly(fields);
        fields.refuseViolations();
        if (plan == null) throw new Refusal.NotFound("plan");

        // Locks in the order in which a billing run takes them; from here on, changes of this subscription wait for
        // each other.
        subscriptions.lockInForce(organization, externalId);
        var customer = customers.findOrCreate(organization, externalCustomerId);
        customers.useCurrency(customer, plan.last().amountCurrency());
        publish(organization, externalId);
        var inForce = inForce(organization, externalId);
        var current = inForce.current();
        if (current == null) return subscribed(customer, externalId, agreed(plan, overrides), fields);
        if (!current.customerId().equals(customer.id())) {
            throw new Refusal.Invalid("external_id", "value_already_exist");
        }
        if (isOn(current, plan)) return unchanged(current, overrides);
        refuseOther(fields, current);
        if (current.isPending()) return replanned(current, agreed(plan, overrides), fields);
        var pending = inForce.pending();
        if (pending != null && isOn(pending, plan)) {
            unchanged(pending, overrides);
            return current;
        }
        return succeeded(inForce, customer, agreed(plan, overrides), fields);
    }

    private PlanHistory agreed(PlanHistory plan, @Nullable PlanOverrides overrides) {
        return overrides == null ? plan : plans.override(plan, overrides, null);
    }

    /// The same plan again. Who wants it otherwise has to say so of that subscription.
    private Subscription unchanged(Subscription current, @Nullable PlanOverrides overrides) {
        if (overrides != null && !overrides.isSameAs(plans.history(current.planId()))) {
            throw new Refusal.Invalid("plan_overrides", "feature_unavailable");
        }
        return current;
    }

    private Subscription subscribed(Customer customer, String externalId, PlanHistory plan, Fields fields) {
        var now = customers.now(customer);
        var subscriptionAt = fields.instant("subscription_at");
        var wanted = subscriptionAt == null ? now : subscriptionAt;
        var billingTime = fields.oneOf("billing_time", BILLING_TIMES);
        var endingAt = fields.instant("ending_at");
        var starts = afterPredecessor(customer.organizationId(), externalId, wanted);
        var pending = Subscription.pending(
                customer.organizationId(),
                customer.id(),
                plan.plan().id(),
                externalId,
                fields.name("name"),
                billingTime == null ? "calendar" : billingTime,
                wanted,
                starts,
                endingAt,
                null,
                clocks.system());
        refuseEnding(pending, customer);
        pending = subscriptions.save(pending);
        // By local dates: what starts later today has started.
        boolean isLater =
                LocalDate.ofInstant(starts, customer.zone()).isAfter(LocalDate.ofInstant(now, customer.zone()));
        return isLater ? pending : begin(pending, null, customer, now);
    }

    /// One that has not begun yet takes another plan.
    private Subscription replanned(Subscription pending, PlanHistory plan, Fields fields) {
        var change = new Change(pending);
        change.planId = plan.plan().id();
        if (fields.has("name")) change.name = fields.name("name");
        if (fields.has("ending_at")) change.endingAt = fields.instant("ending_at");
        var changed = change.made();
        refuseEnding(changed, customers.get(pending.customerId()));
        return told("subscription.updated", subscriptions.update(changed));
    }

    /// Another subscription takes over from the active one: at once, or at the end of its period.
    private Subscription succeeded(InForce inForce, Customer customer, PlanHistory plan, Fields fields) {
        var active = inForce.active();
        if (active == null) throw new IllegalStateException("only an active subscription has a successor");
        var pending = inForce.pending();
        if (plans.carriesUsageOver(plan)) throw new Refusal.Invalid("plan_code", "feature_unavailable");

        var now = customers.now(customer);
        var old = plans.history(active.planId());
        var change = PlanChange.of(old.last().price(), plan.last().price());
        var at = change.startsAt(
                now.isBefore(active.begins()) ? active.begins() : now,
                schedule(active, customer).fee());
        if (change == PlanChange.UPGRADE && leavesPaidDays(active, customer, at, true)) {
            throw new Refusal.Invalid("plan_code", "feature_unavailable");
        }
        var ends = active.endingAt();
        if (ends != null && ends.isBefore(at)) throw new Refusal.Invalid("ending_at", "invalid_date");
        var successor = Transitions.successor(
                active,
                plan.plan().id(),
                at,
                fields.has("name") ? fields.name("name") : active.name(),
                fields.has("ending_at") ? fields.instant("ending_at") : ends,
                clocks.system());
        refuseEnding(successor, customer);
        if (pending != null) cancel(pending, now);
        successor = subscriptions.save(successor);
        return switch (change) {
            case UPGRADE -> begin(successor, active, customer, at);
            case DOWNGRADE -> told("subscription.updated", active);
        };
    }

    /// Changes the fields of a subscription that the request names.
    ///
    /// @param status of the subscription that is meant: active or pending
    @Transactional
    Subscription update(UUID organization, String externalId, String status, Fields fields) {
        var name = fields.name("name");
        var endingAt = fields.instant("ending_at");
        var subscriptionAt = fields.instant("subscription_at");
        refuseWhatWouldBeBilledWrongly(fields);
        var inForce = locked(organization, externalId);
        var found = status.equals(Subscription.PENDING) ? inForce.pending() : inForce.active();
        if (found == null) throw new Refusal.NotFound(RESOURCE);
        // What has begun keeps its anniversary, and so does a successor.
        boolean mayMove = found.isPending() && found.previousSubscriptionId() == null;
        if (subscriptionAt != null && !mayMove && !subscriptionAt.equals(found.subscriptionAt())) {
            fields.violated("subscription_at", "value_is_invalid");
        }
        var plan = plans.history(found.planId());
        var overrides = plans.overrides(plan, fields, found.isActive());
        fields.refuseViolations();
        var customer = customers.get(found.customerId());
        var now = customers.now(customer);
        var change = new Change(found);
        if (overrides != null && !overrides.isSameAs(plan)) override(change, found, plan, overrides, now);
        if (fields.has("name")) change.name = name;
        if (fields.has("ending_at")) change.endingAt = endingAt;
        if (subscriptionAt != null && mayMove) {
            change.subscriptionAt = subscriptionAt;
            change.nextBillingAt = afterPredecessor(organization, externalId, subscriptionAt);
        }
        var changed = change.made();
        if (!Objects.equals(changed.endingAt(), found.endingAt())
                || !changed.begins().equals(found.begins())) {
            refuseEnding(changed, customer);
        }
        if (changed.isActive()) {
            var schedule = schedule(changed, customer);
            changed = Transitions.endingAt(changed, schedule);
            notices.plan(changed, schedule, now);
        }
        boolean begins = changed.isPending() && !changed.begins().isAfter(now);
        changed = told("subscription.updated", subscriptions.update(changed));
        return begins ? begin(changed, null, customer, now) : changed;
    }

    /// One that runs keeps what it was before: its usage so far is counted already.
    private void override(Change change, Subscription found, PlanHistory plan, PlanOverrides overrides, Instant now) {
        boolean hasRun = found.isActive() && found.begins().isBefore(now);
        boolean isFirst = plan.plan().parentId() == null;
        change.planId = plans.override(plan, overrides, hasRun || !isFirst ? now : null)
                .plan()
                .id();
        if (hasRun && isFirst) change.overriddenAt = now;
    }

    /// Ends an active subscription now, by the customer's clock, or cancels a pending one.
    ///
    /// @param status of the subscription that is meant: active or pending
    @Transactional
    Subscription terminate(
            UUID organization,
            String externalId,
            String status,
            String onTerminationInvoice,
            String onTerminationCreditNote) {
        var inForce = locked(organization, externalId);
        var found = status.equals(Subscription.PENDING) ? inForce.pending() : inForce.active();
        if (found == null) throw new Refusal.NotFound(RESOURCE);
        var customer = customers.get(found.customerId());
        var now = customers.now(customer);
        if (found.isPending()) return cancel(found, now);
        if (!onTerminationCreditNote.equals(Subscription.SKIP) && leavesPaidDays(found, customer, now, false)) {
            throw new Refusal.Invalid("on_termination_credit_note", "feature_unavailable");
        }
        boolean isPaidInAdvance = plans.history(found.planId()).last().payInAdvance();
        var creditNote = isPaidInAdvance ? onTerminationCreditNote : null;
        return end(Transitions.terminated(found, now, onTerminationInvoice, creditNote), inForce.pending());
    }

    /// Lets a pending subscription begin, in place of the active one if it is its successor.
    ///
    /// @param agreedAt by the customer's clock; when it begins, unless that is in the past
    private Subscription begin(
            Subscription pending, @Nullable Subscription active, Customer customer, Instant agreedAt) {
        var at = pending.begins();
        if (active != null) ended(Transitions.handedOver(active, at));
        var schedule = schedule(pending, customer);
        var begun = subscriptions.update(Transitions.begun(pending, at, agreedAt, schedule));
        notices.plan(begun, schedule, agreedAt);
        return told("subscription.started", begun);
    }

    private Subscription end(Subscription terminated, @Nullable Subscription successor) {
        if (successor != null) cancel(successor, Objects.requireNonNull(terminated.end()));
        return ended(terminated);
    }

    private Subscription ended(Subscription terminated) {
        notices.forget(terminated, Objects.requireNonNull(terminated.end()));
        return told("subscription.terminated", subscriptions.update(terminated));
    }

    private Subscription cancel(Subscription pending, Instant now) {
        return told("subscription.canceled", subscriptions.update(Transitions.canceled(pending, now)));
    }

    private Subscription told(String webhookType, Subscription subscription) {
        webhooks.tell(
                subscription.organizationId(),
                webhookType,
                RESOURCE,
                subscription.id(),
                () -> objects.of(subscription));
        return subscription;
    }

    /// Locks what holds under an external id until the transaction ends, as of now by the customer's clock.
    private InForce locked(UUID organization, String externalId) {
        subscriptions.lockInForce(organization, externalId);
        publish(organization, externalId);
        return inForce(organization, externalId);
    }

    /// What holds now: what is due by then and has not happened yet, happens.
    private InForce inForce(UUID organization, String externalId) {
        var inForce = read(organization, externalId);
        var current = inForce.current();
        if (current == null) return inForce;
        var customer = customers.get(current.customerId());
        var now = customers.now(customer);
        var active = inForce.active();
        var pending = inForce.pending();
        var ends = active == null ? null : active.endingAt();
        boolean endsFirst = pending == null || (ends != null && ends.isBefore(pending.begins()));
        if (active != null && ends != null && endsFirst && !ends.isAfter(now)) {
            end(Transitions.ended(active, ends), pending);
        } else if (pending != null && !pending.begins().isAfter(now)) {
            begin(pending, active, customer, pending.begins());
        } else {
            return inForce;
        }
        return inForce(organization, externalId);
    }

    private InForce read(UUID organization, String externalId) {
        var found = subscriptions.lockInForce(organization, externalId);
        return new InForce(
                found.stream().filter(Subscription::isActive).findFirst().orElse(null),
                found.stream().filter(Subscription::isPending).findFirst().orElse(null));
    }

    /// Deletes a customer and ends its subscriptions: active ones are terminated and billed, pending ones canceled.
    ///
    /// @throws Refusal.NotFound if there is none
    @Transactional
    Customer deleteCustomer(UUID organization, String externalCustomerId) {
        var customer =
                customers.find(organization, externalCustomerId).orElseThrow(() -> new Refusal.NotFound("customer"));
        // Before the customer, as a billing run locks them: else each might wait for the other.
        var inForce = subscriptions.lockInForceOf(customer.id());
        var deleted = customers.delete(organization, externalCustomerId);
        for (var subscription : inForce) {
            var now = locked(organization, subscription.externalId());
            var status = now.active() == null ? Subscription.PENDING : Subscription.ACTIVE;
            // The end of one cancels its successor.
            if (now.current() != null) terminate(organization, subscription.externalId(), status, "generate", "credit");
        }
        return deleted;
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

    Listed<Subscription> list(
            UUID organization,
            @Nullable String externalCustomerId,
            Collection<String> statuses,
            HttpRequest<?> request) {
        var selection = Selection.of("subscriptions", organization).whereOneOf("t.status", statuses);
        if (externalCustomerId != null) selection.ofCustomer(externalCustomerId);
        var parameters = Fields.ofParameters(request);
        var externalId = parameters.text("external_id");
        if (externalId != null) selection.where("t.external_id = ?", externalId);
        var planCode = parameters.text("plan_code");
        if (planCode != null) {
            selection.where(
                    "t.plan_id in (select p.id from plans p where p.organization_id = ? and p.code = ?)",
                    organization,
                    planCode);
        }
        var currency = parameters.text("currency");
        if (currency != null) {
            selection.where(
                    "exists (select 1 from plan_revisions r where r.plan_id = t.plan_id and r.amount_currency = ?)",
                    currency);
        }
        selection.ofBillingEntities(parameters);
        var overridden = parameters.text("overridden");
        if (overridden != null && !overridden.isEmpty()) {
            selection.where(
                    "exists (select 1 from plans p where p.id = t.plan_id and p.parent_id is not null) = ?",
                    overridden.equals("true"));
        }
        return lists.list(Subscription.class, selection, request);
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

    /// Lets what is pending under an external id begin, if it is due by the customer's clock.
    @Transactional(propagation = Propagation.MANDATORY)
    public void beginDue(Subscription pending) {
        var begun = locked(pending.organizationId(), pending.externalId()).active();
        if (begun != null && begun.id().equals(pending.id())) moved("subscription.started", pending, begun);
    }

    /// Moves the cursor past a bill, and ends the subscription if that was its last.
    ///
    /// @param at when the bill was due
    @Transactional(propagation = Propagation.MANDATORY)
    public void billed(Subscription subscription, Instant at, PlanHistory plan, ZoneId zone) {
        var after = Transitions.billed(subscription, at, Schedule.of(subscription, plan.last(), zone));
        if (after.status().equals(subscription.status())) {
            subscriptions.update(after);
            return;
        }
        publish(after.organizationId(), after.externalId());
        moved("subscription.terminated", subscription, after);
        end(after, read(after.organizationId(), after.externalId()).pending());
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

    /// What a plan change cannot change: the contract takes it, but bills would go on as before.
    private static void refuseOther(Fields fields, Subscription current) {
        var billingTime = fields.oneOf("billing_time", BILLING_TIMES);
        if (billingTime != null && !billingTime.equals(current.billingTime())) {
            fields.violated("billing_time", "value_is_invalid");
        }
        var subscriptionAt = fields.instant("subscription_at");
        if (subscriptionAt != null && !subscriptionAt.equals(current.subscriptionAt())) {
            fields.violated("subscription_at", "value_is_invalid");
        }
        fields.refuseViolations();
    }

    /// @throws Refusal.Invalid if it would end before it begins or before now, or leave days that are paid
    private void refuseEnding(Subscription subscription, Customer customer) {
        var endingAt = subscription.endingAt();
        if (endingAt == null) return;
        if (!endingAt.isAfter(subscription.begins()) || !endingAt.isAfter(customers.now(customer))) {
            throw new Refusal.Invalid("ending_at", "invalid_date");
        }
        if (leavesPaidDays(subscription, customer, endingAt, false)) {
            throw new Refusal.Invalid("ending_at", "feature_unavailable");
        }
    }

    /// True if days are paid in advance, or will be by then, that are not used if the subscription ends then: they
    /// would have to be given back by a credit note.
    private boolean leavesPaidDays(Subscription subscription, Customer customer, Instant end, boolean handedOver) {
        boolean isFree = plans.history(subscription.planId()).revisions().stream()
                .allMatch(revision -> revision.amountCents() == 0);
        return !isFree
                && schedule(subscription, customer).leavesPaidDays(end, handedOver, subscription.nextBillingAt());
    }

    private Schedule schedule(Subscription subscription, Customer customer) {
        var first = subscription.firstStartedAt();
        if (first == null) {
            first = subscriptions
                    .firstStart(customer.id(), subscription.externalId())
                    .orElse(subscription.begins());
        }
        return Schedule.of(subscription, plans.history(subscription.planId()).last(), customer.zone(), first);
    }

    private boolean isOn(Subscription subscription, PlanHistory plan) {
        return plans.history(subscription.planId())
                .plan()
                .catalogueId()
                .equals(plan.plan().id());
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
        if (!fields.flag("consolidate_invoice", true)) fields.violated("consolidate_invoice", "feature_unavailable");
        for (var name : List.of("purchase_order_number", "invoice_custom_section", "payment_method")) {
            if (fields.isPresent(name)) fields.violated(name, "feature_unavailable");
        }
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
        var agreed = new ArrayList<>(subscriptions.findByOrganizationIdAndExternalIdAndStatusInOrderByCreatedAtDesc(
                organizationId,
                externalId,
                List.of(Subscription.PENDING, Subscription.ACTIVE, Subscription.TERMINATED)));
        agreed.sort(Comparator.comparing(Subscription::begins).thenComparing(Subscription::createdAt));
        var spans = new ArrayList<SubscriptionSpan>();
        for (int i = 0; i < agreed.size(); i++) {
            boolean isLast = i == agreed.size() - 1;
            spans.addAll(spans(agreed.get(i), isLast ? null : agreed.get(i + 1).begins()));
        }
        return io.millrace.config.Subscription.newBuilder()
                .setOrganizationId(organizationId.toString())
                .setExternalSubscriptionId(externalId)
                .setVersion(version)
                .setSpans(spans)
                .build();
    }

    /// A pending subscription is told too, so that usage right after its start waits for nothing; one that
    /// ended before it started never was.
    ///
    /// @param next when the next one begins, which this one is told to end by; null if there is none
    private List<SubscriptionSpan> spans(Subscription subscription, @Nullable Instant next) {
        var started = subscription.begins();
        var end = subscription.end();
        if (next != null && (end == null || next.isBefore(end))) end = next;
        var overridden = subscription.overriddenAt();
        var spans = new ArrayList<SubscriptionSpan>();
        if (overridden != null && overridden.isAfter(started) && (end == null || overridden.isBefore(end))) {
            var before = plans.history(subscription.planId()).plan().catalogueId();
            spans.add(span(subscription, before, started, overridden));
            started = overridden;
        }
        if (end == null || started.isBefore(end)) spans.add(span(subscription, subscription.planId(), started, end));
        return spans;
    }

    private SubscriptionSpan span(Subscription subscription, UUID planId, Instant from, @Nullable Instant to) {
        var customer = customers.get(subscription.customerId());
        var currency = customer.currency();
        return SubscriptionSpan.newBuilder()
                .setSubscriptionId(subscription.id().toString())
                .setExternalCustomerId(customer.externalId())
                .setPlanId(planId.toString())
                .setStartedAt(from)
                .setTerminatedAt(to)
                .setSubscriptionAt(subscription.subscriptionAt())
                .setBillingTime(subscription.billingTime())
                .setTimezone(customer.zoneName())
                .setCurrency(currency == null ? "" : currency)
                .build();
    }
}
