package io.millrace.invoicer.subscription;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The states of a subscription, as functions of (state, event, time).
///
/// ```
///            created in the past           terminate, ending_at, or an upgrade
///           ┌────────────────────▶ active ─────────────────────▶ terminated
///  create ──┤                        ▲
///           └────────▶ pending ──────┘ its time has come
///             in the     │
///             future     └──────────▶ canceled
///                         terminate
/// ```
///
/// Another plan under the same external id is another subscription, the successor:
///
/// | event          | pending on its own | active                                 | its pending successor   |
/// |----------------|--------------------|----------------------------------------|-------------------------|
/// | upgrade        | takes the plan     | hands over at once, a successor begins | canceled                |
/// | downgrade      | takes the plan     | stays, a successor is pending          | canceled for the new one |
/// | its time comes | begins             | hands over then                        | begins                  |
/// | terminate      | canceled           | terminated now                         | canceled                |
/// | `ending_at`    |                    | terminated then                        | canceled                |
/// | another end    | keeps it           | the cursor moves to or from the end    |                         |
/// | a bill         |                    | the cursor moves on                    |                         |
///
/// Spans are half-open: at the very instant at which one hands over the usage is the next one's.
final class Transitions {
    private Transitions() {}

    /// A pending subscription begins.
    ///
    /// @param agreedAt periods that were over before are not billed; `at` unless it begins in the past
    /// @param schedule its own, from `at` on
    static Subscription begun(Subscription pending, Instant at, Instant agreedAt, Schedule schedule) {
        var change = new Change(pending);
        change.status = Subscription.ACTIVE;
        change.startedAt = at;
        change.firstStartedAt = schedule.term().trial().startedAt();
        var billedFrom = schedule.firstBilledFrom(agreedAt);
        change.billedUntil = billedFrom;
        change.nextBillingAt = schedule.firstBillingAt(billedFrom, agreedAt);
        return change.made();
    }

    static Subscription canceled(Subscription pending, Instant now) {
        var change = new Change(pending);
        change.status = Subscription.CANCELED;
        change.canceledAt = now;
        change.nextBillingAt = null;
        return change.made();
    }

    /// The one that takes over from an active subscription; pending until it begins at `at`.
    ///
    /// @param at at once for an upgrade, at the end of the period for a downgrade: [PlanChange#startsAt]
    static Subscription successor(
            Subscription active,
            UUID planId,
            Instant at,
            @Nullable String name,
            @Nullable Instant endingAt,
            Instant createdAt) {
        return Subscription.pending(
                active.organizationId(),
                active.customerId(),
                planId,
                active.externalId(),
                name,
                active.billingTime(),
                active.subscriptionAt(),
                at,
                endingAt,
                active.id(),
                createdAt);
    }

    /// An active subscription ends, and its successor pays from that day on.
    static Subscription handedOver(Subscription active, Instant at) {
        var change = terminating(active, at, Subscription.GENERATE);
        change.handedOver = true;
        return change.made();
    }

    /// @param onTerminationInvoice generate or skip
    /// @param onTerminationCreditNote null for a plan paid in arrears
    static Subscription terminated(
            Subscription active, Instant now, String onTerminationInvoice, @Nullable String onTerminationCreditNote) {
        var change = terminating(active, now, onTerminationInvoice);
        change.onTerminationCreditNote = onTerminationCreditNote;
        return change.made();
    }

    /// An active subscription has come to its `ending_at`.
    static Subscription ended(Subscription active, Instant endingAt) {
        return terminating(active, endingAt, active.onTerminationInvoice()).made();
    }

    /// An active subscription has got another `ending_at`, or none: what is due next may be due sooner or later.
    ///
    /// @param schedule its own, with the new end
    static Subscription endingAt(Subscription active, Schedule schedule) {
        var change = new Change(active);
        var next = active.nextBillingAt();
        var end = active.endingAt();
        // What was cut short at the end before goes on to the end of its period.
        if (next != null) next = schedule.withoutEnd().nextBillingAt(next.minus(1, ChronoUnit.MICROS));
        change.nextBillingAt = next == null || (end != null && end.isBefore(next)) ? end : next;
        return change.made();
    }

    private static Change terminating(Subscription active, Instant at, String onTerminationInvoice) {
        var change = new Change(active);
        // What starts later today and is ended before never ran.
        var end = at.isBefore(active.begins()) ? active.begins() : at;
        change.status = Subscription.TERMINATED;
        change.terminatedAt = end;
        change.onTerminationInvoice = onTerminationInvoice;
        change.nextBillingAt = dueUntil(active, end, onTerminationInvoice);
        return change;
    }

    /// What was due before the end comes first, also when it is late; then the rest, unless it is skipped.
    private static @Nullable Instant dueUntil(Subscription active, Instant end, String onTerminationInvoice) {
        var next = active.nextBillingAt();
        if (next != null && next.isBefore(end)) return next;
        var billedUntil = active.billedUntil();
        boolean owes = billedUntil != null && billedUntil.isBefore(end);
        return owes && !onTerminationInvoice.equals(Subscription.SKIP) ? end : null;
    }

    /// @param at when the bill was due
    /// @param schedule the subscription's, with its end if it has one
    static Subscription billed(Subscription subscription, Instant at, Schedule schedule) {
        var change = new Change(subscription);
        if (schedule.billsUsageAt(at)) change.billedUntil = at;
        change.nextBillingAt = schedule.nextBillingAt(at);
        if (subscription.isActive() && change.nextBillingAt == null) {
            change.status = Subscription.TERMINATED;
            change.terminatedAt = subscription.end();
        }
        boolean isSkipped = subscription.onTerminationInvoice().equals(Subscription.SKIP);
        if (isSkipped && subscription.terminatedAt() != null) {
            change.nextBillingAt = dueUntil(change.made(), subscription.terminatedAt(), Subscription.SKIP);
        }
        return change.made();
    }
}
