package io.millrace.enricher;

import org.jspecify.annotations.Nullable;

/// An event that cannot be billed, on its way to the dead letters.
///
/// @param event null when the record is unreadable
/// @param message one sentence for a person
record Refusal(Origin origin, @Nullable IncomingEvent event, Reason reason, String message) {
    private static final int QUOTED_AT_MOST = 100;

    static Refusal of(IncomingEvent event, Reason reason, String message) {
        return new Refusal(event.origin(), event, reason, message);
    }

    /// A text from outside, to be put into a message: in quotes, and shortened.
    static String quote(String text) {
        return text.length() <= QUOTED_AT_MOST ? '"' + text + '"' : '"' + text.substring(0, QUOTED_AT_MOST) + "…\"";
    }
}
