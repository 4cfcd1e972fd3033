package io.millrace.enricher;

import io.millrace.event.ExpandedEvent;
import io.millrace.streams.ChargeInForce;
import io.millrace.streams.Encoder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/// Lays an enriched event out by the charges that it counts in: one record for each charge of the plan that prices
/// the metric, in the order of their ids, with the filter that takes the event and the group that it falls in. None
/// where the plan does not price the metric.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Expand implements Processor<String, Object, String, Object> {
    private static final String TARGET_WALLET = "target_wallet_code";

    private final Encoder<ExpandedEvent> encoder;
    private ProcessorContext<String, Object> context;

    Expand(Encoder<ExpandedEvent> encoder) {
        this.encoder = encoder;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
    }

    @Override
    public void process(Record<String, Object> record) {
        var measured = (Measured) record.value();
        for (var charge :
                measured.attribution().plan().charges(measured.enriched().getCode())) {
            context.forward(record.withValue(encoder.encode(expand(measured, charge))));
        }
    }

    private static ExpandedEvent expand(Measured measured, ChargeInForce charge) {
        var event = measured.enriched();
        var attribution = measured.attribution();
        var bucket = charge.bucket(attribution.metric(), event.getProperties());
        var wallet = charge.acceptsTargetWallet() ? event.getProperties().get(TARGET_WALLET) : null;
        return ExpandedEvent.newBuilder()
                .setOrganizationId(event.getOrganizationId())
                .setExternalSubscriptionId(event.getExternalSubscriptionId())
                .setTransactionId(event.getTransactionId())
                .setCode(event.getCode())
                .setTimestamp(event.getTimestamp())
                .setSubscriptionId(event.getSubscriptionId())
                .setPlanId(event.getPlanId())
                .setChargeId(charge.chargeId())
                .setChargeFilterId(bucket.chargeFilterId())
                .setPlanRevision(attribution.plan().revision())
                .setGroupedBy(groupedBy(bucket, wallet))
                .setTargetWalletCode(wallet)
                .setPayInAdvance(charge.isPaidInAdvance())
                .setAggregationType(event.getAggregationType())
                .setValue(event.getValue())
                .setOperation(event.getOperation())
                .setPreciseTotalAmountCents(event.getPreciseTotalAmountCents())
                .setRawPartition(event.getRawPartition())
                .setRawOffset(event.getRawOffset())
                .setIngestedAt(event.getIngestedAt())
                .setEnrichmentVersion(event.getEnrichmentVersion())
                .setIsDeleted(event.getIsDeleted())
                .build();
    }

    /// Usage that is paid from a wallet of its own is a group of its own.
    private static Map<String, String> groupedBy(ChargeInForce.Bucket bucket, @Nullable String wallet) {
        if (wallet == null) return bucket.groupedBy();
        var groups = new LinkedHashMap<>(bucket.groupedBy());
        groups.put(TARGET_WALLET, wallet);
        return groups;
    }
}
