package io.millrace.enricher;

import io.millrace.config.SubscriptionSpan;
import io.millrace.streams.Timeline.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

    /// The terms of one plan that events have asked for, shared by all of its subscriptions.
    static final class PlanTerms {
        private final Map<String, List<Terms>> byCode = new HashMap<>();

        /// What is known to hold for events of a code at a time; null where nobody has asked for it yet.
        ///
        /// @param micros since 1970 UTC
        @Nullable
        Terms at(String code, long micros) {
            var known = byCode.get(code);
            if (known == null) return null;
            for (var terms : known) {
                if (terms.holdAt(micros)) return terms;
            }
            return null;
        }

        void add(String code, Terms terms) {
            byCode.computeIfAbsent(code, first -> new ArrayList<>(1)).add(terms);
        }

        void forget() {
            byCode.clear();
        }
    }
}
