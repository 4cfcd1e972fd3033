package io.millrace.invoicer.subscription;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A customer's agreement to a plan, for a span of time. Of an external id at most one is pending or active.
///
/// ```
///  subscriptionAt = startedAt        billedUntil          nextBillingAt        terminatedAt
///  |────────────── billed ───────────|──── accrues ───────|                    |
/// ```
///
/// @param externalId the organization's own name for it, by which events name it
/// @param status pending, active, terminated or canceled
/// @param billingTime calendar or anniversary
/// @param subscriptionAt anchor of anniversary billing
/// @param startedAt inclusive; null while pending
/// @param endingAt when it will terminate by itself; null for never
/// @param terminatedAt exclusive; null while it runs
/// @param onTerminationInvoice generate or skip: whether the usage since `billedUntil` is billed at termination
/// @param billedUntil start of what is not billed yet; null while pending
/// @param nextBillingAt the cursor: due once the customer's clock has reached it; null when nothing will be due
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
        @Nullable Instant endingAt,
        @Nullable Instant terminatedAt,
        @Nullable Instant canceledAt,
        String onTerminationInvoice,
        @Nullable Instant billedUntil,
        @Nullable Instant nextBillingAt,
        Instant createdAt) {

    static final String PENDING = "pending";
    static final String ACTIVE = "active";
    static final String TERMINATED = "terminated";
    static final String CANCELED = "canceled";

    public boolean isPending() {
        return status.equals(PENDING);
    }

    public boolean isActive() {
        return status.equals(ACTIVE);
    }

    /// When it ends or will end; null for never.
    public @Nullable Instant end() {
        return terminatedAt == null ? endingAt : terminatedAt;
    }
}
