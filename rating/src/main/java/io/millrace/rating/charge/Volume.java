package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.List;

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
    /// @param perUnitTotalAmount units × its price
    public record Details(Tier tier, BigDecimal perUnitTotalAmount) implements AmountDetails {}

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
    public Price priceOfUnits(Usage usage) {
        Tier tier = tiers.stream()
                .filter(candidate -> candidate.reachesTo(usage.fullUnits()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the last tier has no end"));
        BigDecimal perUnitTotal = usage.units().multiply(tier.perUnitAmount());
        return Price.of(usage, perUnitTotal.add(tier.flatAmount()), new Details(tier, perUnitTotal));
    }
}
