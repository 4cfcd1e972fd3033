package io.millrace.invoicer.invoice;

import java.time.Instant;
import java.util.UUID;

/// One billed period of one subscription: the guard against billing it twice.
///
/// @param from of the usage, inclusive
/// @param to of the usage, exclusive; `from` where a fee is billed alone
/// @param feeFrom of the plan's fee, inclusive
/// @param feeTo of the plan's fee, exclusive; of a plan paid in advance it is after the usage
/// @param planRevision by whose prices
/// @param parkedEvents of the period, of which nothing was known when it was billed: they are late if they ever
/// are released
record BilledPeriod(
        UUID invoiceId,
        UUID subscriptionId,
        Instant from,
        Instant to,
        Instant feeFrom,
        Instant feeTo,
        String invoicingReason,
        int planRevision,
        long parkedEvents) {}
