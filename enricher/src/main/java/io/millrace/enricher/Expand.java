package io.millrace.enricher;

import io.millrace.streams.Bucket;
import io.millrace.streams.RegisteredSchema;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/// Lays an enriched event out by the charges that it counts in: one record for each charge of the plan that
/// prices the metric, in the order of their ids, with the filter that takes the event and the group that it
/// falls in. None where the plan does not price the metric. Of an event that is enriched again, the records
/// in charges that do not count it any more are retracted.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Expand implements Processor<byte[], Object, byte[], Object> {
    private static final String TARGET_WALLET = "target_wallet_code";

    private final RegisteredSchema schema;
    private final AvroWriter writer = new AvroWriter();
    private final Retractions retractions;
    private ProcessorContext<byte[], Object> context;
    private Repairs repairs;

    Expand(RegisteredSchema schema, Retractions retractions) {
        this.schema = schema;
        this.retractions = retractions;
    }

    @Override
    public void init(ProcessorContext<byte[], Object> context) {
        this.context = context;
        this.repairs = Repairs.of(context);
    }

    @Override
    public void process(Record<byte[], Object> record) {
        var measured = (Measured) record.value();
        var charges = measured.attribution().terms().charges();
        for (var charge : charges)
            context.forward(new Record<>(record.key(), encode(measured, charge), record.timestamp()));
        if (!(measured.attribution().event().past() instanceof Past.Enriched(var earlier))) return;
        for (var before : repairs.pricedBefore(earlier)) {
            if (charges.stream().noneMatch(now -> now.charge().chargeId().equals(before.chargeId()))) {
                context.forward(record.withValue(retractions.of(earlier, before)));
            }
        }
    }

    /// The fields in the order of `expanded_event.avsc`.
    private byte[] encode(Measured measured, Terms.PricedBy pricedBy) {
        var event = measured.event();
        var attribution = measured.attribution();
        var bucket = pricedBy.buckets().of(event.properties());
        var wallet = pricedBy.charge().acceptsTargetWallet() ? event.property(TARGET_WALLET) : null;
        writer.value(schema.id());
        event.writeHead(writer);
        writer.bytes(attribution.agreement().subscriptionId())
                .bytes(pricedBy.ids())
                .optionalText(bucket.chargeFilterId())
                .number(attribution.terms().plan().revision())
                .texts(groupedBy(bucket, wallet))
                .optionalText(wallet)
                .bytes(pricedBy.terms());
        measured.writeMeasure(writer);
        measured.writeOrigin(writer);
        return writer.toByteArray();
    }

    /// Usage that is paid from a wallet of its own is a group of its own.
    private static Map<String, String> groupedBy(Bucket bucket, @Nullable String wallet) {
        if (wallet == null) return bucket.groupedBy();
        var groups = new LinkedHashMap<>(bucket.groupedBy());
        groups.put(TARGET_WALLET, wallet);
        return groups;
    }
}
