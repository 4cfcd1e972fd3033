package io.millrace.charger;

import java.time.Duration;

/// How long events wait for the configuration by which they were resolved.
///
/// @param upTo time from the writing of an event, or from the start of its task where that was later, after
/// which it becomes a dead letter. The enricher has seen what the event waits for, so a wait is as long as
/// two readers of one topic differ
/// @param lookAgain time between looks for plans; a subscription's arrival is acted upon at once
record WaitingLimits(Duration upTo, Duration lookAgain) {
    /// Refuses what would be no wait, or no look.
    WaitingLimits {
        if (upTo.isNegative()) throw new IllegalArgumentException("upTo must not be negative");
        if (lookAgain.toMillis() < 1) throw new IllegalArgumentException("lookAgain must be at least 1 ms");
    }
}
