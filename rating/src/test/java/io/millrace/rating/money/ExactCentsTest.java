package io.millrace.rating.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactCentsTest {

    @Test
    void aThirdThreeTimesIsTheWhole() {
        ExactCents third = ExactCents.of(100).dividedBy(new BigDecimal(3));

        assertThat(third.cents()).isEqualTo(33);
        assertThat(third.preciseCents()).isEqualByComparingTo("33.333333333333333333");
        assertThat(third.plus(third).plus(third)).isEqualTo(ExactCents.of(100)).hasSameHashCodeAs(ExactCents.of(100));
        assertThat(ExactCents.of(100).minus(third).cents()).isEqualTo(67);
    }

    @ParameterizedTest(name = "{0} / {1} is rounded to {2}")
    @CsvSource({
        "1, 2, 1",
        "-1, 2, -1",
        "2001, 3, 667",
        "7, 5, 1",
        "-7, 5, -1",
        "0, 7, 0",
        // Close to a half, where a number kept to 18 digits would be taken for one.
        "299999999999999999999, 600000000000000000000, 0",
        "300000000000000000001, 600000000000000000000, 1",
    })
    void halvesAreRoundedAwayFromZero(BigDecimal dividend, BigDecimal divisor, long cents) {
        assertThat(ExactCents.of(dividend).dividedBy(divisor).cents()).isEqualTo(cents);
    }

    @Test
    void whatIsBelowZeroCanBeCutOff() {
        ExactCents debt = ExactCents.of(1).minus(ExactCents.of(new BigDecimal("1.000000000000000000001")));

        assertThat(debt.signum()).isNegative();
        assertThat(debt.orZero()).isEqualTo(ExactCents.ZERO);
        assertThat(ExactCents.of(5).orZero()).isEqualTo(ExactCents.of(5));
        assertThat(debt.min(ExactCents.ZERO)).isEqualTo(debt);
        assertThat(ExactCents.ZERO.min(debt)).isEqualTo(debt);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        ExactCents largest = ExactCents.of(Long.MAX_VALUE);

        assertThat(largest.cents()).isEqualTo(Long.MAX_VALUE);
        assertThatThrownBy(() -> largest.plus(ExactCents.of(1)).cents()).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> largest.dividedBy(BigDecimal.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> largest.dividedBy(new BigDecimal(-1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void amountsAreComparedByWhatTheyAreWorth() {
        ExactCents half = ExactCents.of(1).dividedBy(new BigDecimal(2));

        assertThat(half).isEqualTo(ExactCents.of(new BigDecimal("0.50"))).isNotEqualTo(ExactCents.of(1));
        assertThat(half).isLessThan(ExactCents.of(1)).isGreaterThan(ExactCents.ZERO);
        assertThat(half).hasToString("1 / 2");
    }
}
