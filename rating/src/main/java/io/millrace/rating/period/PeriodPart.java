package io.millrace.rating.period;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A period, and what of it a billing run bills.
///
/// ```
///  |──────────────── period ────────────────|
///        started               terminated
///        |━━━━━━━━ from … to ━━━━━━━━|
/// ```
///
/// Nothing is billed where `to` is not after `from`: of a period that was over before the subscription
/// started (both are its start then), or one that began after its end.
///
/// @param period the whole, by whose days a day's price is computed
/// @param from inclusive
/// @param to exclusive
public record PeriodPart(BillingPeriod period, Instant from, Instant to) {

    /// The farthest that the local midnights of two places are apart: UTC+14 and UTC-12.
    private static final Duration FARTHEST_ZONES = Duration.ofHours(26);

    /// The part from `startedAt`, inclusive, to `endedAt`, exclusive; null for no end.
    static PeriodPart of(BillingPeriod period, Instant startedAt, @Nullable Instant endedAt) {
        Instant periodEnd = period.to();
        Instant end = endedAt != null && endedAt.isBefore(periodEnd) ? endedAt : periodEnd;
        return new PeriodPart(period, later(period.from(), startedAt), later(end, startedAt));
    }

    /// The same, continued right where the previous invoice ended. It makes a difference only where the
    /// customer's time zone has changed since, and the period begins at another instant than the one before
    /// it ended:
    ///
    /// ```
    ///  Tokyo        ── January ──|                       billed until 31 January 15:00 UTC
    ///  Los Angeles               ┄┄┄┄|── February ──|    from 1 February 08:00: 17 hours would be lost
    ///  continued                 |━━━━━━━━━━━━━━━━━━|
    ///
    ///  Los Angeles  ── January ──────|                   the other way they would be billed twice
    ///  Tokyo                     |── February ──|
    ///  continued                     |━━━━━━━━━━|
    /// ```
    ///
    /// An end further before the period than two time zones are apart is not the previous period's and is
    /// of no effect. Unlike Lago, nothing that is billed is ever billed again, however far the end reaches
    /// into the period.
    ///
    /// @param billedUntil exclusive; null where nothing is billed yet
    public PeriodPart continuing(@Nullable Instant billedUntil) {
        if (billedUntil == null || billedUntil.isBefore(period.from().minus(FARTHEST_ZONES))) {
            return this;
        }
        boolean startsWithinIt = from.isAfter(period.from());
        return new PeriodPart(period, startsWithinIt ? later(from, billedUntil) : billedUntil, to);
    }

    /// What is billed as a stretch of time; empty where it is nothing.
    public Optional<TimeSpan> span() {
        return from.isBefore(to) ? Optional.of(new TimeSpan(from, to)) : Optional.empty();
    }

    /// The end as the API shows it: a period's last second, or the instant itself where the subscription
    /// ended, or where nothing is billed.
    public Instant shownEnd() {
        boolean isPeriodEnd = to.equals(period.to()) && from.isBefore(to);
        return isPeriodEnd ? TimeSpan.inclusiveEnd(to) : to;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
