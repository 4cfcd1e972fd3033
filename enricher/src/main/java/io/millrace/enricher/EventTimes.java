package io.millrace.enricher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// When the events happened that a partition has decided on, from the earliest to the latest of each five
/// minutes of ingestion. So a change of what was agreed knows whether it comes late for any of them, and
/// since when to look.
///
/// ```
///  ingested       10:00      10:05      10:10
///  happened   9:58–10:04  3 March–10:09  10:09–10:12      agreed otherwise since 10:10: look from 10:10 on
/// ```
final class EventTimes {
    static final long NEVER = -1;

    private static final long WINDOW = Duration.ofMinutes(5).toMillis();

    private final Entries stored;
    private final long kept;
    private final NavigableMap<Long, Window> windows = new TreeMap<>();
    private final List<Window> unwritten = new ArrayList<>();
    private @Nullable Window last;

    /// @param kept how long events are kept, and windows with them
    EventTimes(Entries stored, Duration kept) {
        this.stored = stored;
        this.kept = kept.toMillis();
        stored.read((key, value) -> {
            long begins = key.getLong();
            windows.put(begins, Fields.read(value, in -> new Window(begins, in.readLong(), in.readLong())));
        });
    }

    /// @param ingestedAt milliseconds since 1970 UTC
    /// @param micros event time
    void add(long ingestedAt, long micros) {
        var window = last;
        if (window == null || ingestedAt < window.begins || ingestedAt >= window.begins + WINDOW) {
            window = window(ingestedAt);
            last = window;
        }
        if (micros >= window.earliest && micros <= window.latest) return;
        window.earliest = Math.min(window.earliest, micros);
        window.latest = Math.max(window.latest, micros);
        if (window.isWritten) unwritten.add(window);
        window.isWritten = false;
    }

    /// When the first event of a stretch of event time was ingested at the earliest, milliseconds since
    /// 1970 UTC; [#NEVER] where there was none.
    long ingestedSince(long from, long to) {
        for (var window : windows.values()) {
            if (window.earliest < to && window.latest >= from) return window.begins;
        }
        return NEVER;
    }

    /// Writes down what has changed, and deletes windows that events are kept no longer of.
    void write() {
        if (unwritten.isEmpty()) return;
        for (var window : unwritten) {
            window.isWritten = true;
            stored.put(window.begins, Fields.write(out -> {
                out.writeLong(window.earliest);
                out.writeLong(window.latest);
            }));
        }
        unwritten.clear();
        while (windows.firstKey() < oldest()) {
            stored.delete(windows.pollFirstEntry().getKey());
            last = null;
        }
    }

    private Window window(long ingestedAt) {
        long begins = Math.floorDiv(ingestedAt, WINDOW) * WINDOW;
        // A dead letter that is re-driven after a long time bears its first ingestion: it is kept anew all the same.
        if (!windows.isEmpty()) begins = Math.max(begins, oldest());
        return windows.computeIfAbsent(begins, same -> new Window(same, Long.MAX_VALUE, Long.MIN_VALUE));
    }

    private long oldest() {
        return (windows.lastKey() - kept) / WINDOW * WINDOW;
    }

    private static final class Window {
        private final long begins;
        private long earliest;
        private long latest; // inclusive
        private boolean isWritten = true;

        Window(long begins, long earliest, long latest) {
            this.begins = begins;
            this.earliest = earliest;
            this.latest = latest;
        }
    }
}
