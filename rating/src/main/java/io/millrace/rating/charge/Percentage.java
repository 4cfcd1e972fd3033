package io.millrace.rating.charge;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A share of the units, which are money themselves, and a fixed amount per event. The first events, or the
/// first units, may be free; each event's price may have a minimum and a maximum.
///
/// ```
/// 1 %, 0.1 an event, 2 events free, values 100, 200, 300:  300 × 0.01 + 1 × 0.1 = 3.1
/// 1 %, minimum 1.75, maximum 2.5,   values 100, 200, 300:  1.75 + 2 + 2.5 = 6.25
/// ```
///
/// The free allowance ends for good with the event that exceeds either limit. An event that uses up the free
/// units to the last pays its fixed amount.
///
/// @param rate a fraction: 1 % is 0.01; not negative
/// @param fixedAmount major units per paid event; not negative
/// @param freeEvents events that are free at first; null for no such allowance. Whole, not negative
/// @param freeUnits units that are free at first; null for no such allowance. Not negative
/// @param minimum least price of a paid event, major units; null for none
/// @param maximum greatest price of a paid event, major units; null for none; not below `minimum`
public record Percentage(
        BigDecimal rate,
        BigDecimal fixedAmount,
        @Nullable BigDecimal freeEvents,
        @Nullable BigDecimal freeUnits,
        @Nullable BigDecimal minimum,
        @Nullable BigDecimal maximum)
        implements ChargeModel {

    /// How a percentage came about.
    ///
    /// @param freeUnits units that cost nothing
    /// @param paidUnits units that the rate applied to
    /// @param rate as in [Percentage]
    /// @param perUnitTotalAmount paid units × rate
    /// @param freeEvents events that cost nothing
    /// @param paidEvents events that paid the fixed amount
    /// @param fixedAmount as in [Percentage]
    /// @param fixedTotalAmount paid events × fixed amount
    /// @param boundsAdjustment what minimum and maximum changed, of any sign; 0 without them
    /// @param perEvent price of each paid event in order of time; empty without minimum and maximum
    public record Details(
            BigDecimal freeUnits,
            BigDecimal paidUnits,
            BigDecimal rate,
            BigDecimal perUnitTotalAmount,
            long freeEvents,
            long paidEvents,
            BigDecimal fixedAmount,
            BigDecimal fixedTotalAmount,
            BigDecimal boundsAdjustment,
            List<BigDecimal> perEvent)
            implements AmountDetails {}

    static Percentage read(PropertyReader properties) {
        BigDecimal rate = properties.amount("rate", "invalid_rate").movePointLeft(2);
        BigDecimal fixed = properties.optionalAmount("fixed_amount", "invalid_fixed_amount");
        BigDecimal freeEvents = properties.optionalWhole("free_units_per_events", "invalid_free_units_per_events");
        BigDecimal freeUnits = properties.optionalAmount(
                "free_units_per_total_aggregation", "invalid_free_units_per_total_aggregation");
        BigDecimal minimum = properties.optionalAmount("per_transaction_min_amount", "invalid_amount");
        BigDecimal maximum = properties.optionalAmount("per_transaction_max_amount", "invalid_amount");
        if (minimum != null && maximum != null && minimum.compareTo(maximum) > 0) {
            properties.refuse("per_transaction_max_amount", "per_transaction_max_lower_than_per_transaction_min");
        }
        return new Percentage(
                rate,
                fixed == null ? BigDecimal.ZERO : fixed,
                positive(freeEvents),
                positive(freeUnits),
                minimum,
                maximum);
    }

    /// An allowance of 0 is none.
    private static @Nullable BigDecimal positive(@Nullable BigDecimal value) {
        return value != null && value.signum() > 0 ? value : null;
    }

    @Override
    public String code() {
        return "percentage";
    }

    @Override
    public boolean needsValues() {
        return freeEvents != null || freeUnits != null || minimum != null || maximum != null;
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        // Without the values, every event would pass as free, or as no event at all.
        if (needsValues() && usage.events() > 0 && usage.values().isEmpty()) {
            throw new IllegalArgumentException("A percentage with free units or bounds needs the events' values");
        }
        return minimum == null && maximum == null ? priceInTotal(usage) : priceByEvent(usage);
    }

    private Price priceInTotal(Usage usage) {
        Free free = freeOf(usage.values());
        BigDecimal paidUnits = usage.units().subtract(free.units).max(BigDecimal.ZERO);
        // Without units there was nothing to take a share of, and no event that counts.
        long paidEvents = usage.units().signum() == 0 ? 0 : Math.max(0, usage.events() - free.events);
        BigDecimal perUnitTotal = paidUnits.multiply(rate);
        BigDecimal fixedTotal = fixedAmount.multiply(BigDecimal.valueOf(paidEvents));
        return Price.of(
                usage,
                perUnitTotal.add(fixedTotal),
                new Details(
                        free.units.min(usage.units()),
                        paidUnits,
                        rate,
                        perUnitTotal,
                        free.events,
                        paidEvents,
                        fixedAmount,
                        fixedTotal,
                        BigDecimal.ZERO,
                        List.of()));
    }

    private Price priceByEvent(Usage usage) {
        Free free = freeOf(usage.values());
        List<BigDecimal> perEvent = new ArrayList<>();
        BigDecimal amount = BigDecimal.ZERO;
        BigDecimal paidUnits = BigDecimal.ZERO;
        // The event that exceeds the free units pays for what is beyond them.
        BigDecimal leftOfFreeUnits = free.partOfNextEvent;
        for (int i = free.events; i < usage.values().size(); i++) {
            BigDecimal paid = usage.values().get(i).full().subtract(leftOfFreeUnits);
            leftOfFreeUnits = BigDecimal.ZERO;
            BigDecimal price = bounded(paid.multiply(rate).add(fixedAmount));
            perEvent.add(price);
            amount = amount.add(price);
            paidUnits = paidUnits.add(paid);
        }
        BigDecimal perUnitTotal = paidUnits.multiply(rate);
        BigDecimal fixedTotal = fixedAmount.multiply(BigDecimal.valueOf(perEvent.size()));
        return Price.of(
                usage,
                amount,
                new Details(
                        free.units,
                        paidUnits,
                        rate,
                        perUnitTotal,
                        free.events,
                        perEvent.size(),
                        fixedAmount,
                        fixedTotal,
                        amount.subtract(perUnitTotal).subtract(fixedTotal),
                        List.copyOf(perEvent)));
    }

    private BigDecimal bounded(BigDecimal price) {
        BigDecimal atLeast = minimum == null ? price : price.max(minimum);
        return maximum == null ? atLeast : atLeast.min(maximum);
    }

    /// What the allowance covers.
    ///
    /// @param units free units, those of a partly free event included
    /// @param events events that are wholly free
    /// @param partOfNextEvent free units of the first event that is not wholly free
    private record Free(BigDecimal units, int events, BigDecimal partOfNextEvent) {}

    private Free freeOf(List<Usage.EventUnits> values) {
        BigDecimal units = BigDecimal.ZERO;
        int events = 0;
        if (freeEvents == null && freeUnits == null) {
            return new Free(units, events, BigDecimal.ZERO);
        }
        for (Usage.EventUnits value : values) {
            if (freeEvents != null && freeEvents.compareTo(BigDecimal.valueOf(events)) <= 0) {
                break;
            }
            BigDecimal with = units.add(value.full());
            if (freeUnits != null && with.compareTo(freeUnits) >= 0) {
                return new Free(freeUnits, events, freeUnits.subtract(units));
            }
            units = with;
            events++;
        }
        return new Free(units, events, BigDecimal.ZERO);
    }
}
