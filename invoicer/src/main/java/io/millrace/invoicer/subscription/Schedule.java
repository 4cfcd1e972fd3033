package io.millrace.invoicer.subscription;

import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingSchedule;
import io.millrace.rating.period.BillingSchedule.Terms;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.period.Interval;
import io.millrace.rating.period.PeriodPart;
import io.millrace.rating.period.Proration;
import io.millrace.rating.subscription.SubscriptionTerm;
import io.millrace.rating.subscription.Trial;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/// When a subscription bills what. Bills (▲) follow each other; each says when the next one is due.
///
/// ```
///  yearly plan, charges billed monthly
///  |── usage ──|── usage ──|── …         …  ──|── usage ──|
///  |───────────────────── fee ────────────────────────────|
///              ▲           ▲                  ▲           ▲ with the fee
///
///  plan paid in advance, with free days
///   started         free days over                       end
///  ┄┄┄┄|── usage ──|── usage ──────────|── usage ──|─ usage ┄┄
///                  ▲      ▲ fee        ▲ fee       ▲ fee    ▲
///                         └ without usage: its period goes on
/// ```
///
/// @param billing the periods, in the customer's zone now
/// @param term the days that are paid
public record Schedule(BillingSchedule billing, SubscriptionTerm term) {
    public static Schedule of(Subscription subscription, PlanRevision plan, ZoneId zone) {
        var first = subscription.firstStartedAt();
        return of(subscription, plan, zone, first == null ? subscription.begins() : first);
    }

    /// @param firstStartedAt from when on free days count
    static Schedule of(Subscription subscription, PlanRevision plan, ZoneId zone, Instant firstStartedAt) {
        var term = new SubscriptionTerm(
                subscription.begins(),
                new Trial(firstStartedAt, plan.trialPeriod()),
                subscription.end(),
                subscription.handedOver());
        var billingTime = BillingTime.parse(subscription.billingTime());
        return of(plan, billingTime, subscription.subscriptionAt(), zone, term);
    }

    static Schedule of(
            PlanRevision plan, BillingTime billingTime, Instant subscriptionAt, ZoneId zone, SubscriptionTerm term) {
        var cycle = BillingCycle.of(Interval.parse(plan.billingInterval()), billingTime, subscriptionAt, zone);
        var terms = new Terms(plan.payInAdvance(), plan.billChargesMonthly(), false);
        return new Schedule(new BillingSchedule(cycle, terms, term.startedAt(), term.terminatedAt()), term);
    }

    /// The same, if it never ended.
    Schedule withoutEnd() {
        var endless = new BillingSchedule(billing.cycle(), billing.terms(), billing.startedAt(), null);
        return new Schedule(endless, term.terminatedAt(null));
    }

    /// The row of periods of the plan's own fee.
    public BillingCycle fee() {
        return billing.cycle();
    }

    /// The row of periods of its charges; the same unless the plan bills them monthly.
    public BillingCycle usage() {
        return billing.cycle().ofCharges(billing.terms().billChargesMonthly());
    }

    public boolean isPaidInAdvance() {
        return billing.terms().payInAdvance();
    }

    /// When days are paid for the first time: at the start, or when its free days are over.
    public Instant paysFrom() {
        var free = term.trial().endsAt(fee().zone());
        return free.isAfter(billing.startedAt()) ? free : billing.startedAt();
    }

    /// When its free days are over; null if it has none, or ends before they are used up.
    @Nullable
    Instant trialEnds() {
        var free = term.trial().endsAt(fee().zone());
        boolean isNone = term.trial().days().signum() == 0 || !free.isAfter(billing.startedAt());
        return isNone || isOverAt(free) ? null : free;
    }

    /// When its free days were over; null if it had none, or had not used them up by then or its end.
    @Nullable
    Instant trialEndedBy(Instant now) {
        var ends = trialEnds();
        return ends == null || ends.isAfter(now) ? null : ends;
    }

    /// From when on usage is billed that was agreed to at `agreedAt`: periods that were over before are not.
    Instant firstBilledFrom(Instant agreedAt) {
        var started = billing.startedAt();
        if (started.isAfter(agreedAt)) return started;
        var periodStart = usage().containing(agreedAt).from();
        return started.isAfter(periodStart) ? started : periodStart;
    }

    /// When its first bill is due. Of a plan paid in advance, a fee that was due before the local day of the
    /// agreement counts as paid.
    ///
    /// @param billedFrom of the usage
    @Nullable
    Instant firstBillingAt(Instant billedFrom, Instant agreedAt) {
        var usageDue = nextBillingAt(billedFrom, false);
        if (!isPaidInAdvance()) return usageDue;
        var period = fee().containing(agreedAt).from();
        var feeDue = paysFrom().isAfter(period) ? paysFrom() : period;
        boolean isPaid = localDay(feeDue).isBefore(localDay(agreedAt));
        return isPaid || (usageDue != null && !feeDue.isBefore(usageDue)) ? usageDue : feeDue;
    }

    /// When the bill after that one is due; null if none follows.
    public @Nullable Instant nextBillingAt(Instant billedAt) {
        return nextBillingAt(billedAt, isPaidInAdvance() && paysFrom().isAfter(billedAt));
    }

    private @Nullable Instant nextBillingAt(Instant billedAt, boolean isFirstFeeToCome) {
        var end = term.terminatedAt();
        if (end != null && !billedAt.isBefore(end)) return null;
        var next = usage().containing(billedAt).to();
        if (isFirstFeeToCome && paysFrom().isBefore(next)) next = paysFrom();
        return end != null && end.isBefore(next) ? end : next;
    }

    /// False for a bill that is due in the midst of a period, for its fee alone.
    public boolean billsUsageAt(Instant billingAt) {
        boolean isFirstFee = isPaidInAdvance() && billingAt.equals(paysFrom());
        return !isFirstFee
                || billingAt.equals(term.terminatedAt())
                || usage().containing(billingAt).from().equals(billingAt);
    }

    /// The period of the plan's fee that a bill names.
    public PeriodPart feeAt(Instant billingAt) {
        return billing.onRunAt(billingAt).fee();
    }

    /// True if the bill has the fee of [#feeAt].
    public boolean isFeeDueAt(Instant billingAt) {
        boolean isDue = billing.onRunAt(billingAt).isFeeDue();
        if (!isPaidInAdvance() || isOverAt(billingAt)) return isDue;
        return billingAt.equals(paysFrom()) || (billingAt.isAfter(paysFrom()) && isDue);
    }

    /// The days of [#feeAt] that are paid. What is paid in advance is paid for all days that are left: the end is
    /// not known to it.
    public Proration paidDaysAt(Instant billingAt) {
        var known = isOverAt(billingAt) ? term : term.terminatedAt(null);
        return known.paid(feeAt(billingAt).period());
    }

    /// True if days are paid in advance, or will be by then, that are not used if it ends then.
    ///
    /// @param handedOver whether a successor pays for the day of the end
    /// @param nextBillingAt until when it is billed
    boolean leavesPaidDays(Instant end, boolean handedOver, @Nullable Instant nextBillingAt) {
        if (!isPaidInAdvance() || end.isBefore(paysFrom())) return false;
        // A period that begins at the end is paid only if it has been billed.
        boolean isBilled = nextBillingAt != null && nextBillingAt.isAfter(end);
        var paid = fee().containing(isBilled ? end : end.minusNanos(1));
        return (handedOver ? term.upgradedAt(end) : term.terminatedAt(end))
                        .unused(paid)
                        .days()
                > 0;
    }

    private boolean isOverAt(Instant billingAt) {
        var end = term.terminatedAt();
        return end != null && !billingAt.isBefore(end);
    }

    private LocalDate localDay(Instant instant) {
        return LocalDate.ofInstant(instant, fee().zone());
    }
}
