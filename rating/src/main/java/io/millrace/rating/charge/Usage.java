package io.millrace.rating.charge;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.UsageEvent;
import java.math.BigDecimal;
import java.util.List;

/// The aggregated usage that a charge prices: one charge, filter, group and period.
///
/// @param units aggregated units, of any sign; a model prices negative ones as none. Prorated to the days that
/// they were held where the charge is prorated
/// @param fullUnits the same before proration; equal to `units` where nothing is prorated
/// @param events how many events were aggregated; not negative
/// @param values each event's units in order of time; empty where the model does not ask for them
/// @param eventUnits each event's units before and after proration, in order of time; empty where graduated
/// units are not prorated
/// @param preciseTotalAmount prices that producers set themselves, added up, in major units; 0 where they set
/// none
public record Usage(
        BigDecimal units,
        BigDecimal fullUnits,
        long events,
        List<BigDecimal> values,
        List<EventUnits> eventUnits,
        BigDecimal preciseTotalAmount) {

    /// No event at all.
    public static final Usage NONE = of(BigDecimal.ZERO, 0);

    /// One event's share of the units.
    ///
    /// @param full as the event says, of any sign
    /// @param prorated its part for the days from the event to the period's end; equal to `full` without
    /// proration
    public record EventUnits(BigDecimal full, BigDecimal prorated) {

        /// Of a charge that is not prorated.
        public static EventUnits of(BigDecimal units) {
            return new EventUnits(units, units);
        }
    }

    /// Refuses a negative number of events.
    public Usage {
        if (events < 0) {
            throw new IllegalArgumentException("events must not be negative: " + events);
        }
        values = List.copyOf(values);
        eventUnits = List.copyOf(eventUnits);
    }

    /// Usage of which nothing is prorated.
    public static Usage of(BigDecimal units, long events) {
        return of(units, events, BigDecimal.ZERO);
    }

    static Usage of(BigDecimal units, long events, BigDecimal preciseTotalAmount) {
        return new Usage(units, units, events, List.of(), List.of(), preciseTotalAmount);
    }

    /// Graduated usage that is prorated: the units are those of the events, in order of time.
    public static Usage ofProrated(List<EventUnits> eventUnits) {
        BigDecimal full = BigDecimal.ZERO;
        BigDecimal prorated = BigDecimal.ZERO;
        for (EventUnits event : eventUnits) {
            full = full.add(event.full());
            prorated = prorated.add(event.prorated());
        }
        return new Usage(prorated, full, eventUnits.size(), List.of(), eventUnits, BigDecimal.ZERO);
    }

    /// The same, of a prorated sum or unique count.
    ///
    /// @param events of the period, and those before it whose units carry over, in any order: what stands when the
    /// period begins counts as one event
    public static Usage ofProrated(Aggregation aggregation, List<UsageEvent> events) {
        return new Usage(
                aggregation.units(events),
                aggregation.fullUnits(events),
                events.size(),
                List.of(),
                HeldUnits.of(aggregation, events),
                BigDecimal.ZERO);
    }

    /// The same with other units: as a metric rounds them.
    public Usage withUnits(BigDecimal rounded, BigDecimal fullRounded) {
        return new Usage(rounded, fullRounded, events, values, eventUnits, preciseTotalAmount);
    }

    /// The same with the units before proration.
    public Usage withFullUnits(BigDecimal full) {
        return new Usage(units, full, events, values, eventUnits, preciseTotalAmount);
    }

    /// The same with the events' units, in order of time; for percentage charges with free units or bounds.
    public Usage withValues(List<BigDecimal> eventValues) {
        return new Usage(units, fullUnits, events, eventValues, eventUnits, preciseTotalAmount);
    }

    /// The same with the producers' own prices; for dynamic charges.
    ///
    /// @param amount major units
    public Usage withPreciseTotalAmount(BigDecimal amount) {
        return new Usage(units, fullUnits, events, values, eventUnits, amount);
    }
}
