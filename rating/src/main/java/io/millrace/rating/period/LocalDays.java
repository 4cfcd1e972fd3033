package io.millrace.rating.period;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;

/// Days as the clock on the customer's wall counts them.
public final class LocalDays {

    private LocalDays() {}

    /// The days from one instant to another, both inclusive, such as the ends of a period as the API shows
    /// them: whole days of local wall-clock time that have passed, and the one that has begun. The hour
    /// that clocks skip or repeat is of no effect. It is not the number of dates that are touched:
    ///
    /// ```
    ///  1 Sep 00:00:00   30 Sep 23:59:59     30
    ///  1 Sep 01:10:00    1 Oct 00:59:59     30, though on 31 dates
    ///  1 Dec 00:00:00    7 Dec 00:00:00      7
    /// ```
    ///
    /// Throws `IllegalArgumentException` where `to` is before `from`.
    public static long between(Instant from, Instant to, ZoneId zone) {
        if (to.isBefore(from)) {
            throw new IllegalArgumentException("%s is before %s".formatted(to, from));
        }
        Duration passed = Duration.between(LocalDateTime.ofInstant(from, zone), LocalDateTime.ofInstant(to, zone));
        // In the hour that comes twice, the wall clock may be behind where it was.
        return Math.max(0, passed.toDays()) + 1;
    }
}
