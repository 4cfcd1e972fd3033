package io.millrace.enricher;

import io.millrace.streams.Configuration;
import io.millrace.streams.Subscriptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;

/// Finds what was agreed about an event as of its own time. What has been found for a subscription and code is kept,
/// so that the events after it cost two look-ups on the heap; a change of any configuration makes it look anew.
/// Belongs to one task's thread.
final class Agreements {
    private static final int SUBSCRIPTIONS_AT_MOST = 100_000;

    private final Configuration configuration;
    private final Subscriptions subscriptions;
    private final Repairs repairs;
    private final Map<Bytes, Map<String, List<Agreement>>> found = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, Map<String, List<Agreement>>> eldest) {
            return size() > SUBSCRIPTIONS_AT_MOST;
        }
    };
    private long changesSeen = -1;

    /// @param repairs is told what events are going to be enriched by
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
        found.remove(Bytes.wrap(key.getBytes(StandardCharsets.UTF_8)));
    }

    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    Attribution find(IncomingEvent event) {
        long changes = configuration.changes() + repairs.replacements(); // both only rise
        if (changes != changesSeen) {
            found.clear();
            changesSeen = changes;
        }
        var byCode = found.computeIfAbsent(Bytes.wrap(event.key()), key -> HashMap.newHashMap(4));
        var code = event.event().code();
        var known = byCode.get(code);
        if (known != null) {
            for (var agreement : known) {
                if (agreement.holdsAt(event.event().timestampMicros())) return new Attribution.Known(event, agreement);
            }
        }
        var attribution = look(event, code);
        if (attribution instanceof Attribution.Known(var same, var agreement)) {
            byCode.computeIfAbsent(code, first -> new ArrayList<>(1)).add(agreement);
        }
        return attribution;
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

    private Attribution look(IncomingEvent event, String code) {
        var raw = event.event();
        var organization = raw.organizationId();
        var time = raw.timestamp();
        var metrics = configuration.metrics(organization, code);
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
        var plans = configuration.plans(organization, planId);
        var plan = plans.spanAt(time);
        if (plan == null) {
            return new Attribution.Unknown(
                    Reason.PLAN_NOT_FOUND,
                    "plan %s of subscription %s is not known at %s"
                            .formatted(planId, subscription.value().getSubscriptionId(), time));
        }
        repairs.applies(Subject.metric(organization, code), metrics);
        repairs.appliesPlan(Subject.plan(organization, planId), plans);
        return new Attribution.Known(event, Agreement.of(metric, subscription, plan));
    }
}
