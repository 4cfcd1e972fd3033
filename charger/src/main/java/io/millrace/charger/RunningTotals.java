package io.millrace.charger;

import io.millrace.event.ExpandedEvent;
import io.millrace.rating.aggregation.BilledLevel;
import io.millrace.rating.aggregation.UniqueCount.Presence;
import io.millrace.rating.charge.ChargedSoFar;
import io.millrace.rating.money.Quantity;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/// What was charged so far, for each subscription, charge, filter, group and billing period; for unique
/// counts also which texts are present. Kept for good: an event may be years late, and is then one more of
/// its period. That is some hundred bytes for each of them, and for each text.
///
/// Belongs to one task's thread.
final class RunningTotals {
    static final String TOTALS = "running-totals";
    static final String PRESENCES = "present-texts";

    private final KeyValueStore<Bytes, String> totals;
    private final KeyValueStore<Bytes, byte[]> presences;

    private RunningTotals(KeyValueStore<Bytes, String> totals, KeyValueStore<Bytes, byte[]> presences) {
        this.totals = totals;
        this.presences = presences;
    }

    /// Holds back its writes until the commit: a busy total costs one record per transaction, not one per
    /// event.
    static StoreBuilder<KeyValueStore<Bytes, String>> totals() {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(TOTALS), Serdes.Bytes(), Serdes.String())
                .withCachingEnabled();
    }

    static StoreBuilder<KeyValueStore<Bytes, byte[]>> presences() {
        return Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(PRESENCES), Serdes.Bytes(), Serdes.ByteArray());
    }

    static RunningTotals of(ProcessingContext context) {
        return new RunningTotals(context.getStateStore(TOTALS), context.getStateStore(PRESENCES));
    }

    ChargedSoFar get(Bytes total) {
        var stored = totals.get(total);
        return stored == null ? ChargedSoFar.NOTHING : parse(stored);
    }

    void put(Bytes total, ChargedSoFar charged) {
        totals.put(total, print(charged));
    }

    /// Null where the text was never seen in this total.
    @Nullable
    Presence presence(Bytes total, String text) {
        var stored = presences.get(textKey(total, text));
        if (stored == null) return null;
        var buffer = ByteBuffer.wrap(stored);
        return new Presence(
                Instant.EPOCH.plus(buffer.getLong(), ChronoUnit.MICROS), buffer.getLong(), buffer.get() == 1);
    }

    void put(Bytes total, String text, Presence presence) {
        presences.put(
                textKey(total, text),
                ByteBuffer.allocate(2 * Long.BYTES + 1)
                        .putLong(ChronoUnit.MICROS.between(Instant.EPOCH, presence.timestamp()))
                        .putLong(presence.sequence())
                        .put((byte) (presence.present() ? 1 : 0))
                        .array());
    }

    /// Names a total. Each part is preceded by its length, so that no two names are alike by accident; a
    /// subscription's totals lie together.
    static Bytes key(IncomingEvent incoming, Instant periodFrom) {
        ExpandedEvent event = incoming.event();
        var key = new ByteArrayOutputStream(256);
        append(key, incoming.key());
        append(key, event.getSubscriptionId());
        append(key, event.getChargeId());
        // No filter has an empty id.
        append(key, event.getChargeFilterId() == null ? "" : event.getChargeFilterId());
        key.writeBytes(ByteBuffer.allocate(Long.BYTES)
                .putLong(periodFrom.getEpochSecond())
                .array());
        new TreeMap<>(event.getGroupedBy()).forEach((name, value) -> {
            append(key, name);
            append(key, value);
        });
        return Bytes.wrap(key.toByteArray());
    }

    private static Bytes textKey(Bytes total, String text) {
        var key = new ByteArrayOutputStream(256);
        // Before the total, so that one total's texts are not taken for another's groups.
        key.writeBytes(
                ByteBuffer.allocate(Integer.BYTES).putInt(total.get().length).array());
        key.writeBytes(total.get());
        key.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return Bytes.wrap(key.toByteArray());
    }

    private static void append(ByteArrayOutputStream key, String part) {
        var bytes = part.getBytes(StandardCharsets.UTF_8);
        key.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        key.writeBytes(bytes);
    }

    /// Units now and highest, stated prices now and highest, events, precise amount, cents:
    /// `12.5 20 0 0 3 0.0125 1`.
    static String print(ChargedSoFar charged) {
        return String.join(
                " ",
                Quantity.print(charged.units().current()),
                Quantity.print(charged.units().highest()),
                Quantity.print(charged.stated().current()),
                Quantity.print(charged.stated().highest()),
                Long.toString(charged.events()),
                Quantity.print(charged.preciseAmount()),
                Long.toString(charged.amountCents()));
    }

    static ChargedSoFar parse(String text) {
        var parts = text.split(" ", -1);
        if (parts.length != 7) throw new IllegalStateException("a running total reads \"" + text + "\"");
        // Beyond the bounds of a single quantity: sums and products grow.
        return new ChargedSoFar(
                new BilledLevel(new BigDecimal(parts[0]), new BigDecimal(parts[1])),
                new BilledLevel(new BigDecimal(parts[2]), new BigDecimal(parts[3])),
                Long.parseLong(parts[4]),
                new BigDecimal(parts[5]),
                Long.parseLong(parts[6]));
    }
}
