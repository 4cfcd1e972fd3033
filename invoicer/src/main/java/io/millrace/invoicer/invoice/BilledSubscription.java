package io.millrace.invoicer.invoice;

import io.millrace.invoicer.invoice.Agreements.Agreement;
import io.millrace.invoicer.subscription.Schedule;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.rating.period.PeriodPart;
import java.util.List;
import java.util.UUID;

/// A subscription that is due, with all that its bill is made from.
///
/// @param period of the usage, which may be a part of a billing period; nothing where a fee is billed alone
/// @param reason why it is billed: subscription_starting, subscription_periodic or subscription_terminating
/// @param parked events of the period of which nothing is known yet
record BilledSubscription(
        Subscription subscription,
        Agreement agreement,
        Schedule schedule,
        PeriodPart period,
        String reason,
        List<UsageLine> usage,
        long parked) {

    static final String STARTING = "subscription_starting";
    static final String PERIODIC = "subscription_periodic";
    static final String TERMINATING = "subscription_terminating";

    boolean isStarting() {
        return reason.equals(STARTING);
    }

    BilledPeriod on(UUID invoiceId) {
        var fee = schedule.feeAt(period.to());
        return new BilledPeriod(
                invoiceId,
                subscription.id(),
                period.from(),
                period.to(),
                fee.from(),
                fee.to(),
                reason,
                agreement.plan().pricing(period.to()).revision(),
                parked);
    }
}
