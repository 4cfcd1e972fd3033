package io.millrace.rating.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import io.millrace.rating.period.Proration;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnusedCreditTest {

    @ParameterizedTest(name = "{0} for {1} of {2} days, fee {3} less coupons {4} and credits {5}, tax {6} %: {7} + {8}")
    @CsvSource({
        "3100, 16, 31, 3100, 0, 0, 20, 1600, 320",
        "6200, 16, 31, 6200, 0, 0, 20, 3200, 640",
        "3100, 17, 31, 3100, 0, 0, 20, 1700, 340",
        "3100, 0, 31, 3100, 0, 0, 20, 0, 0",
        "0, 16, 31, 0, 0, 0, 20, 0, 0",
        // Each part is rounded: 19333.33 + 4833.33 are 24166, not 24167; 15466.67 + 3866.67 are 19334.
        "20000, 29, 30, 20000, 0, 0, 25, 19333, 4833",
        "16000, 29, 30, 16000, 0, 0, 25, 15467, 3867",
        "2999, 6, 7, 2999, 0, 0, 23.33, 2571, 600",
        "10000, 20, 28, 7500, 0, 0, 20, 7143, 1429",
        // Half a cent goes up, where a float of 33.3 a day would lose it.
        "999, 15, 30, 999, 0, 0, 0, 500, 0",
        // Coupons of the fee, in proportion.
        "3100, 16, 31, 3100, 1000, 0, 20, 1084, 217",
        "3100, 16, 31, 3100, 3100, 0, 20, 0, 0",
        // What was given back before.
        "3100, 16, 31, 3100, 0, 200, 20, 1400, 280",
        "3100, 16, 31, 3100, 0, 1000, 20, 600, 120",
        "3100, 16, 31, 3100, 500, 200, 20, 1174, 235",
        "3100, 16, 31, 3100, 0, 1600, 20, 0, 0",
        "3100, 16, 31, 3100, 0, 2000, 20, 0, 0",
        // No more than the fee was: it was for a part of the period only.
        "3100, 20, 31, 1500, 0, 0, 20, 1500, 300",
        "3100, 20, 31, 1500, 300, 100, 20, 1120, 224",
        "999999999999999, 30, 31, 999999999999999, 0, 0, 20, 967741935483870, 193548387096774",
    })
    void theUnusedPartOfAFeeComesBackWithItsTaxes(
            long plan,
            int days,
            int periodDays,
            long fee,
            BigDecimal coupons,
            BigDecimal credited,
            BigDecimal taxRate,
            long subTotal,
            long taxes) {
        UnusedCredit credit =
                UnusedCredit.of(new Proration(days, periodDays).part(plan), fee(fee, coupons, credited, taxRate));

        assertThat(credit.subTotalCents()).isEqualTo(subTotal);
        assertThat(credit.taxesCents()).isEqualTo(taxes);
        assertThat(credit.totalCents()).isEqualTo(subTotal + taxes);
    }

    @ParameterizedTest(name = "fee {0}, coupons {1}, credited {2}, tax {3} %")
    @CsvSource({"-1, 0, 0, 20", "100, -1, 0, 20", "100, 101, 0, 20", "100, 0, -1, 20", "100, 0, 0, -20"})
    void aFeeThatCannotBeIsRefused(long fee, BigDecimal coupons, BigDecimal credited, BigDecimal taxRate) {
        assertThatThrownBy(() -> fee(fee, coupons, credited, taxRate)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void lessThanNothingIsNeverUnused() {
        PaidFee fee = fee(100, BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.TEN);

        assertThatThrownBy(() -> UnusedCredit.of(Fraction.of(-1), fee)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTotalBeyondALongIsRefused() {
        UnusedCredit credit = UnusedCredit.of(
                Fraction.of(Long.MAX_VALUE),
                fee(Long.MAX_VALUE, BigDecimal.ZERO, BigDecimal.ZERO, new BigDecimal("0.1")));

        assertThatThrownBy(credit::totalCents).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void creditAndUsedPartAreWhatWasPaid() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 5_000; round++) {
            long plan = random.nextLong(1, 1_000_000_000_000_000L);
            int periodDays = random.nextInt(1, 367);
            int used = random.nextInt(periodDays + 1);
            BigDecimal coupons = BigDecimal.valueOf(random.nextLong(plan + 1));
            BigDecimal taxRate = BigDecimal.valueOf(random.nextInt(0, 10_000), 2);
            String what = "seed %d, %d, %d of %d days, coupons %s, tax %s"
                    .formatted(seed, plan, used, periodDays, coupons, taxRate);
            PaidFee fee = fee(plan, coupons, BigDecimal.ZERO, taxRate);

            UnusedCredit back = UnusedCredit.of(new Proration(periodDays - used, periodDays).part(plan), fee);
            UnusedCredit kept = UnusedCredit.of(new Proration(used, periodDays).part(plan), fee);

            assertThat(back.item().plus(kept.item())).as(what).isEqualTo(Fraction.of(plan));
            assertThat(back.couponsAdjustmentCents().plus(kept.couponsAdjustmentCents()))
                    .as(what)
                    .isEqualTo(Fraction.of(coupons));
            Fraction paid = Fraction.of(plan).minus(Fraction.of(coupons));
            // Two roundings of halves may meet: never more than a cent apart.
            assertThat(back.subTotalCents() + kept.subTotalCents() - paid.rounded())
                    .as(what)
                    .isBetween(0L, 1L);
            assertThat(back.totalCents())
                    .as(what)
                    .isBetween(
                            0L,
                            paid.plus(paid.times(Fraction.of(taxRate.movePointLeft(2))))
                                            .rounded()
                                    + 1);
        }
    }

    @Test
    void creditsInStepsAreWorthTheWhole() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            long plan = random.nextLong(1, 1_000_000_000_000_000L);
            long first = random.nextLong(plan + 1);
            PaidFee fee = fee(plan, BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.TEN);
            PaidFee rest = fee(plan, BigDecimal.ZERO, BigDecimal.valueOf(first), BigDecimal.TEN);

            Fraction both = UnusedCredit.of(Fraction.of(first), fee)
                    .item()
                    .plus(UnusedCredit.of(Fraction.of(plan), rest).item());

            assertThat(both).as("seed %d, %d of %d", seed, first, plan).isEqualTo(Fraction.of(plan));
        }
    }

    private static PaidFee fee(long cents, BigDecimal coupons, BigDecimal credited, BigDecimal taxRate) {
        return new PaidFee(Fraction.of(cents), Fraction.of(coupons), Fraction.of(credited), taxRate);
    }
}
