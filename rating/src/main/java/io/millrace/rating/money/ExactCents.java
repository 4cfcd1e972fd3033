package io.millrace.rating.money;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// An exact amount of minor units, also where a division does not end, such as 1000 × 13 / 31 cents.
///
/// Parts are taken and sums are made first; then [#cents] rounds, once:
///
/// ```
/// 999 × 15 / 30            499.5          500 cents     (a float of 33.3 a day makes 499.49999…)
/// 1000 × 15 / 31 - 200     283.870967…    284 cents
/// ```
public final class ExactCents implements Comparable<ExactCents> {

    /// Digits after the point that [#preciseCents] keeps.
    public static final int PRECISE_SCALE = 18;

    public static final ExactCents ZERO = of(0);

    private final BigDecimal dividend;
    private final BigDecimal divisor; // above zero

    private ExactCents(BigDecimal dividend, BigDecimal divisor) {
        this.dividend = dividend;
        this.divisor = divisor;
    }

    public static ExactCents of(long cents) {
        return of(BigDecimal.valueOf(cents));
    }

    public static ExactCents of(BigDecimal cents) {
        return new ExactCents(cents, BigDecimal.ONE);
    }

    public ExactCents plus(ExactCents other) {
        return new ExactCents(
                dividend.multiply(other.divisor).add(other.dividend.multiply(divisor)),
                divisor.multiply(other.divisor));
    }

    public ExactCents minus(ExactCents other) {
        return plus(other.times(BigDecimal.ONE.negate()));
    }

    public ExactCents times(BigDecimal factor) {
        return new ExactCents(dividend.multiply(factor), divisor);
    }

    /// Throws `IllegalArgumentException` unless the number is above zero.
    public ExactCents dividedBy(BigDecimal number) {
        if (number.signum() <= 0) {
            throw new IllegalArgumentException("Amounts are divided by numbers above zero, not by " + number);
        }
        return new ExactCents(dividend, divisor.multiply(number));
    }

    public ExactCents min(ExactCents other) {
        return compareTo(other) <= 0 ? this : other;
    }

    /// This amount, or nothing where it is below zero.
    public ExactCents orZero() {
        return signum() < 0 ? ZERO : this;
    }

    public int signum() {
        return dividend.signum();
    }

    /// Whole minor units, rounded half up (away from zero). Throws `ArithmeticException` beyond a `long`.
    public long cents() {
        return rounded(0).longValueExact();
    }

    /// Minor units to [#PRECISE_SCALE] digits.
    public BigDecimal preciseCents() {
        return rounded(PRECISE_SCALE);
    }

    private BigDecimal rounded(int scale) {
        return dividend.divide(divisor, scale, RoundingMode.HALF_UP);
    }

    @Override
    public int compareTo(ExactCents other) {
        return minus(other).signum();
    }

    /// Equal amounts are equal, however they came about.
    @Override
    public boolean equals(Object other) {
        return other instanceof ExactCents amount && compareTo(amount) == 0;
    }

    @Override
    public int hashCode() {
        // Equal amounts have equal digits here, and few unequal ones do.
        return preciseCents().hashCode();
    }

    @Override
    public String toString() {
        return dividend.toPlainString() + " / " + divisor.toPlainString();
    }
}
