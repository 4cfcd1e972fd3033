package io.millrace.rating.charge;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A share of the units, which are money themselves, and a fixed amount per event. The first events, or the
/// first units, may be free; each event's price may have a minimum and a maximum.
///
/// ```
/// 1 %, 0.1 an event, 2 events free, values 100, 200, 300:  300 × 0.01 + 1 × 0.1 = 3.1
/// 1 %, minimum 1.75, maximum 2.5,   values 100, 200, 300:  1.75 + 2 + 2.5 = 6.25
/// ```
///
/// The free allowance ends for good with the event that exceeds either limit. That event pays for its units
/// beyond the limit, and its fixed amount; so does one that uses up the free units to the last.
///
/// Unlike Lago, where free events and free units are both given: a first event that exceeds the free units
/// leaves no event free, and bounds do not change when the allowance ends.
///
/// @param rate a fraction: 1 % is 0.01; not negative
/// @param fixedAmount major units per paid event; not negative
/// @param freeEvents events that are free at first; null for no such allowance. Whole, greater than 0
/// @param freeUnits units that are free at first; null for no such allowance. Greater than 0
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
    /// @param units all units
    /// @param freeUnits units that the allowance covered
    /// @param paidUnits units that the rate applied to
    /// @param rate as in [Percentage]
    /// @param perUnitTotalAmount paid units × rate
    /// @param freeEvents events that cost nothing
    /// @param paidEvents the other events
    /// @param fixedAmount as in [Percentage]
    /// @param fixedTotalAmount paid events × fixed amount; 0 without units
    /// @param boundsAdjustment what minimum and maximum changed, of any sign; 0 without them
    public record Details(
            BigDecimal units,
            BigDecimal freeUnits,
            BigDecimal paidUnits,
            BigDecimal rate,
            BigDecimal perUnitTotalAmount,
            long freeEvents,
            long paidEvents,
            BigDecimal fixedAmount,
            BigDecimal fixedTotalAmount,
            BigDecimal boundsAdjustment)
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
    public Map<String, Object> properties() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("rate", Quantity.print(rate.movePointRight(2)));
        if (fixedAmount.signum() != 0) {
            properties.put("fixed_amount", Quantity.print(fixedAmount));
        }
        if (freeEvents != null) {
            properties.put("free_units_per_events", freeEvents);
        }
        if (freeUnits != null) {
            properties.put("free_units_per_total_aggregation", Quantity.print(freeUnits));
        }
        if (minimum != null) {
            properties.put("per_transaction_min_amount", Quantity.print(minimum));
        }
        if (maximum != null) {
            properties.put("per_transaction_max_amount", Quantity.print(maximum));
        }
        return properties;
    }

    @Override
    public boolean needsValues() {
        return freeEvents != null || freeUnits != null || isBounded();
    }

    /// True where each event's price has a minimum or a maximum.
    public boolean isBounded() {
        return minimum != null || maximum != null;
    }

    @Override
    public Price priceOfUnits(Usage usage) {
        // Without the values, every event would pass as free, or as no event at all.
        if (needsValues() && usage.events() > 0 && usage.values().isEmpty()) {
            throw new IllegalArgumentException("A percentage with free units or bounds needs the events' values");
        }
        Allowance used = allowanceUsed(usage.values());
        return isBounded() ? priceByEvent(usage, used) : priceInTotal(usage, used);
    }

    private Price priceInTotal(Usage usage, Allowance used) {
        BigDecimal paidUnits = usage.units().subtract(used.units).max(BigDecimal.ZERO);
        long paidEvents = Math.max(0, usage.events() - used.events);
        // Without units there was nothing to take a share of, and no event that counts.
        BigDecimal fixedTotal = usage.units().signum() == 0 ? BigDecimal.ZERO : fixed(paidEvents);
        return price(usage, used.units, paidUnits, used.events, paidEvents, fixedTotal, null);
    }

    private Price priceByEvent(Usage usage, Allowance used) {
        BigDecimal amount = BigDecimal.ZERO;
        BigDecimal paidUnits = BigDecimal.ZERO;
        for (int i = used.events; i < usage.values().size(); i++) {
            BigDecimal paid = used.paidUnitsOf(i, usage.values());
            amount = amount.add(priceOfPaid(paid));
            paidUnits = paidUnits.add(paid);
        }
        long paidEvents = usage.values().size() - used.events;
        return price(usage, used.units, paidUnits, used.events, paidEvents, fixed(paidEvents), amount);
    }

    private BigDecimal fixed(long paidEvents) {
        return fixedAmount.multiply(BigDecimal.valueOf(paidEvents));
    }

    /// @param bounded what the events cost within minimum and maximum; null where there are none
    private Price price(
            Usage usage,
            BigDecimal freeUnitsUsed,
            BigDecimal paidUnits,
            long freeEventsUsed,
            long paidEvents,
            BigDecimal fixedTotal,
            @Nullable BigDecimal bounded) {
        BigDecimal perUnitTotal = paidUnits.multiply(rate);
        BigDecimal unbounded = perUnitTotal.add(fixedTotal);
        BigDecimal amount = bounded == null ? unbounded : bounded;
        return Price.of(
                usage,
                amount,
                new Details(
                        usage.units(),
                        freeUnitsUsed,
                        paidUnits,
                        rate,
                        perUnitTotal,
                        freeEventsUsed,
                        paidEvents,
                        fixedAmount,
                        fixedTotal,
                        amount.subtract(unbounded)));
    }

    /// The price of each event within minimum and maximum, in order: 0 for a free one. They add up to the
    /// price of the usage where that [#isBounded] and no event took units away.
    public List<BigDecimal> pricesOfEvents(List<BigDecimal> values) {
        Allowance used = allowanceUsed(values);
        List<BigDecimal> prices = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            prices.add(i < used.events ? BigDecimal.ZERO : priceOfPaid(used.paidUnitsOf(i, values)));
        }
        return prices;
    }

    /// What a paid event of this many paid units costs, whatever came before it.
    BigDecimal priceOfPaid(BigDecimal paidUnits) {
        BigDecimal price = paidUnits.multiply(rate).add(fixedAmount);
        BigDecimal atLeast = minimum == null ? price : price.max(minimum);
        return maximum == null ? atLeast : atLeast.min(maximum);
    }

    /// How far the events used the free allowance.
    ///
    /// @param units units it covered, those of a partly free event included
    /// @param events events that are wholly free: the first ones
    /// @param partOfNextEvent free units of the first event that is not wholly free
    private record Allowance(BigDecimal units, int events, BigDecimal partOfNextEvent) {

        private static final Allowance NONE = new Allowance(BigDecimal.ZERO, 0, BigDecimal.ZERO);

        /// Of an event that is not wholly free.
        BigDecimal paidUnitsOf(int event, List<BigDecimal> values) {
            return event == events ? values.get(event).subtract(partOfNextEvent) : values.get(event);
        }
    }

    /// Looks at events until the allowance ends, and no further.
    private Allowance allowanceUsed(List<BigDecimal> values) {
        if (freeEvents == null && freeUnits == null) {
            return Allowance.NONE;
        }
        BigDecimal units = BigDecimal.ZERO;
        int events = 0;
        for (BigDecimal value : values) {
            if (!coversEvent(events)) {
                break;
            }
            BigDecimal with = units.add(value);
            if (freeUnits != null && with.compareTo(freeUnits) >= 0) {
                return new Allowance(freeUnits, events, freeUnits.subtract(units));
            }
            units = with;
            events++;
        }
        return new Allowance(units, events, BigDecimal.ZERO);
    }

    private boolean coversEvent(long eventsBefore) {
        return freeEvents == null || freeEvents.compareTo(BigDecimal.valueOf(eventsBefore)) > 0;
    }

    /// The units of an event are not negative here, so that the totals before it tell whether it is still free:
    /// as long as neither limit is reached, everything was.
    @Override
    public Price priceOfNext(Usage before, Usage after) {
        Usage event = Usage.of(after.units().subtract(before.units()), 1);
        boolean isOpen = (freeEvents != null || freeUnits != null)
                && coversEvent(before.events())
                && (freeUnits == null || before.units().compareTo(freeUnits) < 0);
        boolean isFree = isOpen && (freeUnits == null || after.units().compareTo(freeUnits) < 0);
        BigDecimal free = !isOpen
                ? BigDecimal.ZERO
                : isFree || freeUnits == null ? event.units() : freeUnits.subtract(before.units());
        BigDecimal paid = event.units().subtract(free);
        if (isFree) {
            return price(event, free, paid, 1, 0, BigDecimal.ZERO, isBounded() ? BigDecimal.ZERO : null);
        }
        if (isBounded()) {
            return price(event, free, paid, 0, 1, fixedAmount, priceOfPaid(paid));
        }
        return price(event, free, paid, 0, 1, fixedOfNext(before, after), null);
    }

    /// Events that came before any unit are not charged their fixed amount: it is due with the first unit.
    private BigDecimal fixedOfNext(Usage before, Usage after) {
        if (after.units().signum() == 0) {
            return BigDecimal.ZERO;
        }
        return before.units().signum() == 0 ? fixed(1 + paidWithoutUnits(before.events())) : fixedAmount;
    }

    /// How many of these events without any units the allowance did not cover.
    private long paidWithoutUnits(long events) {
        if (freeEvents == null) {
            return freeUnits == null ? events : 0;
        }
        return events - freeEvents.min(BigDecimal.valueOf(events)).longValueExact();
    }
}
