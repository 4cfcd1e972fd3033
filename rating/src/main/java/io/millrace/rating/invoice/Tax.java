package io.millrace.rating.invoice;

import io.millrace.rating.money.Fraction;
import java.math.BigDecimal;

/// A tax on a fee, such as `vat` of 20 percent.
///
/// @param rate percent; not negative
public record Tax(String code, BigDecimal rate) {

    private static final Fraction HUNDRED = Fraction.of(100);

    public Tax {
        if (rate.signum() < 0) {
            throw new IllegalArgumentException("the rate of tax \"%s\" is negative".formatted(code));
        }
    }

    /// Exact cents.
    public Fraction on(Fraction base) {
        return base.times(Fraction.of(rate)).dividedBy(HUNDRED);
    }
}
