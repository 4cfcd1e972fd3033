package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
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
    /// @param tiers what each tier contributed, in order
    public record Details(List<TierUnits> tiers) implements AmountDetails {
        public Details {
            tiers = List.copyOf(tiers);
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
    public Map<String, Object> properties() {
        return Map.of("graduated_ranges", tiers.stream().map(Tier::properties).toList());
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        if (!usage.eventUnits().isEmpty()) {
            return ProratedTiers.price(usage, tiers);
        }
        List<TierUnits> used = TierUnits.of(tiers, usage.units());
        return Price.of(usage, TierUnits.totalAmount(used), new Details(used));
    }

    @Override
    public Price priceOfNext(Usage before, Usage after) {
        List<TierUnits> used = TierUnits.between(tiers, levelOf(before), after.units());
        BigDecimal units = after.units().subtract(before.units());
        return new Price(units, TierUnits.totalAmount(used), units, new Details(used));
    }

    /// Null before the first event.
    static @Nullable BigDecimal levelOf(Usage before) {
        return before.events() == 0 ? null : before.units();
    }
}
