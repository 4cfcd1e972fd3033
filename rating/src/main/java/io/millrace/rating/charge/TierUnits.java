package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one tier contributed to a graduated amount.
///
/// @param tier as agreed
/// @param units the units in it, prorated where the charge is
/// @param flatAmount major units; the tier's, or 0 where that was due before already
public record TierUnits(Tier tier, BigDecimal units, BigDecimal flatAmount) {

    /// Units × price, major units.
    public BigDecimal perUnitTotalAmount() {
        return units.multiply(tier.perUnitAmount());
    }

    /// With the flat amount.
    public BigDecimal totalAmount() {
        return perUnitTotalAmount().add(flatAmount);
    }

    /// Every tier that these units enter; the first one even by no units.
    static List<TierUnits> of(List<Tier> tiers, BigDecimal units) {
        return between(tiers, null, units);
    }

    /// Every tier that gets units, or is entered, as usage grows from one level to another.
    ///
    /// @param before null before the first event, when no tier was entered yet
    static List<TierUnits> between(List<Tier> tiers, @Nullable BigDecimal before, BigDecimal after) {
        List<TierUnits> used = new ArrayList<>(tiers.size());
        for (Tier tier : tiers) {
            if (!tier.isEnteredBy(after)) {
                break;
            }
            if (before == null || !tier.isEnteredBy(before)) {
                used.add(new TierUnits(tier, tier.unitsOf(after), tier.flatAmount()));
            } else {
                BigDecimal units = tier.unitsOf(after).subtract(tier.unitsOf(before));
                if (units.signum() != 0) {
                    used.add(new TierUnits(tier, units, BigDecimal.ZERO));
                }
            }
        }
        return used;
    }

    static BigDecimal totalAmount(List<TierUnits> used) {
        BigDecimal total = BigDecimal.ZERO;
        for (TierUnits inTier : used) {
            total = total.add(inTier.totalAmount());
        }
        return total;
    }
}
