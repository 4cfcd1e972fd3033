package io.millrace.enricher;

import org.jspecify.annotations.Nullable;

/// The terms of one plan that events have asked for, shared by all of its subscriptions: found by the bytes of an
/// event's code, of which no text is made. Belongs to one task's thread.
final class PlanTerms {
    private static final int SLOTS_AT_FIRST = 8;

    /// Each in the first free slot from its code's on; half of them at most are taken.
    private @Nullable Terms[] slots = new Terms[SLOTS_AT_FIRST];

    private int size;

    /// The terms of an event's code as of its time; null where no event has asked for them yet.
    @Nullable
    Terms of(RawEventView event) {
        int last = slots.length - 1;
        for (int at = event.codeHash() & last; ; at = at + 1 & last) {
            var terms = slots[at];
            if (terms == null || terms.holdFor(event)) return terms;
        }
    }

    /// Adds terms that are not there yet.
    void add(Terms terms) {
        if (2 * ++size > slots.length) {
            var full = slots;
            slots = new Terms[2 * full.length];
            for (var each : full) {
                if (each != null) put(each);
            }
        }
        put(terms);
    }

    void forget() {
        slots = new Terms[SLOTS_AT_FIRST];
        size = 0;
    }

    private void put(Terms terms) {
        int last = slots.length - 1;
        int at = RawEventView.codeHash(terms.code()) & last;
        while (slots[at] != null) at = at + 1 & last;
        slots[at] = terms;
    }
}
