package io.millrace.enricher;

import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/// The least that a stream of the enricher's shape can do: as many records out of as many records in, of the very
/// bytes that the enricher wrote for others, in the same transactions, and no thought between them. What it costs is
/// Kafka's.
///
/// ```
/// events_raw ─▶ copy ─┬─▶ events_enriched
///                     └─▶ events_enriched_expanded
///
/// events_raw ─▶ remember-ids ─▶ copy ─┬─▶ …
/// ```
final class CopyTopology {
    private static final String REMEMBER_IDS = "remember-ids";
    private static final String COPY = "copy";
    private static final String TO_ENRICHED = "events_enriched";
    private static final String TO_EXPANDED = "events_enriched_expanded";

    /// A zero byte and the schema's id come before the Avro value.
    private static final int HEADER = 5;

    private CopyTopology() {}

    /// @param remembersIds whether ids are looked up and remembered as by the enricher
    static Topology of(EnricherSettings settings, Sample sample, boolean remembersIds) {
        var ids = RememberedIds.store(settings.deduplicationHorizon(), settings.rememberedIds());
        var topology = settings.streams().topology();
        topology.addSource("events_raw", new ByteArrayDeserializer(), new ByteArrayDeserializer(), "events_raw");
        if (remembersIds) {
            topology.addProcessor(REMEMBER_IDS, RememberIds::new, "events_raw").addStateStore(ids, REMEMBER_IDS);
        }
        topology.addProcessor(COPY, () -> new Copy(sample), remembersIds ? REMEMBER_IDS : "events_raw")
                .addSink(TO_ENRICHED, "events_enriched", new ByteArraySerializer(), new ByteArraySerializer(), COPY)
                .addSink(
                        TO_EXPANDED,
                        "events_enriched_expanded",
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        COPY);
        return topology;
    }

    @SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
    private static final class RememberIds implements Processor<byte[], byte[], byte[], byte[]> {
        private ProcessorContext<byte[], byte[]> context;
        private RememberedIds ids;

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            this.context = context;
            this.ids = RememberedIds.of(context);
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            var event = event(record);
            if (ids.contains(event)) return; // shows when what came out is counted
            ids.remember(event);
            context.forward(record);
        }

        private static IncomingEvent event(Record<byte[], byte[]> record) {
            var value = record.value();
            var view = Objects.requireNonNull(RawEventView.of(value, HEADER));
            var origin = new Origin(record.key(), value, 0, 0, record.timestamp());
            return new IncomingEvent(record.key(), view, origin, IncomingEvent.NOT_REMEMBERED);
        }
    }

    @SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
    private static final class Copy implements Processor<byte[], byte[], byte[], byte[]> {
        private final Sample sample;
        private ProcessorContext<byte[], byte[]> context;
        private int next;

        Copy(Sample sample) {
            this.sample = sample;
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            this.context = context;
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            int number = next++ & Integer.MAX_VALUE;
            context.forward(record.withValue(copy(sample.enriched(), number)), TO_ENRICHED);
            context.forward(record.withValue(copy(sample.expanded(), number)), TO_EXPANDED);
        }

        private static byte[] copy(List<byte[]> values, int number) {
            return values.get(number % values.size()).clone();
        }
    }
}
