package io.millrace.enricher;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one partition still has of its past: the events as they were enriched or refused, and as they came.
/// Open only while there is something to enrich again.
interface EventHistory extends AutoCloseable {
    /// One in which nothing is found, so that nothing is enriched again.
    EventHistory NONE = new EventHistory() {
        private static final Log EMPTY = new Log() {
            @Override
            public long beginning() {
                return 0;
            }

            @Override
            public long end() {
                return 0;
            }

            @Override
            public long since(long millis) {
                return 0;
            }

            @Override
            public Chunk read(long from) {
                return new Chunk(List.of(), from);
            }
        };

        @Override
        public Log enriched() {
            return EMPTY;
        }

        @Override
        public Log deadLetters() {
            return EMPTY;
        }

        @Override
        public byte @Nullable [] raw(long offset) {
            return null;
        }

        @Override
        public void close() {}
    };

    /// How a task opens the history of its partition.
    interface Archive {
        EventHistory open(int partition);
    }

    /// A partition of a topic.
    interface Log {
        /// The first offset that is still there.
        long beginning();

        /// Where it ends, exclusive, whether committed or not.
        long end();

        /// The first offset written at or after a time, milliseconds since 1970 UTC; the end where there
        /// is none.
        long since(long millis);

        /// Committed records from an offset on: some, or none where they cannot be had in short time.
        Chunk read(long from);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Kept(long offset, byte @Nullable [] key, byte @Nullable [] value) {}

    /// Some records.
    ///
    /// @param next where to read on
    record Chunk(List<Kept> records, long next) {}

    /// Of `events_enriched`.
    Log enriched();

    /// Of `events_dead_letter`.
    Log deadLetters();

    /// A value of `events_raw`; null where it is no longer kept.
    byte @Nullable [] raw(long offset);

    @Override
    void close();
}
