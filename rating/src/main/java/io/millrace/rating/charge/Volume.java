package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;

/// All units at the price of the tier that the last of them falls in, and that tier's flat amount.
///
/// ```
/// tiers 0 – 100 at 2, 101 – at 1:  100 units cost 200, 100.5 cost 100.5, 101 cost 101
/// ```
///
/// Prorated units pick the tier by their full number. Without any usage the first tier's flat amount is due.
///
/// @param tiers from 0 to no end, without gap; never empty
public record Volume(List<Tier> tiers) implements ChargeModel {

    /// How a volume amount came about.
    ///
    /// @param tier the tier that priced all units
    /// @param fullUnits the units before proration
    /// @param perUnitTotalAmount units × the tier's price, major units
    public record Details(Tier tier, BigDecimal fullUnits, BigDecimal perUnitTotalAmount) implements AmountDetails {

        /// What a unit before proration cost without the flat amount; 0 where there are none. For showing.
        public BigDecimal perUnitAmount() {
            return fullUnits.signum() == 0
                    ? BigDecimal.ZERO
                    : perUnitTotalAmount.divide(fullUnits, MathContext.DECIMAL128);
        }
    }

    public Volume {
        tiers = List.copyOf(tiers);
    }

    static Volume read(PropertyReader properties) {
        return new Volume(Tier.read(properties, "volume_ranges"));
    }

    @Override
    public String code() {
        return "volume";
    }

    @Override
    public Map<String, Object> properties() {
        return Map.of("volume_ranges", tiers.stream().map(Tier::properties).toList());
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        Tier tier = tierOf(usage.fullUnits());
        BigDecimal perUnitTotal = usage.units().multiply(tier.perUnitAmount());
        return Price.of(usage, perUnitTotal.add(tier.flatAmount()), new Details(tier, usage.fullUnits(), perUnitTotal));
    }

    private Tier tierOf(BigDecimal units) {
        for (Tier tier : tiers) {
            if (tier.reachesTo(units)) {
                return tier;
            }
        }
        throw new IllegalStateException("the last tier has no end");
    }
}
