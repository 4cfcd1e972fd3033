package io.millrace.enricher;

import io.millrace.enricher.Applied.PricedBefore;
import io.millrace.event.EnrichedEvent;
import io.millrace.event.ExpandedEvent;
import io.millrace.registry.SchemaRegistry;
import io.millrace.streams.Encoder;
import io.millrace.streams.RegistryPatience;
import io.millrace.topic.Topics;
import java.util.Map;

/// Records that say of an earlier one, by its key, that it does not hold any more. Safe for use by many
/// threads.
final class Retractions {
    private final Encoder<EnrichedEvent> enriched;
    private final Encoder<ExpandedEvent> expanded;

    Retractions(SchemaRegistry registry, RegistryPatience patience) {
        this.enriched = new Encoder<>(registry, Topics.EVENTS_ENRICHED, patience);
        this.expanded = new Encoder<>(registry, Topics.EVENTS_ENRICHED_EXPANDED, patience);
    }

    /// Of an enriched event.
    byte[] of(EnrichedEvent earlier) {
        return enriched.encode(EnrichedEvent.newBuilder(earlier)
                .setEnrichmentVersion(earlier.getEnrichmentVersion() + 1)
                .setIsDeleted(true)
                .build());
    }

    /// Of that event in one charge. Which filter and group it was in does not matter: the key has neither.
    byte[] of(EnrichedEvent earlier, PricedBefore charge) {
        return expanded.encode(ExpandedEvent.newBuilder()
                .setOrganizationId(earlier.getOrganizationId())
                .setExternalSubscriptionId(earlier.getExternalSubscriptionId())
                .setTransactionId(earlier.getTransactionId())
                .setCode(earlier.getCode())
                .setTimestamp(earlier.getTimestamp())
                .setSubscriptionId(earlier.getSubscriptionId())
                .setPlanId(earlier.getPlanId())
                .setChargeId(charge.chargeId())
                .setPlanRevision(charge.revision())
                .setGroupedBy(Map.of())
                .setPayInAdvance(charge.isPaidInAdvance())
                .setAggregationType(earlier.getAggregationType())
                .setValue(earlier.getValue())
                .setOperation(earlier.getOperation())
                .setPreciseTotalAmountCents(earlier.getPreciseTotalAmountCents())
                .setRawPartition(earlier.getRawPartition())
                .setRawOffset(earlier.getRawOffset())
                .setIngestedAt(earlier.getIngestedAt())
                .setEnrichmentVersion(earlier.getEnrichmentVersion() + 1)
                .setIsDeleted(true)
                .build());
    }
}
