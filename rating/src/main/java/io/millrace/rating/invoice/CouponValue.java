package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;

/// How much a coupon takes off.
public sealed interface CouponValue {

    /// An amount, such as EUR 10; takes nothing off an invoice of another currency.
    ///
    /// @param cents minor units, not negative
    record FixedAmount(String currency, long cents) implements CouponValue {
        public FixedAmount {
            if (cents < 0) {
                throw new IllegalArgumentException("the amount of a coupon is negative");
            }
        }
    }

    /// A part of the base, such as 20 percent; beyond 100 it takes all.
    ///
    /// @param rate percent; not negative
    record Percentage(BigDecimal rate) implements CouponValue {
        public Percentage {
            if (rate.signum() < 0) {
                throw new IllegalArgumentException("the rate of a coupon is negative");
            }
        }
    }

    /// What is left after an amount was taken off; a percentage is not used up.
    default CouponValue less(long usedCents) {
        return switch (this) {
            case FixedAmount(String currency, long cents) -> new FixedAmount(currency, Math.max(0, cents - usedCents));
            case Percentage percentage -> percentage;
        };
    }

    /// True where an invoice of the currency can use it.
    default boolean appliesTo(String currency) {
        return switch (this) {
            case FixedAmount fixed -> fixed.currency().equals(currency);
            case Percentage percentage -> true;
        };
    }

    /// Whole cents, a percentage rounded half up. Never more than the base: of 33⅓ cents a coupon takes 33.
    default long creditCents(Fraction baseCents) {
        Fraction credit = switch (this) {
            case FixedAmount fixed -> Fraction.of(fixed.cents());
            case Percentage(BigDecimal rate) ->
                baseCents.times(Fraction.of(rate)).dividedBy(Fraction.of(100));
        };
        return Math.min(credit.min(baseCents).rounded(), baseCents.floor());
    }
}
