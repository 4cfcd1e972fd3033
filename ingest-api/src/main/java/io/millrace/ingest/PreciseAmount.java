package io.millrace.ingest;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/// The price that a producer sets itself, in minor units, as the plain decimal that it is stored as.
final class PreciseAmount {
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,40}(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?");
    private static final int FRACTION_DIGITS = 18;
    private static final BigDecimal LIMIT = BigDecimal.TEN.pow(20); // exclusive

    private PreciseAmount() {}

    /// Empty for what is no decimal, has more than 18 fractional digits or reaches 10^20.
    static Optional<String> parse(String text) {
        if (!DECIMAL.matcher(text).matches()) return Optional.empty();
        var amount = new BigDecimal(text);
        if (amount.abs().compareTo(LIMIT) >= 0) return Optional.empty();
        if (amount.stripTrailingZeros().scale() > FRACTION_DIGITS) return Optional.empty();
        return Optional.of(amount.toPlainString());
    }
}
