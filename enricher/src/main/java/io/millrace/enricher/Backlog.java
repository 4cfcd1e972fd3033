package io.millrace.enricher;

import io.millrace.event.EnrichedEvent;
import io.millrace.streams.Timeline.Stretch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/// What of one topic has to be gone through again, since something was agreed otherwise about a time from
/// which it has events, and what has been.
///
/// A change waits for the end of its transaction, so that whatever was decided by what it replaces can be
/// read. Then one scan serves all changes that wait:
///
/// ```
///  change    change        end of transaction
///    ▼         ▼                 │
///  [     wait for a scan     ] ──┴─▶ scan ── piece ── piece ── piece ─▶ done
/// ```
///
/// Of enriched events, a scan enriches each one of its changes again, so of a record that lies in a scan that
/// is done, and in one of its changes, it is known that a later one replaces it. This is why their changes
/// are kept until the records that they were about are gone.
final class Backlog {
    /// What the clocks of two brokers, or two writes of one moment, may lie apart.
    private static final Duration SLACK = Duration.ofMinutes(1);

    private final boolean isReplacedByScans;
    private final EventTimes times;
    private final Entries storedChanges;
    private final Entries storedScans;
    private final Map<Subject, List<Change>> changes = new HashMap<>();
    private final TreeMap<Long, Scan> scans = new TreeMap<>();
    private final Set<String> concerned = new HashSet<>(); // keys and organizations, by the running scan
    private int waiting;
    private long lastChange;
    private long lastCommitted;
    private long finished;
    private @Nullable Scan running;

    /// @param topic name of its entries in the store
    /// @param isReplacedByScans whether a scan replaces each record that it is about
    /// @param kept how long events are kept
    Backlog(KeyValueStore<Bytes, byte[]> store, String topic, boolean isReplacedByScans, Duration kept) {
        this.isReplacedByScans = isReplacedByScans;
        this.times = new EventTimes(new Entries(store, topic + "/times"), kept);
        this.storedChanges = new Entries(store, topic + "/changes");
        this.storedScans = new Entries(store, topic + "/scans");
        storedScans.read((key, value) -> {
            var scan = Scan.decode(key.getLong(), value);
            scans.put(scan.number(), scan);
        });
        storedChanges.read((key, value) -> {
            var change = Change.decode(key.getLong(), value);
            keep(change);
            if (change.scan() == Change.WAITING) waiting++;
            lastChange = Math.max(lastChange, change.number());
        });
        lastCommitted = lastChange;
        for (var scan : scans.values()) run(scan);
    }

    /// To be called for each event that the topic has a record of.
    void has(IncomingEvent event) {
        times.add(event.origin().ingestedAt(), event.event().timestampMicros());
    }

    /// Something was agreed otherwise. It costs nothing unless the topic has an event of that time.
    ///
    /// @param rawBefore offset in `events_raw`: events from there on are decided by what is agreed now
    /// @return null where it costs nothing
    @Nullable
    Change changed(Subject subject, Stretch stretch, long rawBefore) {
        long from = Micros.from(stretch.from());
        long to = Micros.to(stretch.to());
        long since = times.ingestedSince(from, to);
        if (since == EventTimes.NEVER) return null;
        lastChange++;
        waiting++;
        var change = new Change(lastChange, subject, from, to, rawBefore, since, Change.WAITING);
        put(change);
        return change;
    }

    /// True where something can be done now.
    boolean hasWork() {
        return running != null || (waiting > 0 && !served().isEmpty());
    }

    /// How many changes are not done with.
    int pending() {
        return waiting + (running == null ? 0 : ofScan(running).size());
    }

    /// Changes that are not done with.
    List<Change> open() {
        return all().stream()
                .filter(change ->
                        change.scan() == Change.WAITING || (running != null && change.scan() == running.number()))
                .toList();
    }

    /// Rises with each scan that is done.
    long finished() {
        return finished;
    }

    /// The scan that is under way, or else a new one for all changes that wait and are committed; null
    /// where it would have nothing to go through.
    @Nullable
    Scan scan(EventHistory.Log log) {
        if (running != null) return running;
        var served = served();
        if (served.isEmpty()) return null;
        long beginning = log.beginning();
        forgetBefore(beginning);
        long since = served.stream().mapToLong(Change::ingestedSince).min().getAsLong();
        long from = Math.max(beginning, log.since(since - SLACK.toMillis()));
        long number = scans.isEmpty() ? 1 : scans.lastKey() + 1;
        var scan = new Scan(number, from, Math.max(from, log.end()), from);
        for (var change : served) put(change.in(scan));
        waiting -= served.size();
        put(scan);
        return running;
    }

    /// Goes on from an offset.
    void advance(Scan scan, long next) {
        put(scan.at(next));
    }

    /// False where the scan that is under way is not about any record of this key, whatever is in it.
    boolean mayConcern(byte @Nullable [] key) {
        if (key == null) return false;
        var text = new String(key, StandardCharsets.UTF_8);
        return concerned.contains(text) || concerned.contains(text.substring(0, Math.max(0, text.indexOf('/'))));
    }

    /// True where a record is the one that holds for its event, as far as this is known here, and the scan
    /// that is under way is about it.
    ///
    /// @param offset of the record in its topic
    boolean isToBeRepaired(EnrichedEvent event, long offset) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, event.getTimestamp());
        boolean isMeant = false;
        for (var subject : Subject.of(event)) {
            for (var change : changes.getOrDefault(subject, List.of())) {
                if (change.scan() == Change.WAITING || !change.covers(micros, event.getRawOffset())) continue;
                var scan = Objects.requireNonNull(scans.get(change.scan()));
                if (!scan.contains(offset)) continue;
                if (scan.isDone()) return false; // replaced by what that scan made of it
                isMeant = true;
            }
        }
        return isMeant;
    }

    /// To be called at the end of each transaction.
    void write() {
        times.write();
        lastCommitted = lastChange;
    }

    private List<Change> served() {
        return all().stream()
                .filter(change -> change.scan() == Change.WAITING && change.number() <= lastCommitted)
                .toList();
    }

    private List<Change> ofScan(Scan scan) {
        return all().stream().filter(change -> change.scan() == scan.number()).toList();
    }

    private List<Change> all() {
        return changes.values().stream().flatMap(List::stream).toList();
    }

    /// Forgets scans whose records are all gone.
    private void forgetBefore(long offset) {
        for (var scan : List.copyOf(scans.values())) {
            if (scan.to() <= offset) forget(scan);
        }
    }

    private void forget(Scan scan) {
        for (var change : ofScan(scan)) {
            var ofSubject = Objects.requireNonNull(changes.get(change.subject()));
            ofSubject.remove(change);
            if (ofSubject.isEmpty()) changes.remove(change.subject());
            storedChanges.delete(change.number());
        }
        scans.remove(scan.number());
        storedScans.delete(scan.number());
    }

    private void put(Scan scan) {
        scans.put(scan.number(), scan);
        storedScans.put(scan.number(), scan.encode());
        run(scan);
        if (scan.isDone() && !isReplacedByScans) forget(scan);
    }

    private void run(Scan scan) {
        if (scan.isDone()) {
            finished++;
            running = null;
            concerned.clear();
            return;
        }
        if (running == null) {
            for (var change : ofScan(scan)) concerned.add(change.subject().concerned());
        }
        running = scan;
    }

    private void put(Change change) {
        keep(change);
        storedChanges.put(change.number(), change.encode());
    }

    private void keep(Change change) {
        var ofSubject = changes.computeIfAbsent(change.subject(), same -> new ArrayList<>(1));
        ofSubject.removeIf(earlier -> earlier.number() == change.number());
        ofSubject.add(change);
    }
}
