package io.millrace.rating.money;

import java.math.BigDecimal;
import java.math.BigInteger;

/// A quantity or price as text, checked at the border: exact, at most [#MAX_FRACTION_DIGITS] fractional
/// digits, below 10^[#MAX_INTEGER_DIGITS] in magnitude.
///
/// ```
/// parse("12.50")       Exact(12.5)
/// parse("1e3")         Exact(1000)      exponents are read if the value fits
/// parse("1E20000000")  TOO_LARGE        at once, without building the number
/// ```
///
/// Trailing zeros carry no meaning and are dropped, so equal quantities are equal as records and print the
/// same. What does not fit is refused with a reason and never rounded or replaced by zero.
public sealed interface Quantity {

    /// Digits after the decimal point that every store and table keeps.
    int MAX_FRACTION_DIGITS = 18;

    /// Digits before the decimal point: magnitudes stay below 10^20.
    int MAX_INTEGER_DIGITS = 20;

    /// Characters that are looked at; no number within the bounds needs more unless it is padded with zeros.
    int MAX_LENGTH = DecimalText.MAX_LENGTH;

    /// A number within the bounds, without trailing fractional zeros and never with a negative scale.
    record Exact(BigDecimal value) implements Quantity {}

    /// Why a text is not a quantity, in the order in which the reasons are checked.
    enum Refusal implements Quantity {
        /// There is no text, or only blanks.
        EMPTY("is empty"),
        /// The text is longer than [#MAX_LENGTH] characters.
        TOO_LONG("is longer than " + MAX_LENGTH + " characters"),
        /// The text is not a decimal number, such as `1,5`, `0x1F`, `NaN` or `true`.
        NOT_A_NUMBER("is not a decimal number"),
        /// The magnitude is 10^[#MAX_INTEGER_DIGITS] or more.
        TOO_LARGE("is not below 10^" + MAX_INTEGER_DIGITS),
        /// There are more than [#MAX_FRACTION_DIGITS] digits after the point that are not trailing zeros.
        TOO_PRECISE("has more than " + MAX_FRACTION_DIGITS + " fractional digits");

        private final String sentence;

        Refusal(String sentence) {
            this.sentence = sentence;
        }

        private static Refusal ofNoNumber(String text) {
            return text.isBlank() ? EMPTY : text.strip().length() > MAX_LENGTH ? TOO_LONG : NOT_A_NUMBER;
        }

        /// What is wrong with the text, to be put after its name, such as `is empty`.
        public String sentence() {
            return sentence;
        }
    }

    /// Reads a decimal number such as `12.5`, `-.5`, `+1e3`; blanks around it are ignored. Does a bounded
    /// amount of work whatever the text is.
    static Quantity parse(String text) {
        BigDecimal number = DecimalText.read(text);
        return number == null ? Refusal.ofNoNumber(text) : of(number);
    }

    /// The checks of [#parse] for a number that is there already.
    static Quantity of(BigDecimal value) {
        if (value.signum() == 0) {
            return new Exact(BigDecimal.ZERO);
        }
        // precision - scale is the position of the first digit: 1 for 1 to 9.99, whatever the scale.
        if ((long) value.precision() - value.scale() > MAX_INTEGER_DIGITS) {
            return Refusal.TOO_LARGE;
        }
        // A first digit beyond the last kept one cannot fit; stripping its zeros first could be long work.
        if ((long) value.precision() - value.scale() <= -MAX_FRACTION_DIGITS) {
            return Refusal.TOO_PRECISE;
        }
        BigDecimal stripped = value.stripTrailingZeros();
        if (stripped.scale() > MAX_FRACTION_DIGITS) {
            return Refusal.TOO_PRECISE;
        }
        return new Exact(stripped.scale() < 0 ? stripped.setScale(0) : stripped);
    }

    /// The same number without trailing fractional zeros and never with a negative scale, so that equal numbers
    /// are equal as records. For results of arithmetic, which have no bounds: a negative scale must be small.
    static BigDecimal canonical(BigDecimal value) {
        if (value.scale() <= 0) {
            return value.scale() == 0 ? value : value.setScale(0);
        }
        // So many digits fit a long, in which stripping is cheap.
        if (value.precision() <= 18) {
            BigDecimal stripped = value.stripTrailingZeros();
            return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
        }
        // Digit by digit: stripTrailingZeros would also take the many zeros before the point, and slowly.
        BigInteger digits = value.unscaledValue();
        int scale = value.scale();
        while (scale > 0 && !digits.testBit(0)) {
            BigInteger[] tenth = digits.divideAndRemainder(BigInteger.TEN);
            if (tenth[1].signum() != 0) {
                break;
            }
            digits = tenth[0];
            scale--;
        }
        return scale == value.scale() ? value : new BigDecimal(digits, scale);
    }

    /// As [#parse], for text that was checked before. Throws `IllegalArgumentException` where it was not.
    static BigDecimal exact(String text) {
        return switch (parse(text)) {
            case Exact(BigDecimal value) -> value;
            case Refusal refusal ->
                throw new IllegalArgumentException("\"%s\" %s"
                        .formatted(text.length() > 64 ? text.substring(0, 64) + "…" : text, refusal.sentence()));
        };
    }

    /// The one text of a decimal: plain, without exponent and without trailing fractional zeros.
    static String print(BigDecimal value) {
        if (value.signum() == 0) {
            return "0";
        }
        return value.stripTrailingZeros().toPlainString();
    }

    /// True where the text is what [#print] makes of the quantity that it says: such a text needs no [#parse] to be
    /// taken as it is.
    static boolean isPrinted(String text) {
        int length = text.length();
        int first = length > 0 && text.charAt(0) == '-' ? 1 : 0;
        int point = first;
        while (point < length && isDigit(text.charAt(point))) {
            point++;
        }
        int digits = point - first;
        if (digits == 0 || digits > MAX_INTEGER_DIGITS) {
            return false;
        }
        if (text.charAt(first) == '0' && (digits > 1 || first == 1 && point == length)) {
            return false;
        }
        if (point == length) {
            return true;
        }
        int fraction = length - point - 1;
        if (text.charAt(point) != '.' || fraction == 0 || fraction > MAX_FRACTION_DIGITS) {
            return false;
        }
        for (int i = point + 1; i < length; i++) {
            if (!isDigit(text.charAt(i))) {
                return false;
            }
        }
        return text.charAt(length - 1) != '0';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
