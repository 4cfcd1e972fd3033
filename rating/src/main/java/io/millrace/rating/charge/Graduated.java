package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Each unit at the price of the tier it falls in, and the flat amount of each tier entered.
///
/// ```
/// 12 units, tiers 0 – 10 at 2 flat 1, 11 – at 1 flat 0.5:  (10 × 2 + 1) + (2 × 1 + 0.5) = 23.5
/// ```
///
/// Without any usage the first tier's flat amount is due.
///
/// @param tiers from 0 to no end, without gap; never empty
public record Graduated(List<Tier> tiers) implements ChargeModel {

    /// How a graduated amount came about.
    ///
    /// @param tiers what each tier entered contributed, in order; never empty
    public record Details(List<TierDetails> tiers) implements AmountDetails {}

    /// What one tier contributed.
    ///
    /// @param above as in [Tier]
    /// @param upTo as in [Tier]
    /// @param units units in this tier
    /// @param perUnitAmount price of one of them
    /// @param perUnitTotalAmount units × price
    /// @param flatAmount the tier's flat amount
    /// @param totalAmount both together
    public record TierDetails(
            BigDecimal above,
            @Nullable BigDecimal upTo,
            BigDecimal units,
            BigDecimal perUnitAmount,
            BigDecimal perUnitTotalAmount,
            BigDecimal flatAmount,
            BigDecimal totalAmount) {

        static TierDetails of(Tier tier, BigDecimal units) {
            BigDecimal perUnitTotal = units.multiply(tier.perUnitAmount());
            return new TierDetails(
                    tier.above(),
                    tier.upTo(),
                    units,
                    tier.perUnitAmount(),
                    perUnitTotal,
                    tier.flatAmount(),
                    perUnitTotal.add(tier.flatAmount()));
        }
    }

    public Graduated {
        tiers = List.copyOf(tiers);
    }

    static Graduated read(PropertyReader properties) {
        return new Graduated(Tier.read(properties, "graduated_ranges"));
    }

    @Override
    public String code() {
        return "graduated";
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        return isProrated(usage) ? ProratedTiers.price(usage, tiers) : price(usage, tiers);
    }

    private static boolean isProrated(Usage usage) {
        return usage.values().stream().anyMatch(value -> value.full().compareTo(value.prorated()) != 0);
    }

    static Price price(Usage usage, List<Tier> tiers) {
        List<TierDetails> details = new ArrayList<>();
        BigDecimal amount = BigDecimal.ZERO;
        for (Tier tier : tiers) {
            if (!tier.isEnteredBy(usage.units())) {
                break;
            }
            TierDetails inTier = TierDetails.of(tier, tier.unitsOf(usage.units()));
            details.add(inTier);
            amount = amount.add(inTier.totalAmount());
        }
        return Price.of(usage, amount, new Details(List.copyOf(details)));
    }
}
