package io.millrace.invoicer.usage;

import java.math.BigDecimal;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a subscription was charged as it came, in a period, under one charge, filter and group.
///
/// @param filterId null for the charge's default price
/// @param groupedBy value of each of the charge's pricing group keys
/// @param events at least 1
/// @param amountCents the fees added up
public record ChargedLine(
        UUID chargeId,
        @Nullable UUID filterId,
        Map<String, String> groupedBy,
        long events,
        BigDecimal units,
        long amountCents) {}
