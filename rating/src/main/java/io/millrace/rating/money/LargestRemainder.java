package io.millrace.rating.money;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Splits a whole amount by weights into whole parts that add up to it.
///
/// ```
/// 100 cents by 1 : 1 : 1    34, 33, 33
/// ```
public final class LargestRemainder {

    private LargestRemainder() {}

    /// Each part is its exact share rounded towards zero; the cents left over go, one each, to the largest
    /// remainders, of equal ones to the first.
    ///
    /// @param totalCents any sign
    /// @param weights not negative and not all zero, or `IllegalArgumentException`
    public static List<Long> split(long totalCents, List<BigDecimal> weights) {
        BigDecimal sum = weights.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        if (sum.signum() == 0 || weights.stream().anyMatch(weight -> weight.signum() < 0)) {
            throw new IllegalArgumentException("Weights must not be negative and not all zero: " + weights);
        }
        BigDecimal total = BigDecimal.valueOf(totalCents).abs();
        List<BigDecimal> remainders = new ArrayList<>();
        List<BigInteger> parts = new ArrayList<>();
        for (BigDecimal weight : weights) {
            BigDecimal[] shareAndRest = total.multiply(weight).divideAndRemainder(sum);
            parts.add(shareAndRest[0].setScale(0, RoundingMode.UNNECESSARY).toBigIntegerExact());
            remainders.add(shareAndRest[1]);
        }
        int left = total.toBigIntegerExact()
                .subtract(parts.stream().reduce(BigInteger.ZERO, BigInteger::add))
                .intValueExact();
        // Stable: of equal remainders the first comes first.
        IntStream.range(0, weights.size())
                .boxed()
                .sorted(Comparator.comparing(remainders::get, Comparator.<BigDecimal>reverseOrder()))
                .limit(left)
                .forEach(i -> parts.set(i, parts.get(i).add(BigInteger.ONE)));
        return parts.stream()
                .map(part -> totalCents < 0 ? part.negate() : part)
                .map(BigInteger::longValueExact)
                .toList();
    }
}
