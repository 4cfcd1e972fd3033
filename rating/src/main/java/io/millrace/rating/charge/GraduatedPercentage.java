package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// A share of each unit, at the rate of the tier it falls in, and the flat amount of each tier entered; for
/// units that are money themselves.
///
/// ```
/// 150 units, tiers 0 – 100 at 1 %, 101 – at 2 % flat 1:  (100 × 0.01) + (50 × 0.02 + 1) = 3
/// ```
///
/// Without any usage the first tier's flat amount is due.
///
/// @param tiers as in [Graduated], the per-unit amount being the rate as a fraction: 1 % is 0.01
public record GraduatedPercentage(List<Tier> tiers) implements ChargeModel {

    /// How a graduated percentage came about.
    ///
    /// @param tiers what each tier contributed, in order; a tier's price is its rate as a fraction
    public record Details(List<TierUnits> tiers) implements AmountDetails {
        public Details {
            tiers = List.copyOf(tiers);
        }
    }

    /// Tiers may not change afterwards.
    public GraduatedPercentage {
        tiers = List.copyOf(tiers);
    }

    static GraduatedPercentage read(PropertyReader properties) {
        return new GraduatedPercentage(Tier.read(properties, "graduated_percentage_ranges", GraduatedPercentage::rate));
    }

    private static BigDecimal rate(PropertyReader range) {
        return range.amount("rate", "invalid_rate").movePointLeft(2);
    }

    @Override
    public String code() {
        return "graduated_percentage";
    }

    @Override
    public Map<String, Object> properties() {
        return Map.of(
                "graduated_percentage_ranges",
                tiers.stream()
                        .map(tier ->
                                tier.properties("rate", tier.perUnitAmount().movePointRight(2)))
                        .toList());
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        List<TierUnits> used = TierUnits.of(tiers, usage.units());
        return Price.of(usage, TierUnits.totalAmount(used), new Details(used));
    }

    @Override
    public Price priceOfNext(Usage before, Usage after) {
        List<TierUnits> used = TierUnits.between(tiers, Graduated.levelOf(before), after.units());
        BigDecimal units = after.units().subtract(before.units());
        return new Price(units, TierUnits.totalAmount(used), units, new Details(used));
    }
}
