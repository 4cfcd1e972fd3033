package io.millrace.enricher;

import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/// Takes back an event that was billable and is not any more: its row, its row in each charge that may have
/// counted it, and its id, so that it can be sent again. It goes on to the dead letters with the reason.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class Retract implements Processor<byte[], Object, byte[], Object> {
    private final Retractions retractions;

    private ProcessorContext<byte[], Object> context;
    private Repairs repairs;
    private RememberedIds ids;
    private Tally enriched;

    Retract(Retractions retractions) {
        this.retractions = retractions;
    }

    @Override
    public void init(ProcessorContext<byte[], Object> context) {
        this.context = context;
        this.repairs = Repairs.of(context);
        this.ids = RememberedIds.of(context);
        this.enriched = Tally.of(context, Tally.ENRICHED);
    }

    @Override
    public void process(Record<byte[], Object> record) {
        var event = Objects.requireNonNull(((Refusal) record.value()).event());
        var earlier = ((Past.Enriched) event.past()).event();
        context.forward(record.withValue(retractions.of(earlier)), EnricherTopology.TO_ENRICHED);
        for (var charge : repairs.pricedBefore(earlier)) {
            context.forward(record.withValue(retractions.of(earlier, charge)), EnricherTopology.TO_EXPANDED);
        }
        repairs.retracted().add(ids.fingerprint(event), earlier.getEnrichmentVersion() + 1);
        ids.free(event);
        enriched.decrease();
        context.forward(record, EnricherTopology.DEAD_LETTER);
    }
}
