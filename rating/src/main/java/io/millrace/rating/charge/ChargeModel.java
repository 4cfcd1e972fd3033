package io.millrace.rating.charge;

import io.millrace.rating.filter.PricingGroupKeys;
import java.util.Map;

/// How units become money: the price list. One record per charge model, each in a file of its own.
public sealed interface ChargeModel
        permits Standard, Graduated, GraduatedPercentage, Packages, Percentage, Volume, Dynamic {

    /// Reads a charge's price in the API's spelling.
    ///
    /// @param model such as `graduated`
    /// @param properties a plain value tree: maps, lists, texts, booleans, null and exact numbers such as
    /// `Integer`, `Long` or `BigDecimal`. A `Double` has lost digits before it came here and is refused as any
    /// other non-number. Keys that the model does not know are ignored
    /// @throws InvalidCharge with all violations
    static ChargeModel parse(String model, Map<String, ?> properties) {
        PropertyReader reader = new PropertyReader(properties);
        ChargeModel parsed = switch (model) {
            case "standard" -> Standard.read(reader);
            case "graduated" -> Graduated.read(reader);
            case "graduated_percentage" -> GraduatedPercentage.read(reader);
            case "package" -> Packages.read(reader);
            case "percentage" -> Percentage.read(reader);
            case "volume" -> Volume.read(reader);
            case "dynamic" -> new Dynamic();
            default -> reader.refuseModel();
        };
        if (PricingGroupKeys.find(properties).isEmpty()) {
            reader.refuse("pricing_group_keys", "invalid_type");
        }
        return reader.orElseThrow(parsed);
    }

    /// The model's name in the API, such as `graduated_percentage`.
    String code();

    /// What this usage costs. Negative units cost nothing and count as zero: a correction never turns into a
    /// credit by itself.
    default Price price(Usage usage) {
        return usage.units().signum() < 0 ? Price.NOTHING : priceOfUnits(usage);
    }

    /// The price of units that are not negative.
    Price priceOfUnits(Usage usage);

    /// True where the price depends on each event's value: then [Usage#values] must be given, and [#price]
    /// throws `IllegalArgumentException` where it is not.
    default boolean needsValues() {
        return false;
    }
}
