package io.millrace.streams;

import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/// Ends a transaction early while its task keeps up.
///
/// Readers see nothing before the end, and each transaction costs the same, however much is in it. So what has just
/// been written to the topic is committed after [StreamsSettings#commitInterval]; a backlog, of which nothing is fresh
/// anyway, after the longer interval that Kafka Streams is told.
public final class EarlyCommit {
    /// A stream that is further behind has a backlog. So it seems to one whose clock is as far ahead of the broker's.
    private static final Duration FRESH = Duration.ofSeconds(1);
    /// A thread commits all its tasks at once: so they ask for it at the same time.
    private static final Instant BEGINNING = Instant.now();

    private long latest = Long.MIN_VALUE;

    private EarlyCommit() {}

    /// To be called in the `init` of the node that takes a task's events.
    public static EarlyCommit of(ProcessorContext<?, ?> context, Duration interval) {
        var early = new EarlyCommit();
        long age = interval.plus(FRESH).toMillis();
        context.schedule(BEGINNING, interval, PunctuationType.WALL_CLOCK_TIME, now -> {
            if (early.latest > now - age) context.commit();
        });
        return early;
    }

    /// @param timestamp of the record that the task has just taken, milliseconds since 1970
    public void took(long timestamp) {
        latest = timestamp;
    }
}
