package io.millrace.rating.charge;

import java.math.BigDecimal;

/// The aggregated usage that a charge prices: one charge, filter, group and period.
///
/// @param units aggregated units, of any sign; a model prices negative ones as none
/// @param events how many events were aggregated; not negative
public record Usage(BigDecimal units, long events) {

    public static final Usage NONE = new Usage(BigDecimal.ZERO, 0);

    public Usage {
        if (events < 0) {
            throw new IllegalArgumentException("events must not be negative: " + events);
        }
    }

    public static Usage of(BigDecimal units, long events) {
        return new Usage(units, events);
    }
}
