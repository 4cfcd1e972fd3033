package io.millrace.rating.period;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProrationTest {

    @ParameterizedTest(name = "{0} cents for {1} of {2} days: {3}")
    @CsvSource({
        "91000, 32, 91, 32000, 32000",
        "100, 20, 31, 65, 64.516129032258064516",
        "100, 28, 31, 90, 90.322580645161290323",
        "1000, 13, 31, 419, 419.354838709677419355",
        "1500, 13, 31, 629, 629.032258064516129032",
        "999, 15, 30, 500, 499.5",
        "1, 1, 2, 1, 0.5",
        "0, 5, 31, 0, 0",
        "100, 0, 31, 0, 0",
        "100, 1, 1, 100, 100",
        "100, 0, 1, 0, 0",
        "999999999999999, 29, 31, 935483870967741, 935483870967741",
        "1000000000000000, 1, 366, 2732240437158, 2732240437158.469945355191256831",
        "9223372036854775807, 31, 31, 9223372036854775807, 9223372036854775807",
        "9223372036854775807, 365, 366, 9198171566808724507, 9198171566808724506.980874316939890710",
    })
    void aPartOfAnAmount(long full, int days, int periodDays, long cents, BigDecimal precise) {
        Proration proration = new Proration(days, periodDays);

        assertThat(proration.cents(full)).isEqualTo(cents);
        assertThat(proration.preciseCents(full)).isEqualByComparingTo(precise);
    }

    @ParameterizedTest
    @CsvSource({"-1, 31", "32, 31", "0, 0", "0, -1"})
    void daysThatCannotBeAreRefused(int days, int periodDays) {
        assertThatThrownBy(() -> new Proration(days, periodDays)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void partsOfAPeriodAddUpToTheWholeBeforeTheyAreRounded() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            long full = random.nextLong(1_000_000_000_000_000L);
            int periodDays = random.nextInt(1, 367);
            Fraction sum = Fraction.ZERO;
            for (int left = periodDays; left > 0; ) {
                int days = random.nextInt(1, left + 1);
                sum = sum.plus(new Proration(days, periodDays).part(full));
                left -= days;
            }
            assertThat(sum)
                    .as("seed %d, %d cents, %d days", seed, full, periodDays)
                    .isEqualTo(Fraction.of(full));
        }
    }

    @Test
    void moreDaysNeverCostLessAndNoPartCostsMoreThanTheWhole() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 200; round++) {
            long full = random.nextLong(1_000_000_000_000_000L);
            int periodDays = random.nextInt(1, 367);
            long before = 0;
            for (int days = 0; days <= periodDays; days++) {
                long cents = new Proration(days, periodDays).cents(full);
                assertThat(cents)
                        .as("seed %d, %d cents, %d of %d days", seed, full, days, periodDays)
                        .isBetween(before, full);
                before = cents;
            }
        }
    }
}
