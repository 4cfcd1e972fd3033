package io.millrace.rating.aggregation;

import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;

/// What an aggregation needs to know of an event.
///
/// @param timestamp event time
/// @param sequence order of arrival: of two events at the same time, the later arrival is the later event.
/// Within a subscription, the offset in the raw topic
/// @param value the measured value: a decimal within the bounds of [Quantity], or for unique count the
/// counted text
/// @param operation what a unique count does with the value; [Operation#ADD] for every other aggregation
public record UsageEvent(Instant timestamp, long sequence, String value, Operation operation) {

    /// By time, then by arrival.
    public static final Comparator<UsageEvent> IN_ORDER =
            Comparator.comparing(UsageEvent::timestamp).thenComparingLong(UsageEvent::sequence);

    /// What happens to a counted text.
    public enum Operation {
        ADD,
        REMOVE
    }

    public static UsageEvent of(Instant timestamp, long sequence, String value) {
        return new UsageEvent(timestamp, sequence, value, Operation.ADD);
    }

    /// The value as a decimal. Throws `IllegalArgumentException` where it is none.
    public BigDecimal quantity() {
        return Quantity.exact(value);
    }
}
