package io.millrace.rating.money;

import java.math.BigDecimal;

/// Decimals that are plain and short, as most are, each in a `long` rather than an object: for who reads very many.
///
/// ```
///  12.50  ─▶  1250 and two decimal places  ─▶  1250 << 5 | 2
/// ```
///
/// Of two with the same scale the larger one is the larger `long`.
public final class ShortDecimal {
    /// Of what is no number, and of one that is not plain or too long: it may be one of [DecimalText].
    public static final long NONE = Long.MIN_VALUE;

    /// Characters without a sign; so many digits leave room for the scale.
    private static final int MAX_LENGTH = 17;

    /// The largest there is, of `0.` and further digits.
    public static final int MAX_SCALE = MAX_LENGTH - 2;

    private static final int SCALE_BITS = 5;
    private static final long SCALE = (1 << SCALE_BITS) - 1;

    private ShortDecimal() {}

    /// Reads `[-] digits [. digits]` in ASCII, up to 17 characters behind the sign.
    public static long read(byte[] bytes, int start, int end) {
        boolean negative = start < end && bytes[start] == '-';
        int first = negative ? start + 1 : start;
        if (first == end || end - first > MAX_LENGTH) {
            return NONE;
        }
        long unscaled = 0;
        int point = end - 1;
        for (int at = first; at < end; at++) {
            int digit = bytes[at] - '0';
            if (digit >= 0 && digit <= 9) {
                unscaled = unscaled * 10 + digit;
            } else if (bytes[at] == '.' && at > first && at < end - 1 && point == end - 1) {
                point = at;
            } else {
                return NONE;
            }
        }
        return (negative ? -unscaled : unscaled) << SCALE_BITS | end - 1 - point;
    }

    /// The digits, as if there were no point.
    public static long unscaled(long decimal) {
        return decimal >> SCALE_BITS;
    }

    /// From 0 to [#MAX_SCALE].
    public static int scale(long decimal) {
        return (int) (decimal & SCALE);
    }

    public static BigDecimal toBigDecimal(long decimal) {
        return unscaled(decimal) == 0 ? BigDecimal.ZERO : BigDecimal.valueOf(unscaled(decimal), scale(decimal));
    }
}
