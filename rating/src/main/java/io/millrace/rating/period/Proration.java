package io.millrace.rating.period;

import io.millrace.rating.money.Fraction;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;

/// A part of an amount for a part of a billing period: amount × days / days of the whole period.
///
/// ```
///  |── 1 ──|── 2 ──|── 3 ──|── 4 ──|── 5 ──|     period of 5 days
///              started ┄┄┄┄┄┄┄┄ terminated       2, 3, 4: 3 of 5 days
/// ```
///
/// Which days a subscription pays for is [io.millrace.rating.subscription.SubscriptionTerm]'s to say. Parts
/// whose days add up to the period's add up to the amount, before they are rounded.
///
/// @param days days that are paid; 0 to `periodDays`
/// @param periodDays days of the whole period; at least 1
public record Proration(int days, int periodDays) {

    public Proration {
        if (periodDays < 1 || days < 0 || days > periodDays) {
            throw new IllegalArgumentException("%d of %d days".formatted(days, periodDays));
        }
    }

    /// The exact part, to be rounded when it is due.
    public Fraction part(long fullAmountCents) {
        return Fraction.of(fullAmountCents).times(Fraction.of(days)).dividedBy(Fraction.of(periodDays));
    }

    /// The part in minor units, rounded half up.
    public long cents(long fullAmountCents) {
        return part(fullAmountCents).rounded();
    }

    /// The part in minor units to 18 digits.
    public BigDecimal preciseCents(long fullAmountCents) {
        return part(fullAmountCents).decimal(Quantity.MAX_FRACTION_DIGITS);
    }
}
