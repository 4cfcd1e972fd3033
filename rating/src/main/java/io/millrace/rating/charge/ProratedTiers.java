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
/// are not prorated: every tier that the highest level entered owes its own. What was added and removed before
/// the period, and so is worth nothing in it, takes no place in the tiers.
final class ProratedTiers {

    /// Digits of the one division: an event's share that falls in a tier.
    private static final MathContext SHARE = new MathContext(60, RoundingMode.HALF_UP);

    /// Digits of the amount: fewer, so that thirds which add up to a whole do.
    private static final MathContext AMOUNT = new MathContext(50, RoundingMode.HALF_UP);

    private ProratedTiers() {}

    static Price price(Usage usage, List<Tier> tiers) {
        BigDecimal[] prorated = zeros(tiers.size());
        BigDecimal[] filled = zeros(tiers.size());
        BigDecimal level = BigDecimal.ZERO;
        BigDecimal highest = BigDecimal.ZERO;
        for (Usage.EventUnits event : usage.eventUnits()) {
            BigDecimal next = level.add(event.full());
            if (takesNoPlace(event, next)) {
                continue;
            }
            for (int i = 0; i < prorated.length; i++) {
                BigDecimal fill = fillOf(tiers, i, next);
                BigDecimal full = fill.subtract(filled[i]);
                if (full.signum() != 0) {
                    prorated[i] = prorated[i].add(share(event, full));
                    filled[i] = fill;
                }
            }
            level = next;
            highest = highest.max(level);
        }
        List<TierUnits> used = new ArrayList<>(prorated.length);
        BigDecimal perUnitTotal = BigDecimal.ZERO;
        BigDecimal flatTotal = BigDecimal.ZERO;
        for (int i = 0; i < prorated.length && tiers.get(i).isEnteredBy(highest); i++) {
            TierUnits inTier =
                    new TierUnits(tiers.get(i), prorated[i], tiers.get(i).flatAmount());
            used.add(inTier);
            perUnitTotal = perUnitTotal.add(inTier.perUnitTotalAmount());
            flatTotal = flatTotal.add(inTier.flatAmount());
        }
        // Units that were taken away for longer than they were held give nothing back.
        BigDecimal amount = perUnitTotal.round(AMOUNT).max(BigDecimal.ZERO).add(flatTotal);
        return Price.of(usage, amount, new Graduated.Details(used));
    }

    private static boolean takesNoPlace(Usage.EventUnits event, BigDecimal next) {
        return event.full().signum() == 0
                || (event.prorated().signum() == 0 && (event.full().signum() > 0 || next.signum() < 0));
    }

    private static BigDecimal[] zeros(int count) {
        BigDecimal[] zeros = new BigDecimal[count];
        Arrays.fill(zeros, BigDecimal.ZERO);
        return zeros;
    }

    /// The prorated units of an event for those of its full ones that fall in a tier.
    private static BigDecimal share(Usage.EventUnits event, BigDecimal full) {
        return full.compareTo(event.full()) == 0
                ? event.prorated()
                : full.multiply(event.prorated()).divide(event.full(), SHARE);
    }

    /// How much of a level lies in the tier; the first tier also holds what is below zero.
    private static BigDecimal fillOf(List<Tier> tiers, int i, BigDecimal level) {
        return i == 0 && level.signum() < 0 ? level : tiers.get(i).unitsOf(level);
    }
}
