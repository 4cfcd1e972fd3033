package io.millrace.rating.subscription;

import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.Interval;
import java.time.Instant;

/// From one plan to another under the same `external_id`: the old subscription ends, a new one takes over.
///
/// ```
///            asked for
///  UPGRADE   old ──|── new ─────────────────|── new …      the new subscription pays from that day on
///  DOWNGRADE old ──┼────────── old ─────────|── new …      the old one runs to the end of its period
///                                     end of period
/// ```
public enum PlanChange {
    /// To a plan that asks for as much in a year, or more: at once.
    UPGRADE,
    /// To a plan that asks for less in a year: when the current period is over.
    DOWNGRADE;

    public static PlanChange of(PlanPrice from, PlanPrice to) {
        return to.yearlyCents().compareTo(from.yearlyCents()) < 0 ? DOWNGRADE : UPGRADE;
    }

    /// When the new subscription starts.
    ///
    /// @param askedAt an instant in which the old subscription runs
    /// @param old the old plan's cycle
    public Instant startsAt(Instant askedAt, BillingCycle old) {
        return switch (this) {
            case UPGRADE -> askedAt;
            case DOWNGRADE -> old.containing(askedAt).to();
        };
    }

    /// The new subscription's cycle: the new plan's interval, and the older subscription's anniversary. Its
    /// first period is therefore seldom whole.
    ///
    /// ```
    /// subscribed on 15 January, quarterly; upgraded on 20 May      period of 15 April to 14 July
    /// ```
    public static BillingCycle cycle(BillingCycle old, Interval interval) {
        return new BillingCycle(interval, old.billingTime(), old.anchor(), old.zone());
    }
}
