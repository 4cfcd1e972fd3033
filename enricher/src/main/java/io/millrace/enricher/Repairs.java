package io.millrace.enricher;

import io.millrace.enricher.Applied.PricedBefore;
import io.millrace.event.EnrichedEvent;
import io.millrace.streams.Configuration;
import io.millrace.streams.MetricInForce;
import io.millrace.streams.PlanInForce;
import io.millrace.streams.Timeline;
import io.millrace.streams.Timeline.Stretch;
import io.millrace.topic.Topic.Cleanup;
import io.millrace.topic.Topics;
import java.io.DataInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/// One partition's knowledge of what has to be enriched again, and what has been.
///
/// A change of what was agreed about a time from which events were enriched waits for the end of its
/// transaction, so that whatever was enriched by what it replaces can be read. Then one scan through
/// `events_enriched` serves all changes that wait:
///
/// ```
///  change    change        end of transaction
///    ▼         ▼                 │
///  [     wait for a scan     ] ──┴─▶ scan ── chunk ── chunk ── chunk ─▶ done
/// ```
///
/// A scan enriches each event of its changes again, so of a record that lies in a scan that is done, and in
/// one of its changes, it is known that a later one replaces it. This is why changes are kept until the
/// records that they were about are gone.
final class Repairs implements WriteBehind.Held {
    static final String STORE = "repairs";

    private static final Duration KEPT = kept();
    /// What the clocks of two brokers, or two writes of one moment, may lie apart.
    private static final Duration SLACK = Duration.ofMinutes(10);

    private static final byte APPLIED = 'a';
    private static final byte CHANGE = 'c';
    private static final byte SCAN = 's';
    private static final byte HOUR = 'h';
    private static final byte LAST_RAW = 'o';
    private static final byte RETRACTED = 'r';

    private final KeyValueStore<Bytes, byte[]> store;

    private final Map<Subject, Applied> applied = new HashMap<>();
    private final Map<Subject, Timeline<?>> compared = new HashMap<>();
    private final Set<Subject> unwritten = new HashSet<>();
    private final EnrichedTimes times = new EnrichedTimes(KEPT);
    private final Map<Subject, List<Change>> changes = new HashMap<>();
    private final TreeMap<Long, Scan> scans = new TreeMap<>();
    private final RetractedEvents retracted;

    private int waiting;
    private long lastChange;
    private long lastCommitted;
    private long lastRaw = -1;
    private long lastRawWritten = -1;
    private long replacements;
    private @Nullable Scan running;
    private volatile int pending;

    Repairs(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        this.retracted = new RetractedEvents(store, RETRACTED);
        try (var stored = store.all()) {
            stored.forEachRemaining(entry -> restore(ByteBuffer.wrap(entry.key.get()), entry.value));
        }
        for (var scan : scans.values()) {
            if (!scan.isDone()) running = scan;
        }
        lastCommitted = lastChange;
        pending = pendingNow();
    }

    static StoreBuilder<WriteBehind<Repairs>> store() {
        return WriteBehind.over(
                Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray()),
                Repairs::new);
    }

    /// To be called in a node's `init`, each time.
    static Repairs of(ProcessingContext context) {
        return context.<WriteBehind<Repairs>>getStateStore(STORE).content();
    }

    // What is noticed.

    /// To be called for each event that is enriched.
    void enriched(IncomingEvent event) {
        var origin = event.origin();
        times.add(origin.ingestedAt(), event.event().timestampMicros());
        if (origin.offset() > lastRaw) lastRaw = origin.offset();
    }

    /// To be called before an event is enriched by one of a metric's revisions.
    void applies(Subject metric, Timeline<MetricInForce> revisions) {
        if (isToCompare(metric, revisions)) applies(metric, revisions, Applied.ofMetric(revisions));
    }

    /// To be called before an event is enriched by one of a plan's revisions.
    void appliesPlan(Subject plan, Timeline<PlanInForce> revisions) {
        if (isToCompare(plan, revisions)) applies(plan, revisions, Applied.ofPlan(revisions, applied.get(plan)));
    }

    /// How often a plan or metric has been found to be agreed otherwise than before: who keeps what was
    /// found under it has to find it anew.
    long replacements() {
        return replacements;
    }

    /// Compares all plans and metrics that events were enriched by with what is agreed now.
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    void compare(Configuration agreed) {
        for (var subject : List.copyOf(applied.keySet())) {
            switch (subject.kind()) {
                case PLAN -> appliesPlan(subject, agreed.plans(subject.organizationId(), subject.name()));
                case METRIC -> applies(subject, agreed.metrics(subject.organizationId(), subject.name()));
                case SUBSCRIPTION -> throw new IllegalStateException("a subscription tells when it changes");
            }
        }
    }

    /// Something was agreed otherwise. It costs nothing unless an event of that time has been enriched.
    void changed(Subject subject, Stretch stretch) {
        long from = Micros.from(stretch.from());
        long to = Micros.to(stretch.to());
        long since = times.ingestedSince(from, to);
        if (since == EnrichedTimes.NEVER) return;
        lastChange++;
        put(new Change(lastChange, subject, from, to, lastRaw + 1, since, Change.WAITING));
        waiting++;
    }

    /// The charges of a plan that an event of a metric may have been counted in.
    Collection<PricedBefore> pricedBefore(EnrichedEvent event) {
        var plan = applied.get(Subject.plan(event.getOrganizationId(), event.getPlanId()));
        return plan == null ? List.of() : plan.charges(event.getCode());
    }

    /// The events that have been retracted.
    RetractedEvents retracted() {
        return retracted;
    }

    // What is done about it.

    /// True where something can be done now.
    boolean hasWork() {
        return running != null || (waiting > 0 && allChanges().stream().anyMatch(this::canBegin));
    }

    /// Changes that are not done with, as of the last transaction; other threads may ask.
    int pending() {
        return pending;
    }

    /// The scan that is under way, or else a new one for all changes that wait and are committed; null
    /// where it would have nothing to go through.
    @Nullable
    Scan scan(EventHistory history) {
        if (running != null) return running;
        long beginning = history.beginning();
        forgetBefore(beginning);
        long number = scans.isEmpty() ? 1 : scans.lastKey() + 1;
        var served = allChanges().stream().filter(this::canBegin).toList();
        if (served.isEmpty()) return null;
        long since = served.stream().mapToLong(Change::ingestedSince).min().getAsLong();
        long from = Math.max(beginning, history.since(since - SLACK.toMillis()));
        var scan = new Scan(number, from, Math.max(from, history.end()), from);
        for (var change : served) put(change.in(scan));
        waiting -= served.size();
        advance(scan);
        return running;
    }

    /// Goes on from an offset.
    void advance(Scan scan, long next) {
        advance(scan.at(next));
    }

    /// True where a record is the one that holds for its event, as far as this is known here, and the scan
    /// that is under way is about it.
    ///
    /// @param offset of the record in `events_enriched`
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

    @Override
    public void write() {
        for (var subject : unwritten) {
            var bytes = subject.key().getBytes(StandardCharsets.UTF_8);
            var key = ByteBuffer.allocate(2 + bytes.length)
                    .put(APPLIED)
                    .put(subject.kind().code())
                    .put(bytes);
            store.put(
                    Bytes.wrap(key.array()),
                    Objects.requireNonNull(applied.get(subject)).encode());
        }
        unwritten.clear();
        times.write((begins, value) -> store.put(key(HOUR, begins), value));
        if (lastRaw != lastRawWritten) {
            store.put(key(LAST_RAW, 0), Fields.write(out -> out.writeLong(lastRaw)));
            lastRawWritten = lastRaw;
        }
        lastCommitted = lastChange;
        pending = pendingNow();
    }

    private boolean isToCompare(Subject subject, Timeline<?> revisions) {
        // Nothing is known where the organization was erased or a value cannot be read: neither says that anything was
        // agreed otherwise.
        return compared.get(subject) != revisions && !revisions.spans().isEmpty();
    }

    private void applies(Subject subject, Timeline<?> revisions, Applied now) {
        compared.put(subject, revisions);
        var before = applied.put(subject, now);
        unwritten.add(subject);
        if (before == null) return;
        for (var stretch : before.terms().replacedIn(now.terms(), String::equals)) {
            replacements++;
            changed(subject, stretch);
        }
    }

    private void advance(Scan scan) {
        scans.put(scan.number(), scan);
        store.put(key(SCAN, scan.number()), scan.encode());
        running = scan.isDone() ? null : scan;
    }

    /// Forgets scans, and their changes, whose records are all gone.
    private void forgetBefore(long offset) {
        var gone = scans.values().stream()
                .filter(scan -> scan.to() <= offset)
                .map(Scan::number)
                .toList();
        if (gone.isEmpty()) return;
        for (var change : allChanges()) {
            if (!gone.contains(change.scan())) continue;
            var ofSubject = Objects.requireNonNull(changes.get(change.subject()));
            ofSubject.remove(change);
            if (ofSubject.isEmpty()) changes.remove(change.subject());
            store.delete(key(CHANGE, change.number()));
        }
        for (var number : gone) {
            scans.remove(number);
            store.delete(key(SCAN, number));
        }
    }

    private List<Change> allChanges() {
        return changes.values().stream().flatMap(List::stream).toList();
    }

    private boolean canBegin(Change change) {
        return change.scan() == Change.WAITING && change.number() <= lastCommitted;
    }

    private void put(Change change) {
        keep(change);
        store.put(key(CHANGE, change.number()), change.encode());
    }

    private void keep(Change change) {
        var ofSubject = changes.computeIfAbsent(change.subject(), same -> new ArrayList<>(1));
        ofSubject.removeIf(earlier -> earlier.number() == change.number());
        ofSubject.add(change);
    }

    private int pendingNow() {
        if (running == null) return waiting;
        long number = running.number();
        return waiting
                + (int) allChanges().stream()
                        .filter(change -> change.scan() == number)
                        .count();
    }

    private void restore(ByteBuffer key, byte[] value) {
        switch (key.get()) {
            case APPLIED -> {
                var kind = Subject.Kind.of(key.get());
                var text = new byte[key.remaining()];
                key.get(text);
                applied.put(new Subject(kind, new String(text, StandardCharsets.UTF_8)), Applied.decode(value));
            }
            case CHANGE -> {
                var change = Change.decode(key.getLong(), value);
                keep(change);
                lastChange = Math.max(lastChange, change.number());
                if (change.scan() == Change.WAITING) waiting++;
            }
            case SCAN -> {
                long number = key.getLong();
                scans.put(number, Scan.decode(number, value));
            }
            case HOUR -> times.restore(key.getLong(), value);
            case LAST_RAW -> {
                lastRaw = Fields.read(value, DataInputStream::readLong);
                lastRawWritten = lastRaw;
            }
            case RETRACTED -> retracted.restore(key);
            default -> throw new IllegalStateException("not an entry of " + STORE);
        }
    }

    private static Bytes key(byte what, long number) {
        return Bytes.wrap(
                ByteBuffer.allocate(1 + Long.BYTES).put(what).putLong(number).array());
    }

    private static Duration kept() {
        return switch (Topics.EVENTS_RAW.cleanup()) {
            case Cleanup.After(var retention) -> retention;
            case Cleanup.Compacted() -> throw new IllegalStateException("events are not compacted");
        };
    }
}
