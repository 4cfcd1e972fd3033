package io.millrace.rating.aggregation;

/// Usage so far, of which events can be taken back.
public sealed interface RetractableState extends AggregationState
        permits Count.State, Sum.State, WeightedSum.State, ProratedSum.State, Max.Counts, KeptEvents {

    @Override
    RetractableState add(UsageEvent event);

    /// The state without an event that was added: the one from before, if it was the last. The caller knows
    /// which were; where the state can tell that this one was not, it throws `IllegalArgumentException`.
    RetractableState remove(UsageEvent event);
}
