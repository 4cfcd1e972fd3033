package io.millrace.ingest;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Pattern;

/// Event time as producers write it: unix seconds with any number of decimals, such as `1651240791.123`, or RFC
/// 3339, such as `2022-04-29T08:59:51.123Z`. Exact to the microsecond; finer digits are cut off, never rounded up.
final class EventTime {
    /// First instant that an event may bear.
    static final Instant FROM = Instant.parse("1900-01-01T00:00:00Z");

    /// First instant that is too late; a time in milliseconds instead of seconds is.
    static final Instant UNTIL = Instant.parse("2300-01-01T00:00:00Z");

    // Bounded, exponent included: a text such as 1E20000000 takes seconds to compute with.
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,40}(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?");
    private static final BigDecimal FIRST_SECOND = BigDecimal.valueOf(FROM.getEpochSecond());
    private static final BigDecimal LAST_SECOND = BigDecimal.valueOf(UNTIL.getEpochSecond());

    private EventTime() {}

    /// Empty where the text is neither form. What lies outside of the range is [#isInRange] to find.
    static Optional<Instant> parse(String text) {
        return text.indexOf(':') >= 0 ? dateTime(text) : unixSeconds(text);
    }

    static boolean isInRange(Instant time) {
        return !time.isBefore(FROM) && time.isBefore(UNTIL);
    }

    private static Optional<Instant> dateTime(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> unixSeconds(String text) {
        if (!DECIMAL.matcher(text).matches()) return Optional.empty();
        var seconds = new BigDecimal(text);
        if (seconds.compareTo(FIRST_SECOND) < 0) return Optional.of(Instant.MIN);
        if (seconds.compareTo(LAST_SECOND) >= 0) return Optional.of(Instant.MAX);
        var micros = seconds.setScale(6, RoundingMode.FLOOR).unscaledValue().longValueExact();
        return Optional.of(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
    }
}
