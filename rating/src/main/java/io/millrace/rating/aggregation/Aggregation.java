package io.millrace.rating.aggregation;

import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// How a billable metric turns events into units. One record per aggregation, each in a file of its own, in
/// two forms that agree: over a list of events, and as a state that takes one event after the other.
///
/// A state is as small as it can be to take one more event. To take events *back*, some need more:
///
/// | aggregation | state | retractable state |
/// |---|---|---|
/// | count, sum, weighted sum, prorated sum | a few numbers | the same |
/// | max | one value | a count for each different value |
/// | latest | one event | every event |
/// | unique count | the last operation on each text | every event |
/// | prorated unique count | for each text, one entry a day of the period and one for before | every event |
///
/// So a stream that only goes forward pays for nothing else: it uses [#start], and who must correct usage
/// uses [#startRetractable].
///
/// An aggregation over time carries its period; the others take the events that they are given.
public sealed interface Aggregation
        permits Count, Sum, Max, Latest, UniqueCount, WeightedSum, ProratedSum, ProratedUniqueCount {

    /// Digits that the one division of an aggregation over time keeps. Everything before it is exact.
    MathContext DIVISION = new MathContext(60, RoundingMode.HALF_UP);

    /// Reads the API's word, such as `sum_agg`; empty for an aggregation that is not known or, as
    /// `weighted_sum_agg`, makes no units without a period.
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

    /// Reads the API's word for usage in a period, in which a weighted sum has a meaning too; empty for an
    /// aggregation that is not known.
    ///
    /// @param span when levels are held
    /// @param whole length of the whole billing period, as in [WeightedSum]
    static Optional<Aggregation> parse(String code, TimeSpan span, Duration whole) {
        return code.equals(WeightedSum.CODE) ? Optional.of(new WeightedSum(span, whole, BigDecimal.ZERO)) : parse(code);
    }

    /// Reads the API's word for who asks what an event must have, or what a charge may say, and not for units:
    /// a weighted sum is one of no period in particular.
    static Optional<Aggregation> parseKind(String code) {
        return parse(code, new TimeSpan(Instant.EPOCH, Instant.EPOCH.plusSeconds(1)), Duration.ofSeconds(1));
    }

    /// The API's word, such as `sum_agg`.
    String code();

    /// The units of these events, unrounded. The order of the list has no effect; that of the events is in
    /// each event.
    BigDecimal units(List<UsageEvent> events);

    /// The units before proration; the same as [#units] where nothing is prorated.
    default BigDecimal fullUnits(List<UsageEvent> events) {
        return units(events);
    }

    /// The state before any event.
    AggregationState start();

    /// The state that [AggregationState#print] made the text of. Throws `IllegalArgumentException` for any
    /// other text.
    AggregationState read(String text);

    /// The state before any event, where events may also be taken back.
    default RetractableState startRetractable() {
        return new KeptEvents(this, List.of());
    }

    /// As [#read], for a state that began with [#startRetractable].
    default RetractableState readRetractable(String text) {
        return KeptEvents.read(this, text);
    }

    /// True where each event's share can be charged as it comes.
    boolean payableInAdvance();

    /// True where an event's value is a text to be counted, and not a decimal.
    default boolean countsTexts() {
        return false;
    }

    /// The same for units that pay by the days that they are held; empty where that has no meaning: a count
    /// of events, a maximum or a latest value is not held, and a weighted sum is by time already.
    default Optional<Aggregation> prorated(HeldDays days) {
        return Optional.empty();
    }
}
