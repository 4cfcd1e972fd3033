package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Graduated prices of units that are prorated: an event fills the tiers with its full units, and pays each
/// tier's price for its prorated ones.
///
/// ```
/// tiers 0 – 5 at 10, 6 – at 5; an event of 8 held half the period:  (5 × 10 + 3 × 5) / 2
/// ```
///
/// An event across a bound is split as its full units are. A negative event takes from the top. Flat amounts
/// are not prorated: every tier that the highest level entered owes its own.
final class ProratedTiers {

    /// Digits of the one division: an event's share that falls in a tier.
    private static final MathContext SHARE = new MathContext(60, RoundingMode.HALF_UP);

    private ProratedTiers() {}

    static Price price(Usage usage, List<Tier> tiers) {
        BigDecimal[] prorated = new BigDecimal[tiers.size()];
        Arrays.fill(prorated, BigDecimal.ZERO);
        BigDecimal level = BigDecimal.ZERO;
        BigDecimal highest = BigDecimal.ZERO;
        for (Usage.EventUnits event : usage.values()) {
            BigDecimal next = level.add(event.full());
            for (int i = 0; i < tiers.size() && event.full().signum() != 0; i++) {
                BigDecimal full = belowEndOf(tiers, i, next).subtract(belowEndOf(tiers, i, level));
                prorated[i] = prorated[i].add(full.multiply(event.prorated()).divide(event.full(), SHARE));
            }
            level = next;
            highest = highest.max(level);
        }
        List<Graduated.TierDetails> details = new ArrayList<>();
        BigDecimal amount = BigDecimal.ZERO;
        for (int i = 0; i < tiers.size() && tiers.get(i).isEnteredBy(highest); i++) {
            Graduated.TierDetails inTier = Graduated.TierDetails.of(tiers.get(i), prorated[i]);
            details.add(inTier);
            amount = amount.add(inTier.totalAmount());
        }
        return Price.of(usage, amount, new Graduated.Details(List.copyOf(details)));
    }

    /// How much of a level lies in the tier; the first tier also holds what is below zero.
    private static BigDecimal belowEndOf(List<Tier> tiers, int i, BigDecimal level) {
        Tier tier = tiers.get(i);
        BigDecimal upper = tier.upTo() == null ? level : level.min(tier.upTo());
        return i == 0 ? upper : upper.max(tier.above()).subtract(tier.above());
    }
}
