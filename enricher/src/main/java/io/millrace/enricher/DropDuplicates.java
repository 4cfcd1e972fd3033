package io.millrace.enricher;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/// Lets an event through unless one of the same organization, subscription and transaction id has been enriched or
/// waits: the first one wins, whatever the others say. Dropped ones are counted by organization.
@SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
final class DropDuplicates implements Processor<byte[], Object, byte[], Object> {
    private ProcessorContext<byte[], Object> context;
    private RememberedIds ids;
    private Map<String, Tally> duplicates;

    @Override
    public void init(ProcessorContext<byte[], Object> context) {
        this.context = context;
        this.ids = RememberedIds.of(context);
        this.duplicates = new HashMap<>();
    }

    @Override
    public void process(Record<byte[], Object> record) {
        var event = (IncomingEvent) record.value();
        if (ids.contains(event)) {
            count(event.event().organizationId());
        } else {
            context.forward(record);
        }
    }

    private void count(String organizationId) {
        duplicates
                .computeIfAbsent(organizationId, id -> Tally.of(context, Tally.DUPLICATES + "/" + id))
                .increase();
    }
}
