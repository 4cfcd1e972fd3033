package io.millrace.rating.subscription;

import java.math.BigDecimal;

/// A subscription fee that was billed in advance, as it stands on its invoice.
///
/// @param amountCents before coupons and taxes
/// @param couponsCents the fee's part of the coupons; 0 to `amountCents`
/// @param creditedCents what credit notes gave back of it already, before coupons and taxes
/// @param taxRate of the fee, in percent
public record PaidFee(long amountCents, BigDecimal couponsCents, BigDecimal creditedCents, BigDecimal taxRate) {

    public PaidFee {
        if (amountCents < 0 || creditedCents.signum() < 0 || taxRate.signum() < 0) {
            throw new IllegalArgumentException("no part of a fee is below zero");
        }
        if (couponsCents.signum() < 0 || couponsCents.compareTo(BigDecimal.valueOf(amountCents)) > 0) {
            throw new IllegalArgumentException("coupons take 0 to the whole of a fee");
        }
    }

    /// A fee without coupons, of which nothing was given back.
    public static PaidFee of(long amountCents, BigDecimal taxRate) {
        return new PaidFee(amountCents, BigDecimal.ZERO, BigDecimal.ZERO, taxRate);
    }
}
