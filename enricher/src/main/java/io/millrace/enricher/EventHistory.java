package io.millrace.enricher;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one partition still has of its past: the events as they were enriched, and as they came. Open only
/// while there is something to enrich again.
interface EventHistory extends AutoCloseable {

    /// How a task opens the history of its partition.
    interface Archive {
        EventHistory open(int partition);
    }

    /// A record of `events_enriched`.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Enriched(long offset, byte[] value) {}

    /// Some records of `events_enriched`.
    ///
    /// @param next where to read on
    record Chunk(List<Enriched> records, long next) {}

    /// The first offset of `events_enriched` that is still there.
    long beginning();

    /// Where `events_enriched` ends, exclusive, whether committed or not.
    long end();

    /// The first offset of `events_enriched` written at or after a time, milliseconds since 1970 UTC; the
    /// end where there is none.
    long since(long millis);

    /// Committed records of `events_enriched` from an offset on: some, or none where they cannot be had in
    /// short time.
    Chunk enriched(long from);

    /// A value of `events_raw`; null where it is no longer kept.
    byte @Nullable [] raw(long offset);

    @Override
    void close();
}
