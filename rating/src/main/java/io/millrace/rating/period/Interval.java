package io.millrace.rating.period;

import java.time.LocalDate;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// How often a plan bills.
public enum Interval {
    WEEKLY(ChronoUnit.WEEKS, 1),
    MONTHLY(ChronoUnit.MONTHS, 1),
    QUARTERLY(ChronoUnit.MONTHS, 3),
    SEMIANNUAL(ChronoUnit.MONTHS, 6),
    YEARLY(ChronoUnit.MONTHS, 12);

    private final ChronoUnit unit;
    private final int length;

    Interval(ChronoUnit unit, int length) {
        this.unit = unit;
        this.length = length;
    }

    /// Reads the API's word, such as `quarterly`. Throws `IllegalArgumentException` for any other.
    public static Interval parse(String code) {
        for (Interval interval : values()) {
            if (interval.code().equals(code)) {
                return interval;
            }
        }
        throw new IllegalArgumentException("\"%s\" is not a billing interval".formatted(code));
    }

    /// The API's word.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The day that many periods after the origin; counted from the origin each time, so that short months
    /// leave no drift: 31 January, 28 February, 31 March.
    LocalDate start(LocalDate origin, long periods) {
        return origin.plus(Math.multiplyExact(periods, length), unit);
    }

    /// The number of the last period that starts on that day or before; negative before the origin.
    long indexOf(LocalDate origin, LocalDate day) {
        long units = unit == ChronoUnit.WEEKS
                ? Math.floorDiv(day.toEpochDay() - origin.toEpochDay(), 7)
                : day.getLong(ChronoField.PROLEPTIC_MONTH) - origin.getLong(ChronoField.PROLEPTIC_MONTH);
        long index = Math.floorDiv(units, length);
        // Counted by months, a period may start later in the day's own month.
        return start(origin, index).isAfter(day) ? index - 1 : index;
    }
}
