package io.millrace.enricher;

import java.nio.charset.StandardCharsets;

/// A readable raw event on its way.
///
/// @param key its subscription's key, as on every event topic
/// @param rememberedAt where [RememberedIds] keeps its id, or [#NOT_REMEMBERED]
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are handed on as they are
record IncomingEvent(byte[] key, RawEventView event, Origin origin, long rememberedAt, Past past) {
    static final long NOT_REMEMBERED = -1;

    /// An event that comes for the first time, as far as is known.
    IncomingEvent(byte[] key, RawEventView event, Origin origin, long rememberedAt) {
        this(key, event, origin, rememberedAt, Past.NONE);
    }

    IncomingEvent remembered(long at) {
        return new IncomingEvent(key, event, origin, at, past);
    }

    boolean isRemembered() {
        return rememberedAt != NOT_REMEMBERED;
    }

    String keyText() {
        return new String(key, StandardCharsets.UTF_8);
    }
}
