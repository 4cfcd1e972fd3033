package io.millrace.enricher;

import org.apache.kafka.streams.processor.api.ProcessingContext;

/// One number of a partition's [Books], such as `2/enriched`: counted in the same transaction as what it counts, so
/// that the books close whatever happens to a process. Each number has one node that counts it up; an enriched
/// event that is retracted goes over to the dead letters, and a dead letter that is billable now to the enriched.
final class Tally {
    /// Records taken in, under their right key.
    static final String RAW = "raw";
    /// Records sent again under their right key; not counted as raw, since they come back.
    static final String REKEYED = "rekeyed";

    static final String ENRICHED = "enriched";
    static final String PARKED = "parked";
    static final String DEAD_LETTERED = "dead-lettered";
    /// Followed by a slash and the organization's id.
    static final String DUPLICATES = "duplicates";

    private long value;
    private long written;

    Tally(long written) {
        this.value = written;
        this.written = written;
    }

    /// To be called in a node's `init`, or later for a number that is not known before; not to be kept beyond the
    /// next `init`.
    static Tally of(ProcessingContext context, String name) {
        return Books.of(context).tally(context.taskId().partition() + "/" + name);
    }

    void increase() {
        value++;
    }

    void decrease() {
        value--;
    }

    boolean isWritten() {
        return value == written;
    }

    long write() {
        written = value;
        return written;
    }

    long written() {
        return written;
    }
}
