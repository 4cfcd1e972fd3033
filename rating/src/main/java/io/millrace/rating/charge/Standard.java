package io.millrace.rating.charge;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.util.Map;

/// The same price for every unit: 1,234 units at 0.0015 cost 1.851.
///
/// @param amount price of one unit in major units; not negative
public record Standard(BigDecimal amount) implements ChargeModel {

    static Standard read(PropertyReader properties) {
        return new Standard(properties.amount("amount", "invalid_amount"));
    }

    @Override
    public String code() {
        return "standard";
    }

    @Override
    public Map<String, Object> properties() {
        return Map.of("amount", Quantity.print(amount));
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        return Price.of(usage, usage.units().multiply(amount), AmountDetails.NONE);
    }

    @Override
    public Price priceOfNext(Usage before, Usage after) {
        BigDecimal units = after.units().subtract(before.units());
        return new Price(units, units.multiply(amount), units, AmountDetails.NONE);
    }
}
