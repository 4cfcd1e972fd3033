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
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/// One partition's knowledge of what its events were decided by, and of what has to be decided anew since
/// something was agreed otherwise: enriched events by what is not agreed any more, and dead letters for want
/// of what is agreed now.
final class Repairs implements WriteBehind.Held {
    static final String STORE = "repairs";

    private static final Duration KEPT = kept();
    /// More plans and metrics that events name and nobody knows are not remembered, lest a producer that
    /// makes them up fills the heap.
    private static final int UNHEARD_OF_AT_MOST = 10_000;

    private static final byte[] ONLY = {};

    private final Entries storedApplied;
    private final Entries storedRaw;
    private final Map<Subject, Applied> applied = new HashMap<>();
    private final Map<Subject, Timeline<?>> compared = new HashMap<>();
    private final Set<Subject> unwritten = new HashSet<>();
    private final Backlog enriched;
    private final Backlog refused;
    private final RetractedEvents retracted;

    private int unheardOf;
    private long replacements;
    private long lastRaw = -1;
    private long lastRawWritten = -1;
    private Concerned concerned = new Concerned();
    private long finishedBefore = -1;
    private Configuration.@Nullable Read released;
    private volatile int pending;

    Repairs(KeyValueStore<Bytes, byte[]> store) {
        this.storedApplied = new Entries(store, "applied");
        this.storedRaw = new Entries(store, "raw");
        this.enriched = new Backlog(store, "enriched", true, KEPT);
        this.refused = new Backlog(store, "refused", false, KEPT);
        this.retracted = new RetractedEvents(new Entries(store, "retracted"));
        storedApplied.read((key, value) -> remember(Subject.decode(key), Applied.decode(value)));
        storedRaw.read((key, value) -> lastRaw = lastRawWritten = Fields.read(value, DataInputStream::readLong));
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

    /// To be called for each event that is enriched.
    void noteEnriched(IncomingEvent event) {
        enriched.has(event);
        if (event.origin().offset() > lastRaw) lastRaw = event.origin().offset();
    }

    /// To be called for each event that is refused for a reason that depends on what is agreed.
    void noteRefused(IncomingEvent event) {
        refused.has(event);
    }

    /// To be called before an event is decided by one of a metric's revisions, or by there being none.
    void applies(Subject metric, Timeline<MetricInForce> revisions) {
        if (isToCompare(metric, revisions)) compare(metric, revisions, Applied.ofMetric(revisions));
    }

    /// To be called before an event is decided by one of a plan's revisions, or by there being none.
    void appliesPlan(Subject plan, Timeline<PlanInForce> revisions) {
        if (isToCompare(plan, revisions)) compare(plan, revisions, Applied.ofPlan(revisions, applied.get(plan)));
    }

    /// How often a plan or metric has been found to be agreed otherwise than before: who keeps what was
    /// found under it has to find it anew.
    long replacements() {
        return replacements;
    }

    /// Compares all plans and metrics that events were decided by with what is agreed now.
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

    /// Something was agreed otherwise.
    ///
    /// @param replaced when something held that does not hold any more: events were enriched by it
    /// @param agreed when something holds that did not: events were refused for want of it
    /// @return true where more is [#concerned] than before
    boolean changed(Subject subject, List<Stretch> replaced, List<Stretch> agreed) {
        var known = concerned();
        boolean isMore = false;
        for (var stretch : replaced) isMore |= isMore(known, enriched.changed(subject, stretch, lastRaw + 1));
        for (var stretch : agreed) isMore |= isMore(known, refused.changed(subject, stretch, lastRaw + 1));
        return isMore;
    }

    /// Whose events are not enriched yet by what is agreed now, as others are told.
    Concerned concerned() {
        long finished = enriched.finished() + refused.finished();
        if (finished != finishedBefore) {
            concerned = Concerned.by(Stream.concat(enriched.open().stream(), refused.open().stream())
                    .toList());
            finishedBefore = finished;
        }
        return concerned;
    }

    /// To be called when all events that waited for a metric or a plan which had been read by then have been sent
    /// on.
    void noteReleased(Configuration.Read upTo) {
        released = upTo;
    }

    /// Null where nobody has looked since the task started.
    Configuration.@Nullable Read released() {
        return released;
    }

    /// What was enriched and has to be enriched again.
    Backlog enriched() {
        return enriched;
    }

    /// Dead letters that may be billable now.
    Backlog refused() {
        return refused;
    }

    /// The events that have been retracted.
    RetractedEvents retracted() {
        return retracted;
    }

    /// The charges of a plan that an event of a metric may have been counted in.
    Collection<PricedBefore> pricedBefore(EnrichedEvent event) {
        var plan = applied.get(Subject.plan(event.getOrganizationId(), event.getPlanId()));
        return plan == null ? List.of() : plan.charges(event.getCode());
    }

    boolean hasWork() {
        return enriched.hasWork() || refused.hasWork();
    }

    /// Changes that are not done with, as of the last transaction; other threads may ask.
    int pending() {
        return pending;
    }

    @Override
    public void write() {
        for (var subject : unwritten) {
            storedApplied.put(
                    subject.encode(),
                    Objects.requireNonNull(applied.get(subject)).encode());
        }
        unwritten.clear();
        if (lastRaw != lastRawWritten) {
            storedRaw.put(ONLY, Fields.write(out -> out.writeLong(lastRaw)));
            lastRawWritten = lastRaw;
        }
        enriched.write();
        refused.write();
        pending = pendingNow();
    }

    private static boolean isMore(Concerned known, @Nullable Change change) {
        return change != null && known.add(change);
    }

    private boolean isToCompare(Subject subject, Timeline<?> revisions) {
        if (compared.get(subject) == revisions) return false;
        // Where nothing is known any more, the organization was erased or a value cannot be read: neither says that
        // anything was agreed otherwise.
        return !revisions.spans().isEmpty() || (!applied.containsKey(subject) && unheardOf < UNHEARD_OF_AT_MOST);
    }

    private void compare(Subject subject, Timeline<?> revisions, Applied now) {
        compared.put(subject, revisions);
        unwritten.add(subject);
        var before = remember(subject, now);
        if (before == null) return;
        var replaced = before.terms().notIn(now.terms(), String::equals);
        var agreed = now.terms().notIn(before.terms(), String::equals);
        if (replaced.isEmpty() && agreed.isEmpty()) return;
        replacements++;
        changed(subject, replaced, agreed);
    }

    private @Nullable Applied remember(Subject subject, Applied now) {
        var before = applied.put(subject, now);
        if (before != null && before.isNothing()) unheardOf--;
        if (now.isNothing()) unheardOf++;
        return before;
    }

    private int pendingNow() {
        return enriched.pending() + refused.pending();
    }

    private static Duration kept() {
        return switch (Topics.EVENTS_RAW.cleanup()) {
            case Cleanup.After(var retention) -> retention;
            case Cleanup.Compacted() -> throw new IllegalStateException("events are not compacted");
        };
    }
}
