package io.millrace.rating.period;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// A part of an amount for a part of a billing period: amount × days / days of the whole period.
///
/// @param days days that are paid; 0 to `periodDays`
/// @param periodDays days of the whole period; at least 1
public record Proration(int days, int periodDays) {

    private static final int PRECISE_SCALE = 18;

    public Proration {
        if (periodDays < 1 || days < 0 || days > periodDays) {
            throw new IllegalArgumentException("%d of %d days".formatted(days, periodDays));
        }
    }

    /// The days of a period in which a subscription runs: local days, those of its start and of its termination
    /// included.
    ///
    /// ```
    ///  |── 1 ──|── 2 ──|── 3 ──|── 4 ──|── 5 ──|     period of 5 days
    ///              started ┄┄┄┄┄┄┄┄ terminated       2, 3, 4: 3 of 5 days
    /// ```
    ///
    /// @param startedAt inclusive
    /// @param terminatedAt null while the subscription runs
    /// @param upgraded true where another subscription follows on the day of termination, and pays for that day
    public static Proration of(
            BillingPeriod period, Instant startedAt, @Nullable Instant terminatedAt, boolean upgraded) {
        LocalDate started = LocalDate.ofInstant(startedAt, period.zone());
        LocalDate first = started.isAfter(period.firstDay()) ? started : period.firstDay();
        LocalDate end = period.endDay();
        if (terminatedAt != null) {
            LocalDate terminated = LocalDate.ofInstant(terminatedAt, period.zone());
            LocalDate paidUntil = upgraded ? terminated : terminated.plusDays(1);
            end = paidUntil.isBefore(end) ? paidUntil : end;
        }
        long days = Math.max(0, ChronoUnit.DAYS.between(first, end));
        return new Proration(Math.toIntExact(days), period.days());
    }

    /// The part in minor units, rounded half up.
    public long cents(long fullAmountCents) {
        return part(fullAmountCents, 0).longValueExact();
    }

    /// The part in minor units to 18 digits.
    public BigDecimal preciseCents(long fullAmountCents) {
        return part(fullAmountCents, PRECISE_SCALE);
    }

    private BigDecimal part(long fullAmountCents, int scale) {
        return BigDecimal.valueOf(fullAmountCents)
                .multiply(BigDecimal.valueOf(days))
                .divide(BigDecimal.valueOf(periodDays), scale, RoundingMode.HALF_UP);
    }
}
