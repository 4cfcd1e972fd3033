package io.millrace.rating.period;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/// When a subscription is billed, and which periods each billing run bills.
///
/// A run takes place when a period is over, on the first local day of the next one, and when the
/// subscription ends:
///
/// ```
///             started                                  terminated
///  periods  ┄┄┄┄|━━ 1 ━━|━━━━━ 2 ━━━━━|━━━━━ 3 ━━━━━|━━ 4 ━━|┄┄┄┄
///  runs         ▲       ▲             ▲             ▲       ▲
///  charges      -       1             2             3       4
///  fee in arrears       1             2             3       4
///  fee in advance 1     2             3             4       (4 is paid: what is left of it is credited)
/// ```
///
/// Where a plan of half-years or years bills its charges monthly, runs come monthly, and what is not billed
/// monthly waits for the run with which one of its own periods begins, or for the last:
///
/// ```
///  charges          |─1─|─2─|─3─|─4─| … |─11─|─12─|─13─|
///  fee              |──────────────── 1 ──────────|──── 2
///  runs                 ▲   ▲   ▲   ▲   ▲    ▲    ▲    ▲
///  charges              1   2   3   4   …    11   12   13
///  fee in arrears                                 1
///  fee in advance   1                             2
/// ```
///
/// @param cycle of the plan's fee, in the customer's time zone at the run
/// @param terms what else the plan says
/// @param startedAt inclusive; may be long after the cycle's anchor, as a subscription that follows an
/// upgrade keeps the older one's
/// @param terminatedAt exclusive; null while the subscription runs
public record BillingSchedule(
        BillingCycle cycle,
        Terms terms,
        Instant startedAt,
        @Nullable Instant terminatedAt) {

    /// What a plan says of its billing, under the API's names.
    ///
    /// @param payInAdvance the plan's fee is paid when a period begins; charges are billed when it is over
    /// all the same
    /// @param billChargesMonthly of effect for half-years and years only
    /// @param billFixedChargesMonthly likewise
    public record Terms(boolean payInAdvance, boolean billChargesMonthly, boolean billFixedChargesMonthly) {}

    public BillingSchedule {
        if (terminatedAt != null && terminatedAt.isBefore(startedAt)) {
            throw new IllegalArgumentException("terminated at %s, before the start".formatted(terminatedAt));
        }
    }

    /// What a run at that instant bills: the period before the one that the run's local day is in, and a
    /// fee in advance for the one that it is in. At the subscription's end or later, what there is of the
    /// current period: those before it had their own runs, for a run that is late is made as of the instant
    /// at which it was due. A termination that is still to come is not known to the run.
    public BilledPeriods onRunAt(Instant billingAt) {
        if (terminatedAt != null && !terminatedAt.isAfter(billingAt)) {
            // What ends at this very moment is in the period that it ends, not in the one that would begin.
            boolean endsNow = terminatedAt.equals(billingAt);
            return currentAt(endsNow ? billingAt.minusNanos(1) : billingAt, terminatedAt, !terms.payInAdvance());
        }
        BillingPeriod feePeriod = terms.payInAdvance() ? cycle.containing(billingAt) : cycle.previous(billingAt);
        return new BilledPeriods(
                fee(feePeriod, null),
                isFeeDue(billingAt),
                isDue(charges(), billingAt) ? usage(charges().previous(billingAt), null) : null,
                isDue(fixedCharges(), billingAt) ? usage(fixedCharges().previous(billingAt), null) : null,
                days(runs().equals(cycle) ? feePeriod : runs().previous(billingAt), billingAt));
    }

    /// The periods that an instant is in, as current usage shows them.
    public BilledPeriods currentAt(Instant instant) {
        boolean isOver = terminatedAt != null && !terminatedAt.isAfter(instant);
        return currentAt(instant, isOver ? terminatedAt : null, false);
    }

    /// True on the local days on which a regular run takes place: those on which a period begins while the
    /// subscription runs. What starts or ends with a period has its own run.
    ///
    /// Unlike in Lago, the day of the termination is one too if a period begins on it: the termination's own
    /// run bills the new period only, and the one before must be billed as well.
    public boolean isBillingDay(Instant instant) {
        Instant begins = runs().containing(instant).from();
        // Not the period's first day: where the calendar skips it, the period begins on the next.
        return localDay(begins).equals(localDay(instant))
                && startedAt.isBefore(begins)
                && (terminatedAt == null || begins.isBefore(terminatedAt));
    }

    private BilledPeriods currentAt(Instant instant, @Nullable Instant end, boolean isFeeDue) {
        return new BilledPeriods(
                fee(cycle.containing(instant), end),
                isFeeDue,
                usage(charges().containing(instant), end),
                usage(fixedCharges().containing(instant), end),
                runs().containing(instant).days());
    }

    /// Before its first run a subscription is in the period that it began in.
    private int days(BillingPeriod period, Instant billingAt) {
        boolean isBeforeFirstRun = startedAt.isBefore(billingAt) && !period.to().isAfter(startedAt);
        return (isBeforeFirstRun ? runs().containing(startedAt) : period).days();
    }

    private PeriodPart fee(BillingPeriod period, @Nullable Instant end) {
        Instant dayOfStart = localDay(startedAt).atStartOfDay(zone()).toInstant();
        Instant from = dayOfStart.isAfter(period.from()) ? dayOfStart : period.from();
        return new PeriodPart(period, from, usage(period, end).to());
    }

    private PeriodPart usage(BillingPeriod period, @Nullable Instant end) {
        return PeriodPart.of(period, startedAt, end);
    }

    private boolean isFeeDue(Instant billingAt) {
        boolean isFirstRun = runs().containing(billingAt).contains(startedAt);
        return isDue(cycle, billingAt) || (terms.payInAdvance() && isFirstRun);
    }

    /// True if a run bills that row: one of its periods begins together with the run's.
    private boolean isDue(BillingCycle row, Instant billingAt) {
        return row.containing(billingAt)
                .firstDay()
                .equals(runs().containing(billingAt).firstDay());
    }

    /// The row whose periods are the shortest: each of its ends is a run.
    private BillingCycle runs() {
        return cycle.ofCharges(terms.billChargesMonthly() || terms.billFixedChargesMonthly());
    }

    private BillingCycle charges() {
        return cycle.ofCharges(terms.billChargesMonthly());
    }

    private BillingCycle fixedCharges() {
        return cycle.ofCharges(terms.billFixedChargesMonthly());
    }

    private LocalDate localDay(Instant instant) {
        return LocalDate.ofInstant(instant, zone());
    }

    private ZoneId zone() {
        return cycle.zone();
    }
}
