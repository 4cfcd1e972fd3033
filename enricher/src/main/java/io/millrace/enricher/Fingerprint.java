package io.millrace.enricher;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/// Tells events apart by 120 bits of their identity's SHA-256: of the subscription's key and the transaction id, of
/// which the first is preceded by its length.
///
/// Of a thousand million events, two that differ look alike with a chance of 4 in 10^19. Whoever wants to bring that
/// about needs 2^60 tries for any two events of his own and 2^120 for an event of somebody else: a faster hash would
/// let a tenant make another's events vanish as duplicates.
///
/// One for each task, used by its thread. The event seen last is not hashed again.
final class Fingerprint {
    private final MessageDigest sha256;
    private byte[] identity = new byte[256]; // what is hashed, all at once: parts cost more than they hold
    private @Nullable RawEventView last;
    private long high;
    private long low;

    Fingerprint() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Takes an event's fingerprint, to be read from [#high] and [#low].
    void take(IncomingEvent event) {
        if (event.event() == last) return;
        var key = event.key();
        int keyTo = Integer.BYTES + key.length;
        int to = keyTo + event.event().transactionLength();
        if (to > identity.length) identity = new byte[2 * to];
        ByteBuffer.wrap(identity).putInt(key.length).put(key);
        event.event().copyTransaction(identity, keyTo);
        sha256.update(identity, 0, to);
        var hash = ByteBuffer.wrap(sha256.digest());
        high = hash.getLong();
        low = hash.getLong();
        last = event.event();
    }

    long high() {
        return high;
    }

    /// The lowest 8 bits are no part of the fingerprint.
    long low() {
        return low;
    }
}
