package io.millrace.rating.aggregation;

import java.math.BigDecimal;

/// Usage so far: a plain record that [#add] replaces by the next one.
public sealed interface AggregationState
        permits RetractableState, Max.State, Latest.State, UniqueCount.State, ProratedUniqueCount.State {

    /// The state with one more event. Events may come in any order, each once.
    AggregationState add(UsageEvent event);

    /// Units of all events added, unrounded.
    BigDecimal units();

    /// The units before proration; the same as [#units] where nothing is prorated.
    default BigDecimal fullUnits() {
        return units();
    }

    /// How many events were added.
    long events();

    /// The state as a text that stays readable for later versions, such as `sum/1 3 12.5`; equal states have
    /// the same text. What the aggregation itself says, such as its period, is not in it.
    String print();
}
