package io.millrace.rating.money;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;
import java.util.Optional;

/// A currency with its minor unit, such as EUR with 2 fractional digits, JPY with 0 or KWD with 3.
///
/// Here is the one place where an amount of money is rounded: [#cents], half up (away from zero), to the
/// minor unit.
///
/// @param code ISO 4217 code, upper case
/// @param fractionDigits digits of the minor unit, from ISO 4217; 0 to 4
public record CurrencyUnit(String code, int fractionDigits) {

    /// Refuses what is not an ISO 4217 currency with a minor unit: throws `IllegalArgumentException`.
    public static CurrencyUnit of(String code) {
        return find(code)
                .orElseThrow(() -> new IllegalArgumentException("\"%s\" is not an ISO 4217 currency".formatted(code)));
    }

    /// Empty for what is not an ISO 4217 currency with a minor unit; gold (XAU) and test codes (XXX) have none.
    public static Optional<CurrencyUnit> find(String code) {
        Currency currency;
        try {
            currency = Currency.getInstance(code);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        int digits = currency.getDefaultFractionDigits();
        return digits < 0 ? Optional.empty() : Optional.of(new CurrencyUnit(code, digits));
    }

    /// The amount in minor units, rounded half up: EUR 0.665 is 67. Throws `ArithmeticException` beyond a
    /// `long`.
    public long cents(BigDecimal amount) {
        return amount.movePointRight(fractionDigits)
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }

    /// The amount in minor units with all its digits: EUR 0.665 is 66.5.
    public BigDecimal preciseCents(BigDecimal amount) {
        return amount.movePointRight(fractionDigits);
    }

    /// Minor units as an amount: 67 is EUR 0.67.
    public BigDecimal amount(BigDecimal cents) {
        return cents.movePointLeft(fractionDigits);
    }
}
