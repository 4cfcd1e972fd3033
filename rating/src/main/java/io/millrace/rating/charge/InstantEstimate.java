package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.Map;

/// What a single event would cost, told before it happens and without a look at the usage so far.
///
/// Only standard and percentage prices can tell. Of a percentage, free units and free events are left out, as
/// nobody knows how much of them is used; the fixed amount, minimum and maximum are due even for no units.
/// Negative units cost nothing. A standard price whose amount is not set yet is 0.
public final class InstantEstimate {

    private InstantEstimate() {}

    /// @param model `standard` or `percentage`
    /// @param properties as in [ChargeModel#parse]
    /// @throws InvalidCharge with all violations, and for any other model
    public static Price of(String model, Map<String, ?> properties, BigDecimal units) {
        PropertyReader reader = new PropertyReader(properties);
        Price price = switch (model) {
            case "standard" -> standard(reader, units);
            case "percentage" -> percentage(reader, units);
            default -> {
                reader.refuse("charge_model", "value_is_invalid");
                yield Price.NOTHING;
            }
        };
        reader.throwIfInvalid();
        return units.signum() < 0 ? Price.NOTHING : price;
    }

    private static Price standard(PropertyReader properties, BigDecimal units) {
        BigDecimal amount = properties.optionalAmount("amount", "invalid_amount");
        return new Standard(amount == null ? BigDecimal.ZERO : amount).price(Usage.of(units, 1));
    }

    private static Price percentage(PropertyReader properties, BigDecimal units) {
        BigDecimal paid = units.max(BigDecimal.ZERO);
        BigDecimal amount = Percentage.read(properties).priceOfPaid(paid);
        return new Price(paid, amount, paid, AmountDetails.NONE);
    }
}
