package io.millrace.rating.money;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/// An exact number that need not end: a quotient of whole numbers, such as the third of 1,000 cents that a
/// coupon takes off a fee.
///
/// Shares of an amount stay quotients until they are rounded once; a cut decimal would turn half a cent into
/// a little less, and the half that is rounded up into one that is not.
///
/// @param numerator any sign
/// @param denominator positive; in lowest terms, so that equal numbers are equal as records
public record Fraction(BigInteger numerator, BigInteger denominator) implements Comparable<Fraction> {

    public static final Fraction ZERO = of(0);

    /// Brings the quotient into lowest terms. Refuses a denominator of 0: throws `ArithmeticException`.
    public Fraction {
        if (denominator.signum() == 0) {
            throw new ArithmeticException("division by zero");
        }
        BigInteger divisor = numerator.gcd(denominator);
        if (denominator.signum() < 0) {
            divisor = divisor.negate();
        }
        numerator = numerator.divide(divisor);
        denominator = denominator.divide(divisor);
    }

    public static Fraction of(long whole) {
        return new Fraction(BigInteger.valueOf(whole), BigInteger.ONE);
    }

    public static Fraction of(BigDecimal decimal) {
        return decimal.scale() > 0
                ? new Fraction(decimal.unscaledValue(), BigInteger.TEN.pow(decimal.scale()))
                : new Fraction(decimal.toBigIntegerExact(), BigInteger.ONE);
    }

    public Fraction plus(Fraction other) {
        return new Fraction(
                numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
                denominator.multiply(other.denominator));
    }

    public Fraction minus(Fraction other) {
        return plus(new Fraction(other.numerator.negate(), other.denominator));
    }

    public Fraction times(Fraction other) {
        return new Fraction(numerator.multiply(other.numerator), denominator.multiply(other.denominator));
    }

    /// Throws `ArithmeticException` where the other is 0.
    public Fraction dividedBy(Fraction other) {
        return new Fraction(numerator.multiply(other.denominator), denominator.multiply(other.numerator));
    }

    public Fraction min(Fraction other) {
        return compareTo(other) <= 0 ? this : other;
    }

    public Fraction max(Fraction other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /// -1, 0 or 1.
    public int signum() {
        return numerator.signum();
    }

    /// The nearest whole number, half up (away from zero). Throws `ArithmeticException` beyond a `long`.
    public long rounded() {
        return decimal(0).longValueExact();
    }

    /// The largest whole number that is not above. Throws `ArithmeticException` beyond a `long`.
    public long floor() {
        return new BigDecimal(numerator)
                .divide(new BigDecimal(denominator), 0, RoundingMode.FLOOR)
                .longValueExact();
    }

    /// Rounded half up to so many fractional digits.
    public BigDecimal decimal(int fractionDigits) {
        return new BigDecimal(numerator).divide(new BigDecimal(denominator), fractionDigits, RoundingMode.HALF_UP);
    }

    @Override
    public int compareTo(Fraction other) {
        return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator));
    }

    /// Such as `1000/3`, or `12` for a whole number.
    @Override
    public String toString() {
        return denominator.equals(BigInteger.ONE) ? numerator.toString() : numerator + "/" + denominator;
    }
}
