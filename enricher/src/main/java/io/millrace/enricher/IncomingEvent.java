package io.millrace.enricher;

import java.nio.charset.StandardCharsets;

/// A readable raw event on its way.
///
/// @param key its subscription's key, as on every event topic
/// @param rememberedAt where [RememberedIds] keeps its id, or [#NOT_REMEMBERED]
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are handed on as they are
record IncomingEvent(byte[] key, RawEventView event, Origin origin, long rememberedAt) {
    static final long NOT_REMEMBERED = -1;

    IncomingEvent remembered(long at) {
        return new IncomingEvent(key, event, origin, at);
    }

    boolean isRemembered() {
        return rememberedAt != NOT_REMEMBERED;
    }

    String keyText() {
        return new String(key, StandardCharsets.UTF_8);
    }
}
