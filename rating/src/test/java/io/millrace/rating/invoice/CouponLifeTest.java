package io.millrace.rating.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.rating.money.Fraction;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CouponLifeTest {

    @ParameterizedTest(name = "{0} {1}, used {2}, {3} invoices left, on {4}: {5} off, over {6}, {7} left")
    @CsvSource({
        // A fixed amount for once carries its rest from invoice to invoice.
        "once, 12, 0, 0, 300, 12, true, 0",
        "once, 12, 0, 0,   6,  6, false, 0",
        "once, 12, 6, 0, 300,  6, true, 0",
        "once, 12, 6, 0,   6,  6, true, 0",
        "once, 12, 12, 0, 300, 0, true, 0",
        "once, 12, 20, 0, 300, 0, true, 0",
        "once, 12, 0, 0,   0,  0, false, 0",
        // A percentage for once is spent on its first invoice, even where it is worth less than half a cent.
        "once, 20%, 0, 0, 300, 60, true, 0",
        "once, 20%, 0, 0, 123, 25, true, 0",
        "once, 20%, 0, 0,   2,  0, true, 0",
        "once, 20%, 0, 0,   0,  0, false, 0",
        // A recurring one counts its invoices, not its amount.
        "recurring, 12, 0, 3, 300, 12, false, 2",
        "recurring, 12, 0, 3,   6,  6, false, 2",
        "recurring, 12, 0, 1,   6,  6, true, 0",
        "recurring, 20%, 0, 1, 300, 60, true, 0",
        "recurring, 20%, 0, 2,   0,  0, false, 2",
        "recurring, 12, 0, 0, 300,  0, true, 0",
        // A second invoice of the same billing period gets what the first left.
        "recurring, 12, 10, 3, 300, 2, false, 2",
        "forever, 15, 10, 0, 10,    5, false, 0",
        "forever, 12, 0, 0, 300,   12, false, 0",
        "forever, 12, 0, 0,   6,    6, false, 0",
        "forever, 100%, 0, 0, 6,    6, false, 0",
    })
    void whatAnInvoiceUsesOfACoupon(
            String frequency, String value, long used, long invoices, long base, long credit, boolean over, long left) {
        CouponLife life = new CouponLife(
                CouponLife.Frequency.valueOf(frequency.toUpperCase(Locale.ROOT)),
                Fixtures.value(value),
                used,
                invoices);

        assertThat(life.on(Fraction.of(base), "EUR")).isEqualTo(new CouponLife.Use(credit, over, left));
    }

    @Test
    void aCouponIsNeverUsedBeyondItsAmount() {
        long used = 0;
        for (long base : new long[] {3, 0, 4, 100, 100}) {
            CouponLife.Use use = new CouponLife(CouponLife.Frequency.ONCE, Fixtures.value("12"), used, 0)
                    .on(Fraction.of(base), "EUR");
            used += use.creditCents();
            assertThat(use.isOver()).isEqualTo(used == 12);
        }
        assertThat(used).isEqualTo(12);
    }

    @Test
    void anInvoiceOfAnotherCurrencyUsesNothingUp() {
        CouponLife life = new CouponLife(CouponLife.Frequency.RECURRING, Fixtures.value("12"), 0, 3);

        assertThat(life.on(Fraction.of(300), "JPY")).isEqualTo(new CouponLife.Use(0, false, 3));
        assertThat(new CouponLife(CouponLife.Frequency.RECURRING, Fixtures.value("10%"), 0, 3)
                        .on(Fraction.of(300), "JPY"))
                .isEqualTo(new CouponLife.Use(30, false, 2));
    }

    @Test
    void aCouponCannotHaveBeenUsedLessThanNever() {
        assertThatThrownBy(() -> new CouponLife(CouponLife.Frequency.ONCE, Fixtures.value("12"), -1, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CouponLife(CouponLife.Frequency.RECURRING, Fixtures.value("12"), 0, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
