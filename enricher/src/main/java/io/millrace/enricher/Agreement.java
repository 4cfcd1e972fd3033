package io.millrace.enricher;

import io.millrace.config.SubscriptionSpan;
import io.millrace.streams.Timeline.Span;

/// One subscription under an external id, for as long as it is in force, and the plan that it is on.
///
/// @param from microseconds since 1970 UTC, inclusive
/// @param to exclusive
/// @param subscriptionId the field of derived records, as it is written
@SuppressWarnings("ArrayRecordComponent") // never compared; written as it is
record Agreement(long from, long to, byte[] subscriptionId, PlanTerms plan) {

    static Agreement of(Span<SubscriptionSpan> subscription, PlanTerms plan) {
        return new Agreement(
                Micros.from(subscription),
                Micros.to(subscription),
                new AvroWriter()
                        .part()
                        .text(subscription.value().getSubscriptionId())
                        .toByteArray(),
                plan);
    }

    boolean holdsAt(long micros) {
        return micros >= from && micros < to;
    }
}
