package io.millrace.charger;

import io.millrace.event.ExpandedEvent;
import org.jspecify.annotations.Nullable;

/// An event that cannot be charged, on its way to the dead letters.
///
/// @param event null when the record is unreadable
/// @param message one sentence for a person
record Refusal(Origin origin, @Nullable ExpandedEvent event, Reason reason, String message) {

    static Refusal of(IncomingEvent event, Reason reason, String message) {
        return new Refusal(event.origin(), event.event(), reason, message);
    }
}
