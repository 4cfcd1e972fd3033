package io.millrace.rating.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrueUpTest {

    @ParameterizedTest(name = "minimum {0} for {1} of {2} days, used {3}: {4}")
    @CsvSource({
        "1000, 31, 31, 700, 300, 300",
        "1000, 31, 31, 1000, 0, 0",
        "1000, 31, 31, 1500, 0, 0",
        "1000, 15, 31, 200, 284, 283.870967741935483871",
        "10000, 15, 30, 3000, 2000, 2000",
        "100, 31, 31, 66.66, 33, 33.34",
        "100, 1, 16, 6, 0, 0.25",
        "1000, 0, 31, 0, 0, 0",
        "0, 31, 31, 0, 0, 0",
        "999999999999999, 31, 31, 1, 999999999999998, 999999999999998",
        // 500.000…0033: a used amount kept to 18 digits must not turn it into a half.
        "2000, 1, 3, 366.166666666666666667, 300, 300.5",
    })
    void aChargeCostsAtLeastItsMinimum(
            long minimum, int days, int periodDays, BigDecimal used, long trueUp, BigDecimal precise) {
        Fraction fee = ChargeMinimum.of(minimum).trueUp(new Proration(days, periodDays), used);

        assertThat(fee.rounded()).isEqualTo(trueUp);
        assertThat(fee.decimal(18)).isEqualByComparingTo(precise);
    }

    @ParameterizedTest(name = "minimum {0} credits for {1} of {2} days, used {3}, at {4}: {5}")
    @CsvSource({
        "1000, 31, 31, 700, 0.25, 75",
        "1000, 15, 31, 200, 0.25, 71",
        "1000, 31, 31, 1000, 0.25, 0",
        "1000, 31, 31, 700, 3, 900",
        "1000, 31, 31, 700, 0.000000000000000001, 0",
    })
    void whatIsMissingInAPricingUnitIsConverted(
            long minimum, int days, int periodDays, BigDecimal used, BigDecimal rate, long trueUp) {
        assertThat(new ChargeMinimum(minimum, rate)
                        .trueUp(new Proration(days, periodDays), used)
                        .rounded())
                .isEqualTo(trueUp);
    }

    @ParameterizedTest(name = "minimum 100 for {0} of 16 days, fees {1}, precisely {2}: {3}, precisely {4}")
    @CsvSource({
        "16, 33, 33.33, 67, 66.67",
        "16, 66, 66.66, 34, 33.34",
        // What the invoice says decides: there is nothing to add to 100.
        "16, 100, 99.6, 0, 0",
        "1, 6, 6.6, 0, 0",
        "1, 6, 6.1, 0, 0.15",
    })
    void aTrueUpIsPreciseToTheFeesBeforeTheyWereRounded(
            int days, BigDecimal used, BigDecimal usedPrecise, long trueUp, BigDecimal precise) {
        ChargeMinimum minimum = ChargeMinimum.of(100);
        Proration part = new Proration(days, 16);

        assertThat(minimum.trueUp(part, used).rounded()).isEqualTo(trueUp);
        assertThat(minimum.preciseTrueUp(part, used, usedPrecise).decimal(18)).isEqualByComparingTo(precise);
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "100, 0", "100, -0.25"})
    void aMinimumThatCannotBeIsRefused(long cents, BigDecimal rate) {
        assertThatThrownBy(() -> new ChargeMinimum(cents, rate)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "commitment {0} for {1} of {2} days, fees {3}: {4}")
    @CsvSource({
        "3000, 7, 7, 0, 3000",
        "3000, 6, 7, 0, 2571",
        "20000, 30, 31, 0, 19355",
        "40000, 90, 91, 0, 39560",
        "200000, 352, 366, 0, 192350",
        "200000, 365, 366, 0, 199454",
        "1000000, 5, 7, 71429, 642857",
        "1000000, 7, 7, 100000, 900000",
        "1000000, 25, 28, 89286, 803571",
        "1000000, 56, 90, 62222, 560000",
        "1000000, 334, 365, 91507, 823561",
        "1000000, 6, 7, 11571, 845572",
        "1000000, 20, 91, 9198, 210582",
        // Paid in advance for the whole week, terminated on its third day.
        "1000000, 3, 7, 100000, 328571",
        "100000, 184, 366, 0, 50273",
        "100000, 182, 365, 0, 49863",
        "1, 31, 31, 100000, 0",
        "1000000, 0, 31, 0, 0",
    })
    void aCustomerSpendsAtLeastTheCommitment(long commitment, int days, int periodDays, BigDecimal fees, long trueUp) {
        assertThat(new MinimumCommitment(commitment)
                        .trueUp(new Proration(days, periodDays), fees)
                        .rounded())
                .isEqualTo(trueUp);
    }

    @ParameterizedTest(name = "{0} for {1} of {2} days, {3} paid: {4}")
    @CsvSource({
        "1000, 13, 31, 0, 419",
        "1500, 13, 31, 0, 629",
        "10000, 11, 31, 532, 3016",
        "2000, 11, 31, 0, 710",
        "10000, 10, 31, 484, 2742",
        "60000, 14, 30, 1400, 26600",
        "30000, 14, 30, 28000, 0",
        "10000, 31, 31, 10000, 0",
        "10000, 0, 31, 0, 0",
    })
    void aFixedChargeIsPaidOnceForEachDay(long full, int days, int periodDays, BigDecimal paid, long due) {
        assertThat(new FixedCharge(full)
                        .due(new Proration(days, periodDays), paid)
                        .rounded())
                .isEqualTo(due);
    }

    @Test
    void usageAndTrueUpAreTheMinimumOrUsageAlone() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 5_000; round++) {
            int periodDays = random.nextInt(1, 367);
            Proration days = new Proration(random.nextInt(periodDays + 1), periodDays);
            long promised = random.nextLong(1_000_000_000_000_000L);
            BigDecimal used = BigDecimal.valueOf(random.nextLong(1_000_000_000_000_000L), random.nextInt(0, 19));
            String what = "seed %d, %d for %s, used %s".formatted(seed, promised, days, used);

            Fraction reached = Fraction.of(used);
            Fraction floor = days.part(promised);
            Fraction expected = reached.compareTo(floor) < 0 ? floor : reached;

            assertThat(reached.plus(ChargeMinimum.of(promised).trueUp(days, used)))
                    .as(what)
                    .isEqualTo(expected);
            assertThat(reached.plus(new MinimumCommitment(promised).trueUp(days, used)))
                    .as(what)
                    .isEqualTo(expected);
            assertThat(reached.plus(new FixedCharge(promised).due(days, used)))
                    .as(what)
                    .isEqualTo(expected);
        }
    }
}
