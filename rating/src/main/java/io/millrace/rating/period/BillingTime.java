package io.millrace.rating.period;

import java.time.LocalDate;
import java.util.Locale;

/// Where billing periods start.
public enum BillingTime {
    /// With the calendar: Monday, the 1st, 1 January / April / July / October, 1 January / July, 1 January.
    CALENDAR,
    /// With the subscription: its weekday, its day of the month (the month's last where it is shorter), its
    /// date.
    ANNIVERSARY;

    /// A Monday that is far from every 1st.
    private static final LocalDate MONDAY = LocalDate.of(1970, 1, 5);

    private static final LocalDate NEW_YEAR = LocalDate.of(1970, 1, 1);

    /// Reads the API's word, such as `calendar`. Throws `IllegalArgumentException` for any other.
    public static BillingTime parse(String code) {
        for (BillingTime time : values()) {
            if (time.code().equals(code)) {
                return time;
            }
        }
        throw new IllegalArgumentException("\"%s\" is not a billing time".formatted(code));
    }

    /// The API's word.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The first day of some period, from which all others are counted.
    LocalDate origin(Interval interval, LocalDate anchor) {
        return switch (this) {
            case CALENDAR -> interval == Interval.WEEKLY ? MONDAY : NEW_YEAR;
            case ANNIVERSARY -> anchor;
        };
    }
}
