package io.millrace.rating.charge;

/// What the events themselves say that they cost: the sum of the prices that their producers set.
public record Dynamic() implements ChargeModel {

    @Override
    public String code() {
        return "dynamic";
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        return usage.units().signum() == 0
                ? Price.NOTHING
                : Price.of(usage, usage.preciseTotalAmount(), AmountDetails.NONE);
    }
}
