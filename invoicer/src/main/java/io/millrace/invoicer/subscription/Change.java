package io.millrace.invoicer.subscription;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A subscription while it is being changed: what is not set stays as it was.
final class Change {
    private final Subscription before;

    UUID planId;

    @Nullable
    String name;

    String status;
    Instant subscriptionAt;

    @Nullable
    Instant startedAt;

    @Nullable
    Instant firstStartedAt;

    @Nullable
    Instant endingAt;

    @Nullable
    Instant terminatedAt;

    @Nullable
    Instant canceledAt;

    boolean handedOver;
    String onTerminationInvoice;

    @Nullable
    String onTerminationCreditNote;

    @Nullable
    Instant overriddenAt;

    @Nullable
    Instant billedUntil;

    @Nullable
    Instant nextBillingAt;

    Change(Subscription before) {
        this.before = before;
        this.planId = before.planId();
        this.name = before.name();
        this.status = before.status();
        this.subscriptionAt = before.subscriptionAt();
        this.startedAt = before.startedAt();
        this.firstStartedAt = before.firstStartedAt();
        this.endingAt = before.endingAt();
        this.terminatedAt = before.terminatedAt();
        this.canceledAt = before.canceledAt();
        this.handedOver = before.handedOver();
        this.onTerminationInvoice = before.onTerminationInvoice();
        this.onTerminationCreditNote = before.onTerminationCreditNote();
        this.overriddenAt = before.overriddenAt();
        this.billedUntil = before.billedUntil();
        this.nextBillingAt = before.nextBillingAt();
    }

    Subscription made() {
        return new Subscription(
                before.id(),
                before.organizationId(),
                before.customerId(),
                planId,
                before.externalId(),
                name,
                status,
                before.billingTime(),
                subscriptionAt,
                startedAt,
                firstStartedAt,
                endingAt,
                terminatedAt,
                canceledAt,
                handedOver,
                onTerminationInvoice,
                onTerminationCreditNote,
                before.previousSubscriptionId(),
                overriddenAt,
                billedUntil,
                nextBillingAt,
                before.createdAt());
    }
}
