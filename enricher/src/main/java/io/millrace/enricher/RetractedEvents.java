package io.millrace.enricher;

import java.nio.ByteBuffer;

/// Events that were enriched and then retracted, because they could not be billed any more. Such an event
/// may become billable again, or be sent again: then it is enriched with a higher version than the one that
/// retracted it, or the retraction would hide it for ever.
///
/// They are kept for good: the fingerprint on the heap, so that any other event costs one look there, and
/// the version in the store.
final class RetractedEvents {
    private static final long NOT_RETRACTED = 0;
    private static final int MARK = 1;

    private final Entries stored;
    private final FingerprintSet retracted = new FingerprintSet();

    RetractedEvents(Entries stored) {
        this.stored = stored;
        stored.read((key, value) -> retracted.add(key.getLong(), key.getLong(), MARK));
    }

    /// The version that retracted an event; 0 where none has.
    long version(Fingerprint event) {
        if (!contains(event)) return NOT_RETRACTED;
        var version = stored.get(key(event));
        return version == null ? NOT_RETRACTED : ByteBuffer.wrap(version).getLong();
    }

    void add(Fingerprint event, long version) {
        if (!contains(event)) retracted.add(event.high(), event.low(), MARK);
        stored.put(key(event), ByteBuffer.allocate(Long.BYTES).putLong(version).array());
    }

    private boolean contains(Fingerprint event) {
        return retracted.size() > 0 && retracted.mark(event.high(), event.low()) != FingerprintSet.ABSENT;
    }

    private static byte[] key(Fingerprint event) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(event.high())
                .putLong(event.low() & ~0xffL)
                .array();
    }
}
