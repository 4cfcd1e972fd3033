package io.millrace.rating.period;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/// The endless row of a subscription's billing periods, without gap or overlap. Periods are whole; what part
/// of one the subscription runs in is [TimeSpan#clamp].
///
/// ```
///           anchor 31 Jan       28 Feb            31 Mar
///  … period |───── period ─────|───── period ─────|───── period …
/// ```
///
/// @param interval length of a period
/// @param billingTime whether periods start with the calendar or with the anchor
/// @param anchor the local day of the subscription's `subscription_at`; of no effect for calendar billing
/// @param zone the customer's
public record BillingCycle(Interval interval, BillingTime billingTime, LocalDate anchor, ZoneId zone) {

    public static BillingCycle of(Interval interval, BillingTime billingTime, Instant subscriptionAt, ZoneId zone) {
        return new BillingCycle(interval, billingTime, LocalDate.ofInstant(subscriptionAt, zone), zone);
    }

    /// The cycle by which usage is billed: monthly inside a half-year or year where the plan says so, else
    /// the plan's own.
    public BillingCycle ofCharges(boolean billChargesMonthly) {
        boolean hasMonths = interval == Interval.SEMIANNUAL || interval == Interval.YEARLY;
        return billChargesMonthly && hasMonths ? new BillingCycle(Interval.MONTHLY, billingTime, anchor, zone) : this;
    }

    /// The period that the instant falls in.
    public BillingPeriod containing(Instant instant) {
        LocalDate day = LocalDate.ofInstant(instant, zone);
        BillingPeriod period = containing(day);
        // Where clocks go back across midnight, an evening comes again after the next day has begun: that day
        // goes on. It is seldom worth a look: clocks never go back by more than a day.
        boolean mayBeOver = !day.plusDays(1).isBefore(period.endDay());
        return mayBeOver && !instant.isBefore(period.to()) ? containing(period.endDay()) : period;
    }

    /// The period that the local day falls in.
    public BillingPeriod containing(LocalDate day) {
        return period(interval.indexOf(origin(), day));
    }

    /// The period after the one that the instant falls in.
    public BillingPeriod next(Instant instant) {
        return containing(containing(instant).endDay());
    }

    /// The period before the one that the instant falls in.
    public BillingPeriod previous(Instant instant) {
        return containing(containing(instant).firstDay().minusDays(1));
    }

    private BillingPeriod period(long index) {
        return new BillingPeriod(interval.start(origin(), index), interval.start(origin(), index + 1), zone);
    }

    private LocalDate origin() {
        return billingTime.origin(interval, anchor);
    }
}
