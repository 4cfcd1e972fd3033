package io.millrace.invoicer.subscription;

import static java.util.stream.Collectors.toMap;

import io.millrace.invoicer.catalog.Plans;
import io.millrace.invoicer.customer.Customers;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/// Subscriptions as the API shows them, with the plans before and after theirs.
@Singleton
public class SubscriptionObjects {
    private final SubscriptionRepository subscriptions;
    private final Plans plans;
    private final Customers customers;

    SubscriptionObjects(SubscriptionRepository subscriptions, Plans plans, Customers customers) {
        this.subscriptions = subscriptions;
        this.plans = plans;
        this.customers = customers;
    }

    /// As it is shown by itself, with its plan.
    public SubscriptionObject of(Subscription subscription) {
        return of(List.of(subscription), true).getFirst();
    }

    /// In the order given.
    public List<SubscriptionObject> of(List<Subscription> found) {
        return of(found, false);
    }

    private List<SubscriptionObject> of(List<Subscription> found, boolean withPlans) {
        if (found.isEmpty()) return List.of();
        var before = new HashMap<UUID, Subscription>();
        var previousIds = found.stream()
                .map(Subscription::previousSubscriptionId)
                .filter(Objects::nonNull)
                .toList();
        if (!previousIds.isEmpty()) {
            subscriptions.findByIdIn(previousIds).forEach(previous -> before.put(previous.id(), previous));
        }
        var after = subscriptions
                .findSuccessors(found.stream().map(Subscription::id).toList())
                .stream()
                .collect(toMap(Subscription::previousSubscriptionId, Function.identity()));
        var histories = plans.histories(Stream.of(found, before.values(), after.values())
                .flatMap(each -> each.stream())
                .map(Subscription::planId)
                .distinct()
                .toList());
        var owners = customers.byId(
                found.stream().map(Subscription::customerId).distinct().toList());

        var objects = new ArrayList<SubscriptionObject>();
        for (var subscription : found) {
            var plan = Optional.ofNullable(histories.get(subscription.planId())).orElseThrow();
            var customer =
                    Optional.ofNullable(owners.get(subscription.customerId())).orElseThrow();
            var previous = before.get(subscription.previousSubscriptionId());
            var successor = after.get(subscription.id());
            objects.add(SubscriptionObject.of(
                    subscription,
                    plan,
                    withPlans ? plans.shown(plan) : null,
                    customer,
                    previous == null ? null : histories.get(previous.planId()),
                    successor,
                    successor == null ? null : histories.get(successor.planId()),
                    customers.now(customer)));
        }
        return objects;
    }
}
