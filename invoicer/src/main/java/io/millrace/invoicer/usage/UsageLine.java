package io.millrace.invoicer.usage;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a subscription used in a period under one charge, filter and group.
///
/// @param filterId null for the charge's default price
/// @param groupedBy value of each of the charge's pricing group keys
public record UsageLine(
        UUID subscriptionId, UUID chargeId, @Nullable UUID filterId, Map<String, String> groupedBy, Measured measured) {

    UsageLine with(Measured other) {
        return new UsageLine(subscriptionId, chargeId, filterId, groupedBy, other);
    }

    public long events() {
        return measured.events();
    }
}
