package io.millrace.invoicer.event;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A record of `events_raw`: an event as its producer reported it, or one more time.
///
/// @param timestamp event time
/// @param preciseTotalAmountCents as its producer wrote it; null where it set no price
/// @param takenAt when the broker took this record; of one that was sent again, later than its first ingestion
record TakenEvent(
        String externalSubscriptionId,
        String transactionId,
        String code,
        Instant timestamp,
        Map<String, String> properties,
        @Nullable String preciseTotalAmountCents,
        String source,
        Place place,
        Instant takenAt) {

    Key key() {
        return new Key(externalSubscriptionId, timestamp, transactionId);
    }

    /// By which an event is found in the tables of what was made of it.
    record Key(String externalSubscriptionId, Instant timestamp, String transactionId) {}
}
