package io.millrace.enricher;

import io.millrace.event.EnrichedEvent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A readable raw event on its way.
///
/// @param key its subscription's key, as on every event topic
/// @param rememberedAt where [RememberedIds] keeps its id, or [#NOT_REMEMBERED]
/// @param earlier what was made of it before, where it is enriched again; null for the first time
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are handed on as they are
record IncomingEvent(
        byte[] key,
        RawEventView event,
        Origin origin,
        long rememberedAt,
        @Nullable EnrichedEvent earlier) {
    static final long NOT_REMEMBERED = -1;

    /// An event that comes for the first time, as far as is known.
    IncomingEvent(byte[] key, RawEventView event, Origin origin, long rememberedAt) {
        this(key, event, origin, rememberedAt, null);
    }

    IncomingEvent remembered(long at) {
        return new IncomingEvent(key, event, origin, at, earlier);
    }

    boolean isRemembered() {
        return rememberedAt != NOT_REMEMBERED;
    }

    String keyText() {
        return new String(key, StandardCharsets.UTF_8);
    }
}
