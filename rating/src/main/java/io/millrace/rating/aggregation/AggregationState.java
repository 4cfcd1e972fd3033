package io.millrace.rating.aggregation;

import java.math.BigDecimal;

/// Usage so far: a plain record that [#add] replaces by the next one.
public sealed interface AggregationState permits Count.State, Sum.State, Max.State, Latest.State, UniqueCount.State {

    /// The state with one more event. Events may come in any order.
    AggregationState add(UsageEvent event);

    /// Units of all events added, unrounded.
    BigDecimal units();

    /// How many events were added.
    long events();
}
