package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.stream.Stream;

/// A subscription fee that was billed in advance, as it stands on its invoice: the most that comes back of
/// it.
///
/// @param cents before coupons and taxes
/// @param couponsCents what coupons took off the whole fee; no more than it is
/// @param creditedCents what earlier credit notes gave back of it, before coupons and taxes
/// @param taxRate percent, its taxes together
public record PaidFee(Fraction cents, Fraction couponsCents, Fraction creditedCents, BigDecimal taxRate) {

    public PaidFee {
        if (taxRate.signum() < 0
                || Stream.of(cents, couponsCents, creditedCents).anyMatch(amount -> amount.signum() < 0)) {
            throw new IllegalArgumentException("an amount of a paid fee is below 0");
        }
        if (couponsCents.compareTo(cents) > 0) {
            throw new IllegalArgumentException(
                    "coupons of %s are more than the fee of %s".formatted(couponsCents, cents));
        }
    }

    /// The fee by what it is with taxes, after coupons.
    public static PaidFee ofTotal(
            BigDecimal totalCents, BigDecimal couponsCents, BigDecimal creditedCents, BigDecimal taxRate) {
        Fraction afterCoupons =
                Fraction.of(totalCents).dividedBy(Fraction.of(BigDecimal.ONE.add(taxRate.movePointLeft(2))));
        Fraction coupons = Fraction.of(couponsCents);
        return new PaidFee(afterCoupons.plus(coupons), coupons, Fraction.of(creditedCents), taxRate);
    }
}
