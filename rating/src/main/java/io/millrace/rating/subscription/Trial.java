package io.millrace.rating.subscription;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/// The days at the beginning of a subscription for which the plan's amount is not asked. Usage is.
///
/// ```
///  started at 12:12          3 days later, at 12:12
///  |── free ──|── free ──|── free ──|── paid ──|── paid ──|
///     5 Mar      6 Mar      7 Mar      8 Mar
/// ```
///
/// The day in which it ends is paid whole: the hour of the start is of no effect on a trial of whole days.
///
/// @param startedAt of the first of the subscriptions that followed each other under one `external_id`: an
/// upgrade starts no second trial
/// @param days the plan's `trial_period`; 0 to [#MAX_DAYS]; part of a day is that part of 24 hours
public record Trial(Instant startedAt, BigDecimal days) {

    /// More than two hundred years: far beyond any offer, well within the calendar.
    public static final int MAX_DAYS = 100_000;

    private static final BigDecimal NANOS_OF_A_DAY =
            BigDecimal.valueOf(Duration.ofDays(1).toNanos());

    public Trial {
        if (days.signum() < 0 || days.compareTo(BigDecimal.valueOf(MAX_DAYS)) > 0) {
            throw new IllegalArgumentException("a trial is of 0 to %d days".formatted(MAX_DAYS));
        }
    }

    /// The first local day that is not free.
    LocalDate firstPaidDay(ZoneId zone) {
        return LocalDate.ofInstant(endsAt(zone), zone);
    }

    /// The first instant that is not free: a plan paid in advance is due then, for the whole of that local day. The
    /// start itself where no day is free.
    public Instant endsAt(ZoneId zone) {
        BigInteger wholeDays = days.toBigInteger();
        long nanos = days.subtract(new BigDecimal(wholeDays))
                .multiply(NANOS_OF_A_DAY)
                .setScale(0, RoundingMode.FLOOR)
                .longValueExact();
        return startedAt
                .atZone(zone)
                .plusDays(wholeDays.longValueExact())
                .plusNanos(nanos)
                .toInstant();
    }
}
