package io.millrace.rating.charge;

import java.util.Map;

/// What the events themselves say that they cost: the sum of the prices that their producers set. Without
/// units there is nothing to charge.
public record Dynamic() implements ChargeModel {

    @Override
    public String code() {
        return "dynamic";
    }

    @Override
    public Map<String, Object> properties() {
        return Map.of();
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        return usage.units().signum() == 0
                ? Price.NOTHING
                : Price.of(usage, usage.preciseTotalAmount(), AmountDetails.NONE);
    }
}
