package io.millrace.enricher;

import static io.millrace.enricher.FingerprintSet.ABSENT;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition's memory of fingerprints, quarter by quarter: a quarter takes in what comes in a quarter of the
/// horizon, but not more than a quarter of the room. So it is forgotten as one, when all of it is older than the
/// horizon, or, with the oldest first, when there is no room left.
///
/// ```
///   horizon ◀────────────────────────────────▶ now
///   ──[ quarter )[ quarter )[ quarter )[ quarter )[ this one
/// ```
///
/// What is known at a moment depends on what was asked of it before, in which order and at which stream times; on
/// restarts and on the ends of transactions it does not.
final class IdMemory implements WriteBehind.Held {
    private static final Logger log = LoggerFactory.getLogger(IdMemory.class);

    private static final int QUARTERS = 4;

    private final long horizon;
    private final long quarterOfHorizon;
    private final int room;
    private final int quarterOfRoom;

    private final Chunks chunks;
    private final Fingerprint fingerprint = new Fingerprint();
    private final FingerprintSet ids = new FingerprintSet();
    private final ArrayDeque<Quarter> quarters = new ArrayDeque<>(); // the oldest one first
    private final @Nullable Quarter[] byMark = new Quarter[FingerprintSet.MARK_AT_MOST + 1];

    private long lastBegins = -1;
    private long now;
    private boolean isWarned;
    private volatile Extent extent;

    /// How much is remembered.
    ///
    /// @param ids how many
    /// @param horizon how far back no id is missing, in stream time
    record Extent(int ids, Duration horizon) {}

    /// @param horizon how long ids are remembered, where there is room
    /// @param room how many ids are remembered at most
    IdMemory(KeyValueStore<Bytes, byte[]> store, Duration horizon, int room) {
        this.horizon = horizon.toMillis();
        this.quarterOfHorizon = this.horizon / QUARTERS;
        this.room = room;
        this.quarterOfRoom = room / QUARTERS;
        this.chunks = new Chunks(store);
        chunks.read(new Chunks.Reader() {
            @Override
            public void chunk(long quarter) {
                if (quarter != lastBegins) open(quarter);
                quarters.getLast().chunks++;
            }

            @Override
            public void entry(byte what, long high, long low) {
                switch (what) {
                    case Chunks.REMEMBERED -> add(high, low);
                    case Chunks.FREED -> {
                        // else its quarter has been forgotten meanwhile
                        if (ids.mark(high, low) != ABSENT) remove(high, low);
                    }
                    default -> throw new IllegalStateException("neither remembered nor freed: " + what);
                }
            }
        });
        this.now = lastBegins;
        this.extent = measure();
    }

    /// Where the task takes the fingerprints of its events.
    Fingerprint fingerprint() {
        return fingerprint;
    }

    /// @param now stream time
    boolean contains(long high, long low, long now) {
        this.now = now;
        forgetBeyondHorizon();
        return ids.mark(high, low) != ABSENT;
    }

    /// Remembers a fingerprint, unless it is there.
    ///
    /// @param now stream time
    /// @return the beginning of the quarter that it is kept in, which no other has
    long remember(long high, long low, long now) {
        this.now = now;
        forgetBeyondHorizon();
        int mark = ids.mark(high, low);
        if (mark != ABSENT) return quarter(mark).begins;
        while (ids.size() >= room) forgetBeforeItsTime();
        if (quarters.isEmpty() || isOver(quarters.getLast())) begin();
        add(high, low);
        chunks.append(Chunks.REMEMBERED, high, low);
        return quarters.getLast().begins;
    }

    /// Frees a fingerprint, if it is still the one that was remembered in that quarter.
    void forget(long high, long low, long quarter) {
        int mark = ids.mark(high, low);
        if (mark != ABSENT && quarter(mark).begins == quarter) forget(high, low);
    }

    /// Frees a fingerprint, wherever it is.
    void forget(long high, long low) {
        if (ids.mark(high, low) == ABSENT) return;
        remove(high, low);
        chunks.append(Chunks.FREED, high, low);
    }

    @Override
    public void write() {
        chunks.write();
        extent = measure();
    }

    /// As of the last transaction; other threads may ask.
    Extent extent() {
        return extent;
    }

    /// Heap that the fingerprints take.
    long heapBytes() {
        return ids.bytes();
    }

    private void add(long high, long low) {
        var quarter = quarters.getLast();
        ids.add(high, low, quarter.mark);
        quarter.size++;
    }

    private void remove(long high, long low) {
        quarter(ids.mark(high, low)).size--;
        ids.remove(high, low);
    }

    private boolean isOver(Quarter quarter) {
        return now - quarter.begins >= quarterOfHorizon || quarter.size >= quarterOfRoom;
    }

    private void begin() {
        if (!quarters.isEmpty()) quarters.getLast().chunks = chunks.count();
        long begins = Math.max(now, lastBegins + 1);
        chunks.begin(begins);
        open(begins);
    }

    private void open(long begins) {
        int mark = quarters.isEmpty() ? 1 : quarters.getLast().mark % FingerprintSet.MARK_AT_MOST + 1;
        // Only where hardly anything is left in each of so many: their ids have been freed.
        if (byMark[mark] != null) forgetBeforeItsTime();
        var quarter = new Quarter(begins, mark);
        quarters.add(quarter);
        byMark[mark] = quarter;
        lastBegins = begins;
    }

    private void forgetBeyondHorizon() {
        while (!quarters.isEmpty() && now - quarters.getFirst().begins >= horizon + quarterOfHorizon) forgetOldest();
    }

    private void forgetBeforeItsTime() {
        forgetOldest();
        chunks.setGapsEnd(quarters.isEmpty() ? now : quarters.getFirst().begins);
        if (!isWarned) {
            isWarned = true;
            log.warn(
                    "no room for more than {} remembered ids: those from before {} are forgotten before their time;"
                            + " MILLRACE_ENRICHER_REMEMBERED_IDS sets the room",
                    room,
                    Instant.ofEpochMilli(chunks.gapsEnd()));
        }
    }

    private void forgetOldest() {
        if (quarters.size() == 1) quarters.getLast().chunks = chunks.count();
        var oldest = quarters.removeFirst();
        ids.removeAll(oldest.mark);
        byMark[oldest.mark] = null;
        chunks.delete(oldest.begins, oldest.chunks);
    }

    private Quarter quarter(int mark) {
        return Objects.requireNonNull(byMark[mark]);
    }

    private Extent measure() {
        long reach = chunks.gapsEnd() == Chunks.NO_GAPS ? horizon : Math.min(horizon, now - chunks.gapsEnd());
        return new Extent(ids.size(), Duration.ofMillis(reach));
    }

    private static final class Quarter {
        private final long begins; // stream time
        private final int mark;
        private int size;
        private int chunks; // once it is over

        Quarter(long begins, int mark) {
            this.begins = begins;
            this.mark = mark;
        }
    }
}
