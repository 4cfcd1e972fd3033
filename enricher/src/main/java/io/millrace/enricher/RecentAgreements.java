package io.millrace.enricher;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The agreements that events have asked for lately, found by the bytes of a subscription's key and a time. Where the
/// younger half is full, it becomes the older one and what is still in that is forgotten; what is asked for and is
/// in the older half only is added to the younger.
///
/// Nothing stands between a slot and its agreement: where there are many, the way there is what a look-up costs.
/// Belongs to one task's thread.
final class RecentAgreements {
    private static final int SLOTS_AT_FIRST = 16;

    private final int half;
    /// Each in the first free slot from its hash on; half of them at most are taken.
    private @Nullable Agreement[] younger = new Agreement[SLOTS_AT_FIRST];

    private @Nullable Agreement[] older = new Agreement[SLOTS_AT_FIRST];
    private int size;

    /// @param atMost how many are kept, from 2
    RecentAgreements(int atMost) {
        this.half = atMost / 2;
    }

    /// Null where none is kept that holds at the time.
    ///
    /// @param micros since 1970 UTC
    @Nullable
    Agreement get(byte[] key, long micros) {
        int hash = Arrays.hashCode(key);
        var agreement = find(younger, hash, key, micros);
        if (agreement != null) return agreement;
        agreement = find(older, hash, key, micros);
        if (agreement != null) add(agreement);
        return agreement;
    }

    /// Adds one that is not there yet.
    void add(Agreement agreement) {
        if (size >= half) {
            older = younger;
            younger = new Agreement[SLOTS_AT_FIRST];
            size = 0;
        }
        if (2 * ++size > younger.length) {
            var full = younger;
            younger = new Agreement[2 * full.length];
            size = 1;
            for (var each : full) {
                // What is forgotten would all go to one slot.
                if (each == null || each.holdsNever()) continue;
                put(each);
                size++;
            }
        }
        put(agreement);
    }

    /// Forgets all of a subscription.
    void forget(byte[] key) {
        forget(younger, key);
        forget(older, key);
    }

    private void put(Agreement agreement) {
        int last = younger.length - 1;
        int at = slot(agreement.hash(), last);
        while (younger[at] != null) at = at + 1 & last;
        younger[at] = agreement;
    }

    private static @Nullable Agreement find(@Nullable Agreement[] slots, int hash, byte[] key, long micros) {
        int last = slots.length - 1;
        for (int at = slot(hash, last); ; at = at + 1 & last) {
            var agreement = slots[at];
            if (agreement == null || agreement.holds(hash, key, micros)) return agreement;
        }
    }

    private static void forget(@Nullable Agreement[] slots, byte[] key) {
        int hash = Arrays.hashCode(key);
        int last = slots.length - 1;
        for (int at = slot(hash, last); ; at = at + 1 & last) {
            var agreement = slots[at];
            if (agreement == null) return;
            // Its slot stays taken, so that those behind it are found.
            if (agreement.isOf(hash, key)) slots[at] = Agreement.NONE;
        }
    }

    private static int slot(int hash, int last) {
        return (hash ^ hash >>> 16) & last;
    }
}
