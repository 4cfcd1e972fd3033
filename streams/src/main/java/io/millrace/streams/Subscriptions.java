package io.millrace.streams;

import io.millrace.config.Subscription;
import io.millrace.config.SubscriptionSpan;
import io.millrace.streams.StoredValues.Versioned;
import io.millrace.streams.Timeline.Stretch;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/// The subscriptions of one task's partition, looked up as of a time. Keys are those of the event topics.
///
/// The store keeps bytes, because there may be millions; those in use are kept compiled on the heap. A node
/// keeps the store ([#keep]) and tells the nodes behind it of each change, upon which they [#forget] what
/// they had compiled. Belongs to one task's thread.
public final class Subscriptions {
    /// Name of the store; nodes that look up are connected to it.
    public static final String STORE = "subscriptions";

    private static final int COMPILED_AT_MOST = 20_000;

    private final KeyValueStore<String, byte[]> store;
    private final StoredValues<Subscription, Timeline<SubscriptionSpan>> values;
    private final RecentlyUsed<String, Timeline<SubscriptionSpan>> compiled = new RecentlyUsed<>(COMPILED_AT_MOST);

    private Subscriptions(KeyValueStore<String, byte[]> store, Configuration configuration) {
        this.store = store;
        this.values = configuration.subscriptions();
    }

    /// The store; the same object for every node of a topology that is connected to it.
    public static StoreBuilder<KeyValueStore<String, byte[]>> store() {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray());
    }

    /// The node behind the source `config_subscriptions`: stores what is newer than it has and forwards a
    /// [Change] for it. Must be connected to [#store].
    public static ProcessorSupplier<String, byte[], String, Change> keep(Configuration configuration) {
        return () -> new Keep(configuration);
    }

    /// Says that the agreements under a record's key have changed. Two are the same in force where it is the
    /// same subscription to the same plan.
    ///
    /// @param replaced when one was in force that is not any more: events may have been taken by it
    /// @param agreed when one is in force that was not: events may have been refused for want of it
    public record Change(List<Stretch> replaced, List<Stretch> agreed) {
        /// The organization is erased, or the new value cannot be read: neither says that anything was agreed
        /// otherwise.
        private static final Change UNKNOWN = new Change(List.of(), List.of());

        private static Change between(Timeline<SubscriptionSpan> then, Timeline<SubscriptionSpan> now) {
            return new Change(then.notIn(now, Change::same), now.notIn(then, Change::same));
        }

        private static boolean same(SubscriptionSpan one, SubscriptionSpan other) {
            return one.getSubscriptionId().equals(other.getSubscriptionId())
                    && one.getPlanId().equals(other.getPlanId());
        }
    }

    /// For a node that looks up; to be called in its `init`.
    public static Subscriptions of(ProcessingContext context, Configuration configuration) {
        return new Subscriptions(context.getStateStore(STORE), configuration);
    }

    /// One subscription under a key, as it was agreed for a time, or else as it was agreed last; null where
    /// it is not known (yet). An event that was resolved to it stays its own, whatever is agreed about that
    /// time later.
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    public @Nullable SubscriptionSpan of(String key, String subscriptionId, Instant time) {
        var timeline = timeline(key);
        var inForce = timeline.at(time);
        if (inForce != null && inForce.getSubscriptionId().equals(subscriptionId)) return inForce;
        for (var span : timeline.spans().reversed()) {
            if (span.value().getSubscriptionId().equals(subscriptionId)) return span.value();
        }
        return null;
    }

    /// The subscriptions that ever held under a key; empty where none is known (yet).
    ///
    /// @throws io.millrace.registry.RegistryUnavailableException if the registry stays away
    public Timeline<SubscriptionSpan> timeline(String key) {
        var timeline = compiled.get(key);
        if (timeline == null) {
            timeline = read(key);
            compiled.put(key, timeline);
        }
        return timeline;
    }

    /// To be called when a [Change] of this key arrives.
    public void forget(String key) {
        compiled.remove(key);
    }

    private Timeline<SubscriptionSpan> read(String key) {
        var bytes = store.get(key);
        if (bytes == null) return Timeline.empty();
        var timeline = values.read(key, bytes).value();
        return timeline == null ? Timeline.empty() : timeline;
    }

    @SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
    private static final class Keep implements Processor<String, byte[], String, Change> {
        private static final Versioned<Timeline<SubscriptionSpan>> NOTHING =
                new Versioned<>(Long.MIN_VALUE, Timeline.empty());

        private final StoredValues<Subscription, Timeline<SubscriptionSpan>> values;
        private ProcessorContext<String, Change> context;
        private KeyValueStore<String, byte[]> store;

        Keep(Configuration configuration) {
            this.values = configuration.subscriptions();
        }

        @Override
        public void init(ProcessorContext<String, Change> context) {
            this.context = context;
            this.store = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, byte[]> change) {
            var key = change.key();
            var value = change.value();
            if (key == null) return; // a compacted topic takes no record without a key
            if (value == null) {
                store.delete(key); // the organization is erased
                context.forward(change.withValue(Change.UNKNOWN));
                return;
            }
            var now = values.read(key, value);
            var earlier = store.get(key);
            var then = earlier == null ? NOTHING : values.read(key, earlier);
            if (!now.replaces(then)) return;
            store.put(key, value);
            context.forward(change.withValue(change(then.value(), now.value())));
        }

        private static Change change(
                @Nullable Timeline<SubscriptionSpan> then, @Nullable Timeline<SubscriptionSpan> now) {
            if (now == null) return Change.UNKNOWN;
            if (then != null) return Change.between(then, now);
            // What it hid cannot be known any more.
            return new Change(List.of(Stretch.ALWAYS), List.of(Stretch.ALWAYS));
        }
    }
}
