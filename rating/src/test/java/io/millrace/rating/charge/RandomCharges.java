package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Charges and usage by chance, reproducible by their seed.
final class RandomCharges {

    private final Random random;

    RandomCharges(long seed) {
        this.random = new Random(seed);
    }

    /// One of each model.
    List<ChargeModel> models() {
        return List.of(
                standard(),
                graduated(),
                graduatedPercentage(),
                ChargeModel.parse("volume", Map.of("volume_ranges", ranges("per_unit_amount"))),
                packages(),
                percentage(),
                new Dynamic());
    }

    /// One of each model that may be paid in advance.
    List<ChargeModel> modelsPaidInAdvance() {
        return models().stream().filter(model -> !(model instanceof Volume)).toList();
    }

    ChargeModel standard() {
        return ChargeModel.parse("standard", Map.of("amount", amount()));
    }

    ChargeModel graduated() {
        return ChargeModel.parse("graduated", Map.of("graduated_ranges", ranges("per_unit_amount")));
    }

    ChargeModel graduatedPercentage() {
        return ChargeModel.parse("graduated_percentage", Map.of("graduated_percentage_ranges", ranges("rate")));
    }

    ChargeModel packages() {
        return ChargeModel.parse(
                "package",
                Map.of("amount", amount(), "package_size", 1 + random.nextInt(9), "free_units", random.nextInt(20)));
    }

    /// With any of its allowances and bounds, or without.
    Percentage percentage() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("rate", amount());
        if (random.nextBoolean()) properties.put("fixed_amount", amount());
        if (random.nextBoolean()) properties.put("free_units_per_events", random.nextInt(12));
        if (random.nextBoolean()) properties.put("free_units_per_total_aggregation", amount() + random.nextInt(5));
        if (random.nextInt(3) == 0) {
            BigDecimal minimum = new BigDecimal(amount());
            properties.put("per_transaction_min_amount", minimum.toPlainString());
            properties.put(
                    "per_transaction_max_amount",
                    minimum.add(new BigDecimal(amount())).toPlainString());
        }
        return (Percentage) ChargeModel.parse("percentage", properties);
    }

    /// One to five ranges in either spelling, with whole and decimal bounds.
    List<Map<String, Object>> ranges(String unitPriceField) {
        List<Map<String, Object>> ranges = new ArrayList<>();
        int count = 1 + random.nextInt(5);
        boolean oneAbove = random.nextBoolean();
        BigDecimal above = BigDecimal.ZERO;
        for (int i = 0; i < count; i++) {
            BigDecimal upTo = above.add(BigDecimal.valueOf(1 + random.nextInt(2_000), random.nextInt(3)));
            Map<String, Object> range = new LinkedHashMap<>();
            range.put("from_value", oneAbove && i > 0 ? above.add(BigDecimal.ONE) : above);
            range.put("to_value", i == count - 1 ? null : upTo);
            range.put(unitPriceField, amount());
            range.put("flat_amount", amount());
            ranges.add(range);
            above = upTo;
        }
        return ranges;
    }

    /// Not negative.
    BigDecimal units() {
        return random.nextInt(8) == 0
                ? BigDecimal.ZERO
                : BigDecimal.valueOf(random.nextInt(300_000), random.nextInt(5));
    }

    /// Of any sign, more often not negative.
    BigDecimal contribution() {
        return random.nextInt(4) == 0 ? units().negate() : units();
    }

    int upTo(int bound) {
        return random.nextInt(bound);
    }

    private String amount() {
        return BigDecimal.valueOf(random.nextInt(10_000), random.nextInt(7)).toPlainString();
    }
}
