package io.millrace.rating.money;

import java.math.BigDecimal;

/// An exact amount of a currency, such as EUR 12.345678: keeps every digit until [#cents] rounds it.
///
/// @param amount major units, any sign, any number of fractional digits
public record Money(CurrencyUnit currency, BigDecimal amount) {

    public static Money of(String currency, String amount) {
        return new Money(CurrencyUnit.of(currency), new BigDecimal(amount));
    }

    /// Minor units, rounded half up. Throws `ArithmeticException` beyond a `long`.
    public long cents() {
        return currency.cents(amount);
    }

    /// Minor units, unrounded.
    public BigDecimal preciseCents() {
        return currency.preciseCents(amount);
    }

    /// For a person: `EUR 12.345678`, at least the digits of the minor unit.
    @Override
    public String toString() {
        BigDecimal shown = amount.stripTrailingZeros();
        return currency.code() + " "
                + (shown.scale() < currency.fractionDigits() ? shown.setScale(currency.fractionDigits()) : shown)
                        .toPlainString();
    }
}
