package io.millrace.enricher;

import io.millrace.streams.Buckets;
import io.millrace.streams.ChargeInForce;
import io.millrace.streams.MetricInForce;
import io.millrace.streams.PlanInForce;
import io.millrace.streams.Timeline.Span;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What a plan asks for a metric's events, and the stretch of event time through which both hold. Whatever
/// derived records say of it is written once, here, for all subscriptions of the plan.
///
/// @param code the metric's, in UTF-8
/// @param from microseconds since 1970 UTC, inclusive
/// @param to exclusive
/// @param enriched the fields of an enriched event from `plan_id` to `aggregation_type`
/// @param charges those of the plan that price the metric, by charge id
@SuppressWarnings("ArrayRecordComponent") // never compared; written as it is
record Terms(
        byte[] code,
        long from,
        long to,
        MetricInForce metric,
        PlanInForce plan,
        byte[] enriched,
        List<PricedBy> charges) {

    /// One charge that prices the metric.
    ///
    /// @param buckets where it counts an event of the metric
    /// @param ids the fields of an expanded event from `plan_id` to `charge_id`
    /// @param terms its fields `pay_in_advance` and `aggregation_type`
    @SuppressWarnings("ArrayRecordComponent")
    record PricedBy(ChargeInForce charge, Buckets buckets, byte[] ids, byte[] terms) {}

    static Terms of(Span<MetricInForce> metric, Span<PlanInForce> plan) {
        var writer = new AvroWriter();
        var planId = plan.value().planId();
        var aggregation = metric.value().aggregation().code();
        return new Terms(
                metric.value().code().getBytes(StandardCharsets.UTF_8),
                Math.max(Micros.from(metric), Micros.from(plan)),
                Math.min(Micros.to(metric), Micros.to(plan)),
                metric.value(),
                plan.value(),
                writer.part().text(planId).text(aggregation).toByteArray(),
                plan.value().charges(metric.value().code()).stream()
                        .map(charge -> new PricedBy(
                                charge,
                                charge.buckets(metric.value()),
                                writer.part()
                                        .text(planId)
                                        .text(charge.chargeId())
                                        .toByteArray(),
                                writer.part()
                                        .flag(charge.isPaidInAdvance())
                                        .text(aggregation)
                                        .toByteArray()))
                        .toList());
    }

    /// True where an event is one of the metric, and of this time.
    boolean holdFor(RawEventView event) {
        long micros = event.timestampMicros();
        return micros >= from && micros < to && event.hasCode(code);
    }
}
