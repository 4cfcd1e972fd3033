package io.millrace.enricher;

import io.millrace.config.SubscriptionSpan;
import io.millrace.streams.ChargeInForce;
import io.millrace.streams.MetricInForce;
import io.millrace.streams.PlanInForce;
import io.millrace.streams.Timeline.Span;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What was agreed about one subscription's events of one code: metric, subscription and plan, and the stretch of
/// event time through which all three hold. Whatever derived records say of it is written once, here.
///
/// @param from microseconds since 1970 UTC, inclusive
/// @param to exclusive
/// @param enriched the fields of an enriched event from `subscription_id` to `aggregation_type`
/// @param charges those of the plan that price the metric, by charge id
@SuppressWarnings("ArrayRecordComponent") // never compared; written as it is
record Agreement(
        long from,
        long to,
        MetricInForce metric,
        SubscriptionSpan subscription,
        PlanInForce plan,
        byte[] enriched,
        List<PricedBy> charges) {

    /// One charge that prices the metric.
    ///
    /// @param ids the fields of an expanded event from `subscription_id` to `charge_id`
    /// @param terms its fields `pay_in_advance` and `aggregation_type`
    @SuppressWarnings("ArrayRecordComponent")
    record PricedBy(ChargeInForce charge, byte[] ids, byte[] terms) {}

    static Agreement of(Span<MetricInForce> metric, Span<SubscriptionSpan> subscription, Span<PlanInForce> plan) {
        var writer = new AvroWriter();
        var subscriptionId = subscription.value().getSubscriptionId();
        var planId = plan.value().planId();
        var aggregation = metric.value().aggregation().code();
        return new Agreement(
                Math.max(from(metric), Math.max(from(subscription), from(plan))),
                Math.min(to(metric), Math.min(to(subscription), to(plan))),
                metric.value(),
                subscription.value(),
                plan.value(),
                writer.part()
                        .text(subscriptionId)
                        .text(planId)
                        .text(aggregation)
                        .toByteArray(),
                plan.value().charges(metric.value().code()).stream()
                        .map(charge -> new PricedBy(
                                charge,
                                writer.part()
                                        .text(subscriptionId)
                                        .text(planId)
                                        .text(charge.chargeId())
                                        .toByteArray(),
                                writer.part()
                                        .flag(charge.isPaidInAdvance())
                                        .text(aggregation)
                                        .toByteArray()))
                        .toList());
    }

    boolean holdsAt(long micros) {
        return micros >= from && micros < to;
    }

    private static long from(Span<?> span) {
        return from(span.from());
    }

    private static long to(Span<?> span) {
        return to(span.to());
    }

    /// Microseconds since 1970 UTC; null is since ever.
    static long from(@Nullable Instant time) {
        return micros(time, Long.MIN_VALUE);
    }

    /// Microseconds since 1970 UTC; null is for ever.
    static long to(@Nullable Instant time) {
        return micros(time, Long.MAX_VALUE);
    }

    /// The time of which [#from] or [#to] gave these microseconds.
    static @Nullable Instant instant(long micros) {
        return micros == Long.MIN_VALUE || micros == Long.MAX_VALUE
                ? null
                : Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long micros(@Nullable Instant time, long otherwise) {
        return time == null ? otherwise : ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
