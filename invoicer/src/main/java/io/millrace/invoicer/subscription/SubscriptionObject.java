package io.millrace.invoicer.subscription;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.catalog.PlanObject;
import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.customer.Customer;
import java.time.Instant;
import java.time.LocalDate;
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
        @Nullable String onTerminationCreditNote,
        String onTerminationInvoice,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable PlanObject plan) {

    /// @param shownPlan null where the plan is not shown with it, as in lists
    /// @param previous plan of the one that it took over from, or will
    /// @param successor the one that took over from it, or will
    /// @param next the successor's plan
    /// @param now by the customer's clock
    static SubscriptionObject of(
            Subscription subscription,
            PlanHistory plan,
            @Nullable PlanObject shownPlan,
            Customer customer,
            @Nullable PlanHistory previous,
            @Nullable Subscription successor,
            @Nullable PlanHistory next,
            Instant now) {
        var revision = plan.last();
        var schedule = Schedule.of(subscription, revision, customer.zone());
        var period = schedule.fee().containing(now);
        var downgradeAt = successor == null || !successor.isPending() ? null : successor.begins();
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
                Shown.timeOrNull(subscription.startedAt() == null ? null : schedule.trialEndedBy(now)),
                Shown.time(subscription.createdAt()),
                previous == null ? null : previous.plan().code(),
                next == null ? null : next.plan().code(),
                downgradeAt == null
                        ? null
                        : LocalDate.ofInstant(downgradeAt, customer.zone()).toString(),
                subscription.isActive() ? Shown.time(period.from()) : null,
                subscription.isActive() ? Shown.end(period.to()) : null,
                onTerminationCreditNote(subscription, revision),
                subscription.onTerminationInvoice(),
                shownPlan);
    }

    /// What the contract does unless told otherwise is shown as what will be done.
    private static @Nullable String onTerminationCreditNote(Subscription subscription, PlanRevision plan) {
        if (!plan.payInAdvance()) return null;
        var told = subscription.onTerminationCreditNote();
        return told == null ? "credit" : told;
    }
}
