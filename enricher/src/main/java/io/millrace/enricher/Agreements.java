package io.millrace.enricher;

import io.millrace.config.SubscriptionSpan;
import io.millrace.streams.Configuration;
import io.millrace.streams.Subscriptions;
import io.millrace.streams.Timeline.Span;
import io.millrace.topic.Keys;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds what was agreed about an event as of its own time. What has been found is kept, so that the events
/// after it cost two look-ups on the heap: one among the subscriptions, of which there may be many, and one
/// among the terms of their plan. A subscription is looked at anew when it has changed, terms when any plan or
/// metric has. Belongs to one task's thread.
final class Agreements {
    private static final int SUBSCRIPTIONS_AT_MOST = 200_000;

    private final Configuration configuration;
    private final Subscriptions subscriptions;
    private final Repairs repairs;
    private final Map<String, PlanTerms> plans = new HashMap<>();
    private final RecentAgreements agreements = new RecentAgreements(SUBSCRIPTIONS_AT_MOST);
    private long changesSeen = -1;

    /// @param repairs is told what events are going to be decided by
    Agreements(Configuration configuration, Subscriptions subscriptions, Repairs repairs) {
        this.configuration = configuration;
        this.subscriptions = subscriptions;
        this.repairs = repairs;
    }

    /// To be called when a subscription has changed.
    ///
    /// @param key its key as text
    void forget(String key) {
        subscriptions.forget(key);
        agreements.forget(key.getBytes(StandardCharsets.UTF_8));
    }

    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    Attribution find(IncomingEvent event) {
        long changes = configuration.changes() + repairs.replacements(); // both only rise
        if (changes != changesSeen) {
            plans.values().forEach(PlanTerms::forget);
            changesSeen = changes;
        }
        var agreement = agreements.get(event.key(), event.event().timestampMicros());
        if (agreement != null) {
            var terms = agreement.plan().of(event.event());
            if (terms != null) return new Attribution.Known(event, agreement, terms);
        }
        return look(event, agreement);
    }

    /// True where a subscription is in force whose plan nobody has ever heard of: it may be on its way, in a topic
    /// of its own.
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    boolean awaitPlan(IncomingEvent event) {
        var subscription =
                subscriptions.timeline(event.keyText()).at(event.event().timestamp());
        return subscription != null
                && configuration
                        .plans(event.event().organizationId(), subscription.getPlanId())
                        .spans()
                        .isEmpty();
    }

    private Attribution look(IncomingEvent event, @Nullable Agreement kept) {
        var raw = event.event();
        var organization = raw.organizationId();
        var code = raw.code();
        var time = raw.timestamp();
        var metrics = configuration.metrics(organization, code);
        repairs.applies(Subject.metric(organization, code), metrics);
        var metric = metrics.spanAt(time);
        if (metric == null) {
            return new Attribution.Unknown(
                    Reason.METRIC_NOT_FOUND,
                    "no billable metric has the code %s at %s".formatted(Refusal.quote(code), time));
        }
        var subscription = subscriptions.timeline(event.keyText()).spanAt(time);
        if (subscription == null) {
            return new Attribution.Unknown(
                    Reason.SUBSCRIPTION_NOT_FOUND,
                    "no subscription %s is in force at %s"
                            .formatted(Refusal.quote(raw.externalSubscriptionId()), time));
        }
        var planId = subscription.value().getPlanId();
        var revisions = configuration.plans(organization, planId);
        repairs.appliesPlan(Subject.plan(organization, planId), revisions);
        var plan = revisions.spanAt(time);
        if (plan == null) {
            return new Attribution.Unknown(
                    Reason.PLAN_NOT_FOUND,
                    "plan %s of subscription %s is not known at %s"
                            .formatted(planId, subscription.value().getSubscriptionId(), time));
        }
        var agreement = kept == null ? keep(event, subscription) : kept;
        var terms = agreement.plan().of(raw);
        if (terms == null) {
            terms = Terms.of(metric, plan);
            agreement.plan().add(terms);
        }
        return new Attribution.Known(event, agreement, terms);
    }

    private Agreement keep(IncomingEvent event, Span<SubscriptionSpan> subscription) {
        var plan =
                Keys.plan(event.event().organizationId(), subscription.value().getPlanId());
        var agreement = Agreement.of(event.key(), subscription, plans.computeIfAbsent(plan, first -> new PlanTerms()));
        agreements.add(agreement);
        return agreement;
    }
}
