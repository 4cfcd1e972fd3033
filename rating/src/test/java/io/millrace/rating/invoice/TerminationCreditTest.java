package io.millrace.rating.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminationCreditTest {

    /// A fee of 31 days at 1.00 and 20 percent, on an invoice with a second one: 37.20 of 74.40. Terminated on the
    /// 15th day: 18.00 were used, 16.00 and their taxes are left.
    @ParameterizedTest(name = "{0}, {1} paid, {2} given back before: refund {3}, credit {4}, offset {5}")
    @CsvSource({
        "credit,    0,    0,    0, 1920,    0",
        "credit, 7440,    0,    0, 1920,    0",
        "refund, 7440,    0, 1920,    0,    0",
        // Half of 55.80 is 27.90, 9.90 more than was used.
        "refund, 5580,    0,  990,  930,    0",
        "refund,  930,    0,    0, 1920,    0",
        "refund,    0,    0,    0, 1920,    0",
        "refund, 5580,  200,  990,  690,    0",
        "offset, 5580,    0,  990,    0,  930",
        "offset,    0,    0,    0,    0, 1920",
        "offset, 7440,    0, 1920,    0,    0",
        "skip,   7440,    0,    0,    0,    0",
        "credit,    0, 1000,    0,  720,    0",
        "refund, 7440, 1600,    0,    0,    0",
        "refund, 7440, 9999,    0,    0,    0",
    })
    void whatBecomesOfTheUnusedPart(String mode, String paid, String before, long refund, long credit, long offset) {
        TerminationCredit given = given(fee("1600", before, "0", "20", "3720", "7440", paid, "1800"), mode(mode));

        assertThat(given.refundCents()).isEqualTo(refund);
        assertThat(given.creditCents()).isEqualTo(credit);
        assertThat(given.offsetCents()).isEqualTo(offset);
        assertThat(given.totalCents()).isEqualTo(refund + credit + offset);
    }

    @Test
    void aCouponIsGivenBackNoMoreThanTheFee() {
        // 31.00 less 5.00, and 20 percent: 31.20 of 68.40; 14.00 of the 31.00 carry 2.26 of the coupon.
        TerminationCredit given =
                given(fee("1600", "200", "500", "20", "3120", "6840", "5580", "1510"), TerminationCredit.Mode.REFUND);

        assertThat(given).isEqualTo(new TerminationCredit(1174, 235, 1035, 374, 0));
    }

    @Test
    void neverMoreThanTheFeeIsGivenBack() {
        TerminationCredit given =
                given(fee("99999", "0", "0", "20", "3720", "3720", "3720", "0"), TerminationCredit.Mode.REFUND);

        assertThat(given).isEqualTo(new TerminationCredit(3100, 620, 3720, 0, 0));
    }

    @Test
    void aFreeFeeGivesNothingBack() {
        assertThat(given(fee("1600", "0", "0", "20", "0", "0", "0", "0"), TerminationCredit.Mode.OFFSET))
                .isEqualTo(new TerminationCredit(0, 0, 0, 0, 0));
        // A coupon paid for all of it.
        assertThat(given(fee("1600", "0", "3100", "20", "0", "0", "0", "0"), TerminationCredit.Mode.CREDIT)
                        .totalCents())
                .isZero();
    }

    @Test
    void refundCreditAndOffsetAddUpAndNoneIsNegative() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 5_000; i++) {
            long invoice = random.nextLong(1, 1_000_000);
            long total = random.nextLong(0, invoice + 1);
            Terminated fee = fee(
                    "" + random.nextLong(0, total + 1),
                    "" + random.nextLong(0, total + 1),
                    "" + random.nextLong(0, 500),
                    "" + random.nextInt(30),
                    "" + total,
                    "" + invoice,
                    "" + random.nextLong(0, invoice + 1),
                    "" + random.nextLong(0, total + 1));
            for (TerminationCredit.Mode mode : TerminationCredit.Mode.values()) {
                TerminationCredit given = given(fee, mode);
                assertThat(given.refundCents() + given.creditCents() + given.offsetCents())
                        .as("seed %d, %s %s", seed, mode, fee)
                        .isEqualTo(given.totalCents())
                        .isBetween(0L, total + 1);
                assertThat(given.refundCents())
                        .as("seed %d, %s %s", seed, mode, fee)
                        .isBetween(0L, fee.payment().paidCents().longValueExact());
                assertThat(Math.min(given.creditCents(), given.offsetCents()))
                        .as("seed %d, %s %s", seed, mode, fee)
                        .isZero();
            }
        }
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> fee("1600", "0", "0", "20", "3720", "7440", "-1", "1800"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static TerminationCredit.Mode mode(String mode) {
        return TerminationCredit.Mode.valueOf(mode.toUpperCase(Locale.ROOT));
    }

    private record Terminated(UnusedCredit unused, TerminationCredit.Payment payment) {}

    private static TerminationCredit given(Terminated fee, TerminationCredit.Mode mode) {
        return TerminationCredit.of(fee.unused(), fee.payment(), mode);
    }

    private static Terminated fee(
            String unused,
            String credited,
            String coupons,
            String rate,
            String total,
            String invoice,
            String paid,
            String used) {
        BigDecimal totalCents = new BigDecimal(total);
        PaidFee fee =
                PaidFee.ofTotal(totalCents, new BigDecimal(coupons), new BigDecimal(credited), new BigDecimal(rate));
        return new Terminated(
                UnusedCredit.of(Fraction.of(new BigDecimal(unused)), fee),
                new TerminationCredit.Payment(
                        totalCents, new BigDecimal(invoice), new BigDecimal(paid), new BigDecimal(used)));
    }
}
