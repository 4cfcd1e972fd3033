package io.millrace.rating.money;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads ASCII decimals: `[+-] digits [. digits] [(e|E) [+-] digits]` with a digit on at least one side of
/// the point; blanks around it are ignored. `new BigDecimal(String)` alone would take digits of any script,
/// and exponents that cost memory when they are used.
public final class DecimalText {

    /// Characters that are looked at, blanks around them not counted; no number of use is longer unless it
    /// is padded with zeros.
    public static final int MAX_LENGTH = 256;

    /// Beyond any exponent that can bring [#MAX_LENGTH] digits into the bounds of anything.
    private static final int EXPONENT_LIMIT = 10_000;

    /// Decimal digits that always fit a `long`.
    private static final int DIGITS_OF_A_LONG = 18;

    private DecimalText() {}

    /// The number that a text says; null where it says none or is longer than [#MAX_LENGTH]. Does a bounded
    /// amount of work whatever the text is.
    ///
    /// The number has few digits but may have a large exponent: whoever writes it out or adds to it checks
    /// its size first, as [Quantity#of] does. Exponents beyond 10,000 are read as 10,000, as out of bounds
    /// as they.
    public static @Nullable BigDecimal read(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && text.charAt(start) == ' ') {
            start++;
        }
        while (end > start && text.charAt(end - 1) == ' ') {
            end--;
        }
        return start == end || end - start > MAX_LENGTH ? null : read(text, start, end);
    }

    /// As [#read(String)], of a part of some bytes in UTF-8. Most numbers are short, and take no text.
    public static @Nullable BigDecimal read(byte[] bytes, int start, int end) {
        long decimal = ShortDecimal.read(bytes, start, end);
        return decimal == ShortDecimal.NONE
                ? read(new String(bytes, start, end - start, StandardCharsets.UTF_8))
                : ShortDecimal.toBigDecimal(decimal);
    }

    private static @Nullable BigDecimal read(String text, int start, int end) {
        int at = start;
        boolean negative = text.charAt(at) == '-';
        if (negative || text.charAt(at) == '+') {
            at++;
        }
        long unscaled = 0;
        int digits = 0;
        int significant = 0;
        int scale = 0;
        boolean point = false;
        for (; at < end; at++) {
            char c = text.charAt(at);
            if (c >= '0' && c <= '9') {
                digits++;
                significant = significant > 0 || c != '0' ? significant + 1 : 0;
                // Beyond DIGITS_OF_A_LONG this overflows and is not used.
                unscaled = unscaled * 10 + (c - '0');
                scale += point ? 1 : 0;
            } else if (c == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        if (digits == 0) {
            return null;
        }
        int mantissaEnd = at;
        int exponent = 0;
        if (mantissaEnd < end) {
            if (!isExponent(text, mantissaEnd, end)) {
                return null;
            }
            exponent = exponent(text, mantissaEnd + 1, end);
        }
        if (significant == 0) {
            return BigDecimal.ZERO;
        }
        BigDecimal mantissa = significant <= DIGITS_OF_A_LONG
                ? BigDecimal.valueOf(negative ? -unscaled : unscaled, scale)
                : new BigDecimal(text.substring(start, mantissaEnd));
        return exponent == 0 ? mantissa : mantissa.scaleByPowerOfTen(exponent);
    }

    /// True where an `e`, perhaps a sign, and one or more digits are all there is from `at` on.
    private static boolean isExponent(String text, int at, int end) {
        if (text.charAt(at) != 'e' && text.charAt(at) != 'E') {
            return false;
        }
        int digits = at + 1;
        if (digits < end && (text.charAt(digits) == '-' || text.charAt(digits) == '+')) {
            digits++;
        }
        for (int i = digits; i < end; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return digits < end;
    }

    private static int exponent(String text, int start, int end) {
        boolean negative = text.charAt(start) == '-';
        int exponent = 0;
        for (int i = negative || text.charAt(start) == '+' ? start + 1 : start; i < end; i++) {
            exponent = Math.min(EXPONENT_LIMIT, exponent * 10 + (text.charAt(i) - '0'));
        }
        return negative ? -exponent : exponent;
    }
}
