package io.millrace.rating.charge;

import io.millrace.rating.filter.PricingGroupKeys;
import java.math.BigDecimal;
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
            reader.refuse(
                    properties.get("pricing_group_keys") == null ? "grouped_by" : "pricing_group_keys", "invalid_type");
        }
        return reader.orElseThrow(parsed);
    }

    /// The model's name in the API, such as `graduated_percentage`.
    String code();

    /// The price in the API's spelling, as a plain value tree: amounts and rates as decimal texts, counts and
    /// bounds as numbers. [#parse] reads it back to an equal model; keys that [#parse] ignores are not there.
    Map<String, Object> properties();

    /// What this usage costs. Negative units cost nothing and count as zero: a correction never turns into a
    /// credit by itself.
    default Price price(Usage usage) {
        return usage.units().signum() < 0 || usage.fullUnits().signum() < 0 ? Price.NOTHING : priceOfUnits(usage);
    }

    /// The price of units that are not negative.
    Price priceOfUnits(Usage usage);

    /// What usage costs more than an earlier state of it: of usage that is billed again after events came late
    /// or were corrected. Negative where it costs less. For no earlier event nothing was charged, not even a
    /// first tier's flat amount.
    default BigDecimal difference(Usage before, Usage after) {
        BigDecimal charged =
                before.events() == 0 ? BigDecimal.ZERO : price(before).amount();
        return price(after).amount().subtract(charged);
    }

    /// What one more event costs where it is paid in advance; in the same sense as [#difference], but neither
    /// needs the values of the events before, however the model prices them.
    ///
    /// @param before the usage so far, by its totals alone
    /// @param after the same with the event, whose units are not negative
    default Price priceOfNext(Usage before, Usage after) {
        BigDecimal units = after.units().subtract(before.units());
        return new Price(units, difference(before, after), units, AmountDetails.NONE);
    }

    /// True where the price depends on each event's value: then [Usage#values] must be given, and [#price]
    /// throws `IllegalArgumentException` where it is not.
    default boolean needsValues() {
        return false;
    }
}
