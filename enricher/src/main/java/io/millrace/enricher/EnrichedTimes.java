package io.millrace.enricher;

import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// When the events happened that a partition has enriched, for each hour of ingestion from the earliest to
/// the latest. So a change of what was agreed knows whether it comes late for any of them, and since when
/// to look.
///
/// ```
///  ingested       10:00      11:00      12:00
///  happened   9:58–10:59  3 March–11:59  12:00–12:20      agreed otherwise since 12:10: look from 12:00 on
/// ```
final class EnrichedTimes {
    static final long NEVER = -1;

    private static final long HOUR = Duration.ofHours(1).toMillis();

    private final long kept;
    private final NavigableMap<Long, Hour> hours = new TreeMap<>();
    private @Nullable Hour last;

    /// @param kept how long events are kept, and hours with them
    EnrichedTimes(Duration kept) {
        this.kept = kept.toMillis();
    }

    /// @param ingestedAt milliseconds since 1970 UTC
    /// @param micros event time
    void add(long ingestedAt, long micros) {
        var hour = last;
        if (hour == null || ingestedAt < hour.begins || ingestedAt >= hour.begins + HOUR) {
            hour = hour(ingestedAt);
            last = hour;
        }
        if (micros < hour.earliest) {
            hour.earliest = micros;
            hour.isWritten = false;
        }
        if (micros > hour.latest) {
            hour.latest = micros;
            hour.isWritten = false;
        }
    }

    /// When the first event of a stretch of event time was ingested at the earliest, milliseconds since
    /// 1970 UTC; [#NEVER] where there was none.
    long ingestedSince(long from, long to) {
        for (var hour : hours.values()) {
            if (hour.earliest < to && hour.latest >= from) return hour.begins;
        }
        return NEVER;
    }

    /// An hour as it was written.
    void restore(long begins, byte[] bytes) {
        hours.put(begins, Fields.read(bytes, in -> new Hour(begins, in.readLong(), in.readLong(), true)));
    }

    interface Writer {
        void put(long begins, byte @Nullable [] value);
    }

    /// Writes hours that have changed, and deletes those that events are kept no longer of.
    void write(Writer to) {
        while (!hours.isEmpty() && hours.firstKey() < oldest()) {
            to.put(Objects.requireNonNull(hours.pollFirstEntry()).getKey(), null);
            last = null;
        }
        for (Map.Entry<Long, Hour> entry : hours.entrySet()) {
            var hour = entry.getValue();
            if (hour.isWritten) continue;
            hour.isWritten = true;
            to.put(entry.getKey(), Fields.write(out -> {
                out.writeLong(hour.earliest);
                out.writeLong(hour.latest);
            }));
        }
    }

    private Hour hour(long ingestedAt) {
        long begins = Math.floorDiv(ingestedAt, HOUR) * HOUR;
        // A dead letter that is re-driven after a long time bears its first ingestion: it is kept anew all the same.
        if (!hours.isEmpty()) begins = Math.max(begins, oldest());
        return hours.computeIfAbsent(begins, hour -> new Hour(hour, Long.MAX_VALUE, Long.MIN_VALUE, false));
    }

    private long oldest() {
        return (hours.lastKey() - kept) / HOUR * HOUR;
    }

    private static final class Hour {
        private final long begins;
        private long earliest;
        private long latest; // inclusive
        private boolean isWritten;

        Hour(long begins, long earliest, long latest, boolean isWritten) {
            this.begins = begins;
            this.earliest = earliest;
            this.latest = latest;
            this.isWritten = isWritten;
        }
    }
}
