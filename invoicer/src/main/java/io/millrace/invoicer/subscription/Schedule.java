package io.millrace.invoicer.subscription;

import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.period.Interval;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/// When a subscription bills what.
///
/// ```
///  yearly plan, charges billed monthly
///  |── usage ──|── usage ──|── …         …  ──|── usage ──|
///  |───────────────────── fee ────────────────────────────|
/// ```
///
/// @param fee the row of periods of the plan's own fee
/// @param usage the row of periods of its charges; the same unless the plan bills them monthly
/// @param end when the subscription ends or will end, exclusive; null for never
public record Schedule(
        BillingCycle fee, BillingCycle usage, @Nullable Instant end) {
    public static Schedule of(Subscription subscription, PlanRevision plan, ZoneId zone) {
        return of(
                plan,
                BillingTime.parse(subscription.billingTime()),
                subscription.subscriptionAt(),
                zone,
                subscription.end());
    }

    static Schedule of(
            PlanRevision plan, BillingTime billingTime, Instant subscriptionAt, ZoneId zone, @Nullable Instant end) {
        var fee = BillingCycle.of(Interval.parse(plan.billingInterval()), billingTime, subscriptionAt, zone);
        return new Schedule(fee, fee.ofCharges(plan.billChargesMonthly()), end);
    }

    /// When a subscription that starts before or at `now` begins to be billed: periods that were over before it
    /// was agreed are not.
    Instant firstBilledFrom(Instant startedAt, Instant now) {
        if (startedAt.isAfter(now)) return startedAt;
        var periodStart = usage.containing(now).from();
        return startedAt.isAfter(periodStart) ? startedAt : periodStart;
    }

    /// When what follows `billedUntil` is due: at the end of its usage period or of the subscription. Null if
    /// nothing follows.
    public @Nullable Instant nextBillingAt(Instant billedUntil) {
        if (end != null && !billedUntil.isBefore(end)) return null;
        var periodEnd = usage.containing(billedUntil).to();
        return end != null && end.isBefore(periodEnd) ? end : periodEnd;
    }

    /// True if the plan's fee is due together with the usage until then.
    public boolean isFeeDueAt(Instant billingAt) {
        return billingAt.equals(end) || fee.containing(billingAt).from().equals(billingAt);
    }

    /// The start of the fee's period that ends then, or is cut short by the subscription's end then.
    public Instant feeFrom(Instant billingAt) {
        return fee.containing(billingAt.minusNanos(1)).from();
    }
}
