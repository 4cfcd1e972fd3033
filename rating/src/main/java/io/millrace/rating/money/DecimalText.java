package io.millrace.rating.money;

import java.math.BigDecimal;

/// Reads ASCII decimals: `[+-] digits [. digits] [(e|E) [+-] digits]` with a digit on at least one side of
/// the point. `new BigDecimal(String)` alone would take digits of any script, and exponents that cost memory
/// when they are used.
final class DecimalText {

    /// Beyond any exponent that can bring [Quantity#MAX_LENGTH] digits into bounds.
    private static final int EXPONENT_LIMIT = 10_000;

    private DecimalText() {}

    static Quantity read(String text, int start, int end) {
        int at = start;
        if (text.charAt(at) == '-' || text.charAt(at) == '+') {
            at++;
        }
        int digits = 0;
        boolean zero = true;
        boolean point = false;
        int mantissaEnd = at;
        for (; mantissaEnd < end; mantissaEnd++) {
            char c = text.charAt(mantissaEnd);
            if (c >= '0' && c <= '9') {
                digits++;
                zero &= c == '0';
            } else if (c == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        if (digits == 0) {
            return Quantity.Refusal.NOT_A_NUMBER;
        }
        int exponent = 0;
        if (mantissaEnd < end) {
            char e = text.charAt(mantissaEnd);
            if (e != 'e' && e != 'E') {
                return Quantity.Refusal.NOT_A_NUMBER;
            }
            int i = mantissaEnd + 1;
            boolean negative = false;
            if (i < end && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
                negative = text.charAt(i) == '-';
                i++;
            }
            if (i == end) {
                return Quantity.Refusal.NOT_A_NUMBER;
            }
            for (; i < end; i++) {
                char c = text.charAt(i);
                if (c < '0' || c > '9') {
                    return Quantity.Refusal.NOT_A_NUMBER;
                }
                exponent = Math.min(EXPONENT_LIMIT, exponent * 10 + (c - '0'));
            }
            exponent = negative ? -exponent : exponent;
        }
        if (zero) {
            return new Quantity.Exact(BigDecimal.ZERO);
        }
        if (exponent >= EXPONENT_LIMIT) {
            return Quantity.Refusal.TOO_LARGE;
        }
        if (exponent <= -EXPONENT_LIMIT) {
            return Quantity.Refusal.TOO_PRECISE;
        }
        BigDecimal mantissa = new BigDecimal(text.substring(start, mantissaEnd));
        return Quantity.of(exponent == 0 ? mantissa : mantissa.scaleByPowerOfTen(exponent));
    }
}
