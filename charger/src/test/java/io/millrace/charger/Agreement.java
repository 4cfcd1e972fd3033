package io.millrace.charger;

import io.millrace.config.ChargeFilter;
import io.millrace.config.Plan;
import io.millrace.config.PlanRevision;
import io.millrace.config.Subscription;
import io.millrace.config.SubscriptionSpan;
import io.millrace.event.ExpandedEvent;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What was agreed in the tests, and events of it: organization `acme` sells plan `p1` in EUR to subscription
/// `sub_1`, monthly by the calendar.
final class Agreement {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final Instant MARCH = Instant.parse("2026-03-10T12:00:00Z");

    private Agreement() {}

    /// A plan with the charge `c1` at these prices, one revision for each; each holds for a month, the first
    /// since ever.
    static Plan plan(String... amounts) {
        var revisions = Arrays.stream(amounts)
                .map(amount -> charge("c1", "standard", "{\"amount\": \"" + amount + "\"}"))
                .toList();
        return plan(revisions.toArray(io.millrace.config.Charge[]::new));
    }

    /// A plan with one revision for each charge.
    static Plan plan(io.millrace.config.Charge... charges) {
        var revisions = new PlanRevision[charges.length];
        for (int i = 0; i < charges.length; i++) {
            revisions[i] = new PlanRevision(
                    i == 0 ? null : START.plusSeconds(i),
                    i == charges.length - 1 ? null : START.plusSeconds(i + 1),
                    i + 1,
                    "monthly",
                    "EUR",
                    false,
                    List.of(charges[i]));
        }
        return new Plan("acme", "p1", "basic", (long) charges.length, List.of(revisions));
    }

    static io.millrace.config.Charge charge(String id, String model, String properties, ChargeFilter... filters) {
        return io.millrace.config.Charge.newBuilder()
                .setChargeId(id)
                .setBillableMetricId("m1")
                .setBillableMetricCode("tokens")
                .setChargeModel(model)
                .setProperties(properties)
                .setPayInAdvance(true)
                .setCreatedAt(START)
                .setFilters(List.of(filters))
                .build();
    }

    static ChargeFilter filter(String id, String amount) {
        return new ChargeFilter(id, START, Map.of("model", List.of(id)), "{\"amount\": \"" + amount + "\"}");
    }

    static Subscription subscription(String externalId, String timezone) {
        return new Subscription("acme", externalId, 1L, List.of(span("s1", START, null, timezone)));
    }

    static SubscriptionSpan span(String id, Instant from, Instant to, String timezone) {
        return new SubscriptionSpan(id, "customer", "p1", from, to, from, "calendar", timezone, "EUR");
    }

    /// A sum of this value in March, in the default bucket of `c1`, resolved by the plan's first revision.
    static ExpandedEvent.Builder event(String transactionId, String value) {
        return ExpandedEvent.newBuilder()
                .setOrganizationId("acme")
                .setExternalSubscriptionId("sub_1")
                .setTransactionId(transactionId)
                .setCode("tokens")
                .setTimestamp(MARCH)
                .setSubscriptionId("s1")
                .setPlanId("p1")
                .setChargeId("c1")
                .setPlanRevision(1)
                .setPayInAdvance(true)
                .setAggregationType("sum_agg")
                .setValue(value)
                .setRawPartition(0)
                .setRawOffset(Long.parseLong(transactionId.replaceAll("\\D", "")))
                .setIngestedAt(Instant.parse("2026-03-10T12:00:01Z"));
    }
}
