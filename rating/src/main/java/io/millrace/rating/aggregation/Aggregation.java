package io.millrace.rating.aggregation;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// How a billable metric turns events into units. One record per aggregation, each in a file of its own, in
/// two forms that agree: over a list of events, and as a state that takes one event after the other.
public sealed interface Aggregation permits Count, Sum, Max, Latest, UniqueCount {

    /// Reads the API's word, such as `sum_agg`; empty for an aggregation that is not known.
    static Optional<Aggregation> parse(String code) {
        return switch (code) {
            case "count_agg" -> Optional.of(new Count());
            case "sum_agg" -> Optional.of(new Sum());
            case "max_agg" -> Optional.of(new Max());
            case "latest_agg" -> Optional.of(new Latest());
            case "unique_count_agg" -> Optional.of(new UniqueCount());
            default -> Optional.empty();
        };
    }

    /// The API's word, such as `sum_agg`.
    String code();

    /// The units of these events, unrounded. The order of the list has no effect; that of the events is in
    /// each event.
    BigDecimal units(List<UsageEvent> events);

    /// The state before any event.
    AggregationState start();

    /// True where each event's share can be charged as it comes.
    boolean payableInAdvance();

    /// True where an event's value is a text to be counted, and not a decimal.
    default boolean countsTexts() {
        return false;
    }
}
