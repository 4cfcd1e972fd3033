package io.millrace.invoicer.subscription;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A customer's agreement to a plan, for a span of time. Of an external id at most one is active, and at most one
/// pending: on its own, or as the successor of the active one.
///
/// ```
///  subscriptionAt = startedAt        billedUntil          nextBillingAt        terminatedAt
///  |────────────── billed ───────────|──── accrues ───────|                    |
/// ```
///
/// @param externalId the organization's own name for it, by which events name it
/// @param status pending, active, terminated or canceled
/// @param billingTime calendar or anniversary
/// @param subscriptionAt anchor of anniversary billing; a successor keeps its predecessor's
/// @param startedAt inclusive; null while pending
/// @param firstStartedAt of the customer's first subscription of this external id: free days count from it; null
/// while pending
/// @param endingAt when it will terminate by itself; null for never
/// @param terminatedAt exclusive; null while it runs
/// @param handedOver true where a successor took over at its end, and pays for that day
/// @param onTerminationInvoice generate or skip: whether the usage since `billedUntil` is billed at termination
/// @param onTerminationCreditNote what becomes of days that are paid in advance and not used; null for a plan paid
/// in arrears, and until the termination
/// @param previousSubscriptionId the one that it took over from, or will
/// @param overriddenAt since when its own plan holds, and before it the plan that this one overrides; null for
/// since its start
/// @param billedUntil start of the usage that is not billed yet; null while pending
/// @param nextBillingAt the cursor: due once the customer's clock has reached it; while pending, when it begins;
/// null when nothing will be due
@MappedEntity("subscriptions")
public record Subscription(
        @Id UUID id,
        UUID organizationId,
        UUID customerId,
        UUID planId,
        String externalId,
        @Nullable String name,
        String status,
        String billingTime,
        Instant subscriptionAt,
        @Nullable Instant startedAt,
        @Nullable Instant firstStartedAt,
        @Nullable Instant endingAt,
        @Nullable Instant terminatedAt,
        @Nullable Instant canceledAt,
        boolean handedOver,
        String onTerminationInvoice,
        @Nullable String onTerminationCreditNote,
        @Nullable UUID previousSubscriptionId,
        @Nullable Instant overriddenAt,
        @Nullable Instant billedUntil,
        @Nullable Instant nextBillingAt,
        Instant createdAt) {

    static final String PENDING = "pending";
    static final String ACTIVE = "active";
    static final String TERMINATED = "terminated";
    static final String CANCELED = "canceled";

    static final String GENERATE = "generate";
    static final String SKIP = "skip";

    /// One that is agreed to and has not begun.
    ///
    /// @param begins when it will
    static Subscription pending(
            UUID organizationId,
            UUID customerId,
            UUID planId,
            String externalId,
            @Nullable String name,
            String billingTime,
            Instant subscriptionAt,
            Instant begins,
            @Nullable Instant endingAt,
            @Nullable UUID previousSubscriptionId,
            Instant createdAt) {
        return new Subscription(
                UUID.randomUUID(),
                organizationId,
                customerId,
                planId,
                externalId,
                name,
                PENDING,
                billingTime,
                subscriptionAt,
                null,
                null,
                endingAt,
                null,
                null,
                false,
                GENERATE,
                null,
                previousSubscriptionId,
                null,
                null,
                begins,
                createdAt);
    }

    public boolean isPending() {
        return status.equals(PENDING);
    }

    public boolean isActive() {
        return status.equals(ACTIVE);
    }

    /// When it began or will begin; of a canceled one, when it was to be anchored.
    public Instant begins() {
        if (startedAt != null) return startedAt;
        return nextBillingAt == null ? subscriptionAt : nextBillingAt;
    }

    /// When it ends or will end; null for never.
    public @Nullable Instant end() {
        return terminatedAt == null ? endingAt : terminatedAt;
    }
}
