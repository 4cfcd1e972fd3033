package io.millrace.rating.subscription;

import io.millrace.rating.money.Fraction;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;

/// What a plan asks for an add-on in a whole period, such as ten seats.
///
/// ```
/// 1000 for 13 of 31 days                                                       419
/// 10000 for 11 of 31 days, 1500 paid for the whole period under the old plan
///     paid for the same days: 1500 × 11 / 31                                   532
///     due: 3548 - 532                                                          3016
/// ```
///
/// @param cents for a whole period, in minor units
public record FixedCharge(long cents) {

    /// The fee for some days; zero where more is paid already, for nothing is paid back this way.
    ///
    /// @param paidCents what is paid in advance for the same add-on on the same days
    public Fraction due(Proration days, BigDecimal paidCents) {
        return days.part(cents).minus(Fraction.of(paidCents)).max(Fraction.ZERO);
    }
}
