package io.millrace.invoicer.subscription;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The states of a subscription, as functions of (state, event, time).
///
/// ```
///            created in the past           terminate, or billed until its end
///           ┌────────────────────▶ active ─────────────────────▶ terminated
///  create ──┤                        ▲
///           └────────▶ pending ──────┘ subscriptionAt reached
///             in the     │
///             future     └──────────▶ canceled
///                         terminate
/// ```
final class Transitions {
    private Transitions() {}

    static Subscription activated(Subscription pending, Schedule schedule) {
        var started = pending.subscriptionAt();
        return with(
                pending,
                Subscription.ACTIVE,
                started,
                null,
                null,
                pending.onTerminationInvoice(),
                started,
                schedule.nextBillingAt(started));
    }

    static Subscription canceled(Subscription pending, Instant now) {
        return with(pending, Subscription.CANCELED, null, null, now, pending.onTerminationInvoice(), null, null);
    }

    /// @param onTerminationInvoice generate or skip
    static Subscription terminated(Subscription active, Instant now, String onTerminationInvoice) {
        var started = active.startedAt();
        // What starts later today and is ended before never ran.
        var end = started != null && now.isBefore(started) ? started : now;
        var billedUntil = active.billedUntil();
        boolean owes = !onTerminationInvoice.equals("skip") && (billedUntil == null || billedUntil.isBefore(end));
        return with(
                active,
                Subscription.TERMINATED,
                started,
                end,
                null,
                onTerminationInvoice,
                billedUntil,
                owes ? earlier(active.nextBillingAt(), end) : null);
    }

    /// @param schedule the subscription's, with its end if it has one
    static Subscription billed(Subscription subscription, Instant until, Schedule schedule) {
        var next = schedule.nextBillingAt(until);
        boolean ends = next == null && subscription.isActive();
        return with(
                subscription,
                ends ? Subscription.TERMINATED : subscription.status(),
                subscription.startedAt(),
                ends ? subscription.end() : subscription.terminatedAt(),
                subscription.canceledAt(),
                subscription.onTerminationInvoice(),
                until,
                next);
    }

    private static Instant earlier(@Nullable Instant one, Instant other) {
        return one != null && one.isBefore(other) ? one : other;
    }

    private static Subscription with(
            Subscription subscription,
            String status,
            @Nullable Instant startedAt,
            @Nullable Instant terminatedAt,
            @Nullable Instant canceledAt,
            String onTerminationInvoice,
            @Nullable Instant billedUntil,
            @Nullable Instant nextBillingAt) {
        return new Subscription(
                subscription.id(),
                subscription.organizationId(),
                subscription.customerId(),
                subscription.planId(),
                subscription.externalId(),
                subscription.name(),
                status,
                subscription.billingTime(),
                subscription.subscriptionAt(),
                startedAt,
                subscription.endingAt(),
                terminatedAt,
                canceledAt,
                onTerminationInvoice,
                billedUntil,
                nextBillingAt,
                subscription.createdAt());
    }
}
