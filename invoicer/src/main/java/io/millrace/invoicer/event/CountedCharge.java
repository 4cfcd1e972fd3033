package io.millrace.invoicer.event;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A charge that an event counts in.
///
/// @param filterId null for the charge's default price
/// @param planRevision by which the event fell in the charge
/// @param groupedBy value of each of the charge's pricing group keys
record CountedCharge(
        Instant timestamp,
        UUID subscriptionId,
        UUID chargeId,
        @Nullable UUID filterId,
        long planRevision,
        Map<String, String> groupedBy,
        boolean payInAdvance,
        String value,
        @Nullable String operation) {}
