package io.millrace.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import org.apache.kafka.clients.producer.Producer;

/// What the way in tells operators.
final class IngestMeters implements AutoCloseable {
    private final Counter accepted;
    private final Counter refused;
    private final KafkaClientMetrics kafka;

    IngestMeters(MeterRegistry registry, Producer<?, ?> producer) {
        accepted = counter(registry, "accepted");
        refused = counter(registry, "refused");
        kafka = new KafkaClientMetrics(producer);
        kafka.bindTo(registry);
    }

    private static Counter counter(MeterRegistry registry, String outcome) {
        return Counter.builder("millrace.ingest.events")
                .description("Events of requests that were answered, by outcome")
                .tag("outcome", outcome)
                .register(registry);
    }

    /// Counts the events of a request once the broker has the accepted ones.
    void stored(int acceptedEvents, int refusedEvents) {
        accepted.increment(acceptedEvents);
        refused.increment(refusedEvents);
    }

    @Override
    public void close() {
        kafka.close();
    }
}
