package io.millrace.invoicer.invoice;

import io.millrace.invoicer.invoice.Agreements.Agreement;
import io.millrace.invoicer.subscription.Schedule;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.rating.period.TimeSpan;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// A subscription whose period is over, with all that its bill is made from.
///
/// @param period of the usage
/// @param reason why it is billed: subscription_periodic or subscription_terminating
/// @param parked events of the period of which nothing is known yet
record BilledSubscription(
        Subscription subscription,
        Agreement agreement,
        Schedule schedule,
        TimeSpan period,
        String reason,
        List<UsageLine> usage,
        long parked) {

    BilledPeriod on(UUID invoiceId) {
        var started = subscription.startedAt();
        Instant feeFrom = schedule.feeFrom(period.to());
        return new BilledPeriod(
                invoiceId,
                subscription.id(),
                period.from(),
                period.to(),
                started != null && started.isAfter(feeFrom) ? started : feeFrom,
                reason,
                agreement.plan().pricing(period.to()).revision(),
                parked);
    }
}
