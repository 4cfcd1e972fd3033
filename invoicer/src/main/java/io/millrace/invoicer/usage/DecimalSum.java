package io.millrace.invoicer.usage;

import static java.math.BigDecimal.ZERO;

import io.millrace.rating.money.ShortDecimal;
import java.math.BigDecimal;

/// Adds up decimals exactly, those that are short without an object for each.
final class DecimalSum {
    /// Of short ones, by their scale.
    private final long[] unscaled = new long[ShortDecimal.MAX_SCALE + 1];
    private BigDecimal rest = ZERO;

    void add(long shortDecimal) {
        int scale = ShortDecimal.scale(shortDecimal);
        long added = ShortDecimal.unscaled(shortDecimal);
        long sum = unscaled[scale] + added;
        // Above what a long holds, where its sign is that of neither.
        if (((sum ^ unscaled[scale]) & (sum ^ added)) < 0) {
            rest = rest.add(BigDecimal.valueOf(unscaled[scale], scale));
            sum = added;
        }
        unscaled[scale] = sum;
    }

    void add(BigDecimal decimal) {
        rest = rest.add(decimal);
    }

    BigDecimal total() {
        var total = rest;
        for (int scale = 0; scale < unscaled.length; scale++) {
            if (unscaled[scale] != 0) total = total.add(BigDecimal.valueOf(unscaled[scale], scale));
        }
        return total;
    }
}
