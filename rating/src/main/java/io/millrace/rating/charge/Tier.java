package io.millrace.rating.charge;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A stretch of units with a price of its own.
///
/// ```
/// API, from_value one above the bound    API, from_value repeats it    here
/// 0 – 10, 11 – 20, 21 –                  0 – 10, 10 – 20, 20 –         (0, 10], (10, 20], (20, ∞)
/// ```
///
/// Both spellings mean the same: a tier starts just above the one before it, so that 10.5 units are half a
/// unit in the second.
///
/// @param from `from_value` as it was spelled: `above`, or one more; for showing only
/// @param above units below this belong to earlier tiers; exclusive, but for the first tier, which holds 0 too
/// @param upTo inclusive; null for the last tier, which has no end
/// @param perUnitAmount major units; not negative
/// @param flatAmount major units, due once the tier is entered; the first tier's is always due; not negative
public record Tier(
        BigDecimal from, BigDecimal above, @Nullable BigDecimal upTo, BigDecimal perUnitAmount, BigDecimal flatAmount) {

    /// True where this many units reach into the tier or beyond.
    boolean isEnteredBy(BigDecimal units) {
        return above.signum() == 0 || units.compareTo(above) > 0;
    }

    /// True where this many units end in the tier or before.
    boolean reachesTo(BigDecimal units) {
        return upTo == null || units.compareTo(upTo) <= 0;
    }

    /// How many of the units fall in the tier.
    BigDecimal unitsOf(BigDecimal units) {
        return (reachesTo(units) || upTo == null ? units : upTo).subtract(above).max(BigDecimal.ZERO);
    }

    /// Reads ranges that must go from 0 to no end without gap or overlap.
    static List<Tier> read(PropertyReader properties, String field) {
        return read(properties, field, range -> range.amount("per_unit_amount", "invalid_amount"));
    }

    /// The same with another way to say what a unit costs.
    static List<Tier> read(
            PropertyReader properties, String field, Function<PropertyReader, BigDecimal> perUnitAmount) {
        List<PropertyReader> ranges = properties.objects(field);
        if (ranges.isEmpty()) {
            properties.refuse(field, "missing_" + field);
            return List.of();
        }
        List<Tier> tiers = new ArrayList<>();
        BigDecimal above = BigDecimal.ZERO;
        for (PropertyReader range : ranges) {
            BigDecimal from = range.bound("from_value");
            BigDecimal upTo = range.bound("to_value");
            boolean isLast = tiers.size() == ranges.size() - 1;
            if (from == null
                    || !follows(from, above, tiers.isEmpty())
                    || isLast != (upTo == null)
                    || (upTo != null && upTo.compareTo(above) <= 0)) {
                range.refuse(field, "invalid_" + field);
            }
            tiers.add(new Tier(
                    from == null ? above : from,
                    above,
                    upTo,
                    perUnitAmount.apply(range),
                    range.amount("flat_amount", "invalid_amount")));
            above = upTo == null ? above : upTo;
        }
        return List.copyOf(tiers);
    }

    private static boolean follows(BigDecimal from, BigDecimal above, boolean isFirst) {
        return from.compareTo(above) == 0 || (!isFirst && from.compareTo(above.add(BigDecimal.ONE)) == 0);
    }

    /// The tier in the API's spelling.
    Map<String, @Nullable Object> properties() {
        return properties("per_unit_amount", perUnitAmount);
    }

    /// The same with another way to say what a unit costs.
    Map<String, @Nullable Object> properties(String unitPriceField, BigDecimal unitPrice) {
        Map<String, @Nullable Object> range = new LinkedHashMap<>();
        range.put("from_value", from);
        range.put("to_value", upTo);
        range.put(unitPriceField, Quantity.print(unitPrice));
        range.put("flat_amount", Quantity.print(flatAmount));
        return range;
    }
}
