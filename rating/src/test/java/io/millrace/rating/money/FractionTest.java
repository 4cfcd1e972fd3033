package io.millrace.rating.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FractionTest {

    @ParameterizedTest(name = "{0}/{1}: {2}, rounded {3}, floor {4}, two digits {5}")
    @CsvSource({
        "  6,  4, 3/2,   2,  1,  1.50",
        " -6,  4, -3/2, -2, -2, -1.50",
        "  6, -4, -3/2, -2, -2, -1.50",
        "  1,  3, 1/3,   0,  0,  0.33",
        "  2,  3, 2/3,   1,  0,  0.67",
        "  0, -7, 0,     0,  0,  0.00",
        "200,  8, 25,   25, 25, 25.00",
    })
    void isInLowestTermsAndRoundsOnce(
            long numerator, long denominator, String text, long rounded, long floor, String twoDigits) {
        Fraction fraction = Fraction.of(numerator).dividedBy(Fraction.of(denominator));

        assertThat(fraction).hasToString(text);
        assertThat(fraction.rounded()).isEqualTo(rounded);
        assertThat(fraction.floor()).isEqualTo(floor);
        assertThat(fraction.decimal(2)).isEqualTo(new BigDecimal(twoDigits));
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "0.5, 1/2",
        "-1.25, -5/4",
        "3.000, 3",
        "0.000000000000000001, 1/1000000000000000000",
        "99999999999999999999, 99999999999999999999",
        "1E+2, 100"
    })
    void readsDecimals(String decimal, String text) {
        assertThat(Fraction.of(new BigDecimal(decimal))).hasToString(text);
    }

    @Test
    void obeysTheLawsOfArithmetic() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            Fraction a = any(random);
            Fraction b = any(random);
            Fraction c = any(random);
            String seen = "seed %d: %s, %s, %s".formatted(seed, a, b, c);
            assertThat(a.plus(b)).as(seen).isEqualTo(b.plus(a));
            assertThat(a.plus(b).minus(b)).as(seen).isEqualTo(a);
            assertThat(a.times(b.plus(c))).as(seen).isEqualTo(a.times(b).plus(a.times(c)));
            assertThat(a.plus(b).plus(c)).as(seen).isEqualTo(a.plus(b.plus(c)));
            if (b.signum() != 0) {
                assertThat(a.dividedBy(b).times(b)).as(seen).isEqualTo(a);
            }
            assertThat(Integer.signum(a.compareTo(b)))
                    .as(seen)
                    .isEqualTo(a.minus(b).signum());
            assertThat(a.min(b).plus(a.max(b))).as(seen).isEqualTo(a.plus(b));
            assertThat(a.minus(Fraction.of(a.floor())).signum()).as(seen).isNotNegative();
        }
    }

    private static Fraction any(SplittableRandom random) {
        return Fraction.of(random.nextLong(-1_000_000, 1_000_000))
                .dividedBy(Fraction.of(random.nextLong(1, random.nextBoolean() ? 10 : 1_000_000_000)));
    }

    @Test
    void nothingIsDividedByZeroOrWrapped() {
        assertThatThrownBy(() -> Fraction.of(1).dividedBy(Fraction.ZERO)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(
                        () -> Fraction.of(Long.MAX_VALUE).plus(Fraction.of(1)).rounded())
                .isInstanceOf(ArithmeticException.class);
    }
}
