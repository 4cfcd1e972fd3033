package io.millrace.invoicer.subscription;

import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.customer.Customer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A subscription as the API shows it.
@Wire
public record SubscriptionObject(
        String lagoId,
        String externalId,
        String lagoCustomerId,
        String externalCustomerId,
        @Nullable String name,
        String planCode,
        long planAmountCents,
        String planAmountCurrency,
        String status,
        String billingTime,
        String subscriptionAt,
        @Nullable String startedAt,
        @Nullable String endingAt,
        @Nullable String terminatedAt,
        @Nullable String canceledAt,
        @Nullable String trialEndedAt,
        String createdAt,
        @Nullable String previousPlanCode,
        @Nullable String nextPlanCode,
        @Nullable String downgradePlanDate,
        @Nullable String currentBillingPeriodStartedAt,
        @Nullable String currentBillingPeriodEndingAt,
        String onTerminationCreditNote,
        String onTerminationInvoice) {

    /// @param now by the customer's clock
    public static SubscriptionObject of(Subscription subscription, PlanHistory plan, Customer customer, Instant now) {
        var revision = plan.last();
        var period = Schedule.of(subscription, revision, customer.zone()).fee().containing(now);
        return new SubscriptionObject(
                subscription.id().toString(),
                subscription.externalId(),
                customer.id().toString(),
                customer.externalId(),
                subscription.name(),
                plan.plan().code(),
                revision.amountCents(),
                revision.amountCurrency(),
                subscription.status(),
                subscription.billingTime(),
                Shown.time(subscription.subscriptionAt()),
                Shown.timeOrNull(subscription.startedAt()),
                Shown.timeOrNull(subscription.endingAt()),
                Shown.timeOrNull(subscription.terminatedAt()),
                Shown.timeOrNull(subscription.canceledAt()),
                null,
                Shown.time(subscription.createdAt()),
                null,
                null,
                null,
                subscription.isActive() ? Shown.time(period.from()) : null,
                subscription.isActive() ? Shown.end(period.to()) : null,
                "credit",
                subscription.onTerminationInvoice());
    }
}
