package io.millrace.rating.aggregation;

import java.math.BigDecimal;

/// The level of usage that is billed in advance: only what rises above the highest level yet is billed. Going
/// down gives nothing back, and coming up again to where one was costs nothing.
///
/// ```
/// level      4 ──▶ 14      highest 10      billed 4, and the highest is 14
///            4 ──▶  2      highest 10      billed 0
/// ```
///
/// @param current the level now, of any sign
/// @param highest the highest level that was billed in the period; not negative
public record BilledLevel(BigDecimal current, BigDecimal highest) {

    /// Before the period's first event.
    public static final BilledLevel NOTHING = new BilledLevel(BigDecimal.ZERO, BigDecimal.ZERO);

    public BilledLevel {
        if (highest.signum() < 0) {
            throw new IllegalArgumentException("the highest level must not be negative: " + highest);
        }
    }

    /// The level after an event.
    ///
    /// @param change what the event changes the level by, of any sign
    public BilledLevel after(BigDecimal change) {
        BigDecimal level = current.add(change);
        return new BilledLevel(level, level.max(highest));
    }

    /// The units that the event between the two levels is billed for; not negative.
    public BigDecimal since(BilledLevel before) {
        return highest.subtract(before.highest);
    }
}
