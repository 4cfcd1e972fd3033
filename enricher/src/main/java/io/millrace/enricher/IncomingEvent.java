package io.millrace.enricher;

import io.millrace.event.RawEvent;

/// A readable raw event on its way.
///
/// @param key its subscription's key: [io.millrace.topic.Keys#subscription]
/// @param rememberedAt where [RememberedIds] keeps its id, or [#NOT_REMEMBERED]
record IncomingEvent(String key, RawEvent event, Origin origin, long rememberedAt) {
    static final long NOT_REMEMBERED = -1;

    IncomingEvent remembered(long at) {
        return new IncomingEvent(key, event, origin, at);
    }

    boolean isRemembered() {
        return rememberedAt != NOT_REMEMBERED;
    }
}
