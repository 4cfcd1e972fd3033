package io.millrace.rating.charge;

import java.util.Map;

/// How units become money: the price list. One record per charge model, each in a file of its own.
public sealed interface ChargeModel permits Standard, Graduated, Volume, Packages {

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
            case "volume" -> Volume.read(reader);
            case "package" -> Packages.read(reader);
            default -> reader.refuseModel();
        };
        return reader.orElseThrow(parsed);
    }

    /// The model's name in the API, such as `graduated_percentage`.
    String code();

    /// What this usage costs. Negative units cost nothing and count as zero: a correction never turns into a
    /// credit by itself.
    Price price(Usage usage);
}
