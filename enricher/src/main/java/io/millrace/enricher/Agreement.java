package io.millrace.enricher;

import io.millrace.config.SubscriptionSpan;
import io.millrace.streams.Timeline.Span;
import java.util.Arrays;

/// One subscription under an external id, for as long as it is in force, and the plan that it is on.
///
/// @param key the subscription's, as on every event topic
/// @param hash of the key
/// @param from microseconds since 1970 UTC, inclusive
/// @param to exclusive
/// @param subscriptionId the field of derived records, as it is written
@SuppressWarnings("ArrayRecordComponent") // never compared; written as it is
record Agreement(byte[] key, int hash, long from, long to, byte[] subscriptionId, PlanTerms plan) {
    /// Holds for nobody, at no time.
    static final Agreement NONE = new Agreement(new byte[0], 0, 0, 0, new byte[0], new PlanTerms());

    static Agreement of(byte[] key, Span<SubscriptionSpan> subscription, PlanTerms plan) {
        return new Agreement(
                key.clone(), // beside it in memory, and not what holds a whole record
                Arrays.hashCode(key),
                Micros.from(subscription),
                Micros.to(subscription),
                new AvroWriter()
                        .part()
                        .text(subscription.value().getSubscriptionId())
                        .toByteArray(),
                plan);
    }

    boolean holds(int hash, byte[] key, long micros) {
        return isOf(hash, key) && micros >= from && micros < to;
    }

    boolean holdsNever() {
        return from >= to;
    }

    boolean isOf(int hash, byte[] key) {
        return this.hash == hash && Arrays.equals(this.key, key);
    }
}
