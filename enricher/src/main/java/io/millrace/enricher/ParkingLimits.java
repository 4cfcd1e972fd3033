package io.millrace.enricher;

import java.time.Duration;

/// How long, and how many, events wait for configuration that they need.
///
/// @param upTo time from an event's ingestion, or from the start of its task where that was later, after which it
/// becomes a dead letter. Shorter than the control plane may lag behind, and events are refused that only came
/// early
/// @param perSubscription events of one subscription and code that wait at most; one more is a dead letter at once
/// @param lookAgain time between looks for metrics and plans; a subscription's arrival is acted upon at once
record ParkingLimits(Duration upTo, int perSubscription, Duration lookAgain) {
    ParkingLimits {
        if (upTo.isNegative()) throw new IllegalArgumentException("upTo must not be negative");
        if (perSubscription < 0) throw new IllegalArgumentException("perSubscription must not be negative");
        if (lookAgain.toMillis() < 1) throw new IllegalArgumentException("lookAgain must be at least 1 ms");
    }
}
