package io.millrace.rating.subscription;

import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// From when to when a subscription runs, and the local days of a billing period that it pays for.
///
/// ```
///      started        trial ends              terminated
///  ┄┄┄┄┄┄┄┄|── free ──────|━━━━━━━━ paid ━━━━━━━━━|── unused ──|
///  |─────────────────────── period ────────────────────────────|
///          |━━━━━━━━━━━━━━ running ━━━━━━━━━━━━━━━|
/// ```
///
/// Days count whole: the day of the start and the day of the termination are paid. Where another
/// subscription takes over (an upgrade), that day is the other's, so that no day is paid twice:
///
/// ```
/// terminated on 21 August, 12:00     1 to 21 August      21 of 31 days
/// upgraded   on 21 August, 12:00     1 to 20 August      20 of 31 days
///            the new subscription    21 to 31 August     11 of 31 days
/// ```
///
/// @param startedAt inclusive
/// @param trial free days at its beginning
/// @param terminatedAt null while it runs
/// @param upgraded true where another subscription follows on the day of the termination, and pays for that
/// day
public record SubscriptionTerm(
        Instant startedAt, Trial trial, @Nullable Instant terminatedAt, boolean upgraded) {

    /// A subscription without a trial that nobody has terminated.
    public static SubscriptionTerm startingAt(Instant startedAt) {
        return new SubscriptionTerm(startedAt, new Trial(startedAt, BigDecimal.ZERO), null, false);
    }

    public SubscriptionTerm withTrial(Trial freeDays) {
        return new SubscriptionTerm(startedAt, freeDays, terminatedAt, upgraded);
    }

    /// @param end null while it runs
    public SubscriptionTerm terminatedAt(@Nullable Instant end) {
        return new SubscriptionTerm(startedAt, trial, end, false);
    }

    /// @param end when the next subscription takes over
    public SubscriptionTerm upgradedAt(Instant end) {
        return new SubscriptionTerm(startedAt, trial, end, true);
    }

    /// The days for which the plan's amount is due. Of a plan paid in advance, ask before the termination
    /// is known: what it makes of days that are paid already is [#unused].
    public Proration paid(BillingPeriod period) {
        return days(period, firstPaidDay(period.zone()), endDay(period));
    }

    /// The days that are paid in advance and not used: from the end of the subscription to the end of the
    /// period that it ends in. None in a period that began after the end, for nobody paid that one.
    ///
    /// `paid` + `unused` are the days that were paid in advance.
    public Proration unused(BillingPeriod period) {
        ZoneId zone = period.zone();
        boolean endedBefore =
                terminatedAt != null && LocalDate.ofInstant(terminatedAt, zone).isBefore(period.firstDay());
        LocalDate first = endedBefore ? period.endDay() : later(endDay(period), firstPaidDay(zone));
        return days(period, first, period.endDay());
    }

    /// The days in which it runs, free or not: those of a charge's minimum and of the plan's minimum
    /// commitment.
    public Proration running(BillingPeriod period) {
        return days(period, firstDay(period.zone()), endDay(period));
    }

    private LocalDate firstDay(ZoneId zone) {
        return LocalDate.ofInstant(startedAt, zone);
    }

    private LocalDate firstPaidDay(ZoneId zone) {
        return later(firstDay(zone), trial.firstPaidDay(zone));
    }

    /// The first day that it does not pay for any more; the period's end while it runs.
    private LocalDate endDay(BillingPeriod period) {
        if (terminatedAt == null) {
            return period.endDay();
        }
        LocalDate terminated = LocalDate.ofInstant(terminatedAt, period.zone());
        return upgraded ? terminated : terminated.plusDays(1);
    }

    /// The days of the period from `first`, inclusive, to `end`, exclusive.
    private static Proration days(BillingPeriod period, LocalDate first, LocalDate end) {
        LocalDate from = later(first, period.firstDay());
        LocalDate to = end.isBefore(period.endDay()) ? end : period.endDay();
        long days = Math.max(0, ChronoUnit.DAYS.between(from, to));
        return new Proration(Math.toIntExact(days), period.days());
    }

    private static LocalDate later(LocalDate one, LocalDate other) {
        return one.isAfter(other) ? one : other;
    }
}
