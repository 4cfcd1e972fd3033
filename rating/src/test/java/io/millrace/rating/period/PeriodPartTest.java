package io.millrace.rating.period;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeriodPartTest {

    private static final BillingPeriod MARCH =
            new BillingPeriod(LocalDate.parse("2022-03-01"), LocalDate.parse("2022-04-01"), ZoneId.of("UTC"));

    @ParameterizedTest(name = "started {0}, ended {1}: shown as {2} to {3}, billed: {4}")
    @CsvSource(
            nullValues = "-",
            value = {
                "2022-01-15T10:00:00Z, -,                    2022-03-01T00:00:00Z, 2022-03-31T23:59:59Z, true",
                "2022-03-15T10:00:00Z, -,                    2022-03-15T10:00:00Z, 2022-03-31T23:59:59Z, true",
                "2022-01-15T10:00:00Z, 2022-03-20T12:30:00Z, 2022-03-01T00:00:00Z, 2022-03-20T12:30:00Z, true",
                "2022-03-15T10:00:00Z, 2022-03-20T12:30:00Z, 2022-03-15T10:00:00Z, 2022-03-20T12:30:00Z, true",
                // Ends with the period: the last second is the period's.
                "2022-01-15T10:00:00Z, 2022-04-01T00:00:00Z, 2022-03-01T00:00:00Z, 2022-03-31T23:59:59Z, true",
                "2022-01-15T10:00:00Z, 2022-05-05T00:00:00Z, 2022-03-01T00:00:00Z, 2022-03-31T23:59:59Z, true",
                // Over before the start, even if by nothing.
                "2022-04-01T00:00:00Z, -,                    2022-04-01T00:00:00Z, 2022-04-01T00:00:00Z, false",
                "2022-04-07T10:00:00Z, -,                    2022-04-07T10:00:00Z, 2022-04-07T10:00:00Z, false",
                // Ended before it began.
                "2022-01-15T10:00:00Z, 2022-02-20T12:30:00Z, 2022-03-01T00:00:00Z, 2022-02-20T12:30:00Z, false",
                "2022-01-15T10:00:00Z, 2022-03-01T00:00:00Z, 2022-03-01T00:00:00Z, 2022-03-01T00:00:00Z, false",
            })
    void aPartIsWhatTheSubscriptionRunsIn(
            Instant startedAt, @Nullable Instant endedAt, Instant from, Instant shownEnd, boolean isBilled) {
        PeriodPart part = PeriodPart.of(MARCH, startedAt, endedAt);

        assertThat(part.from()).isEqualTo(from);
        assertThat(part.shownEnd()).isEqualTo(shownEnd);
        assertThat(part.span().isPresent()).isEqualTo(isBilled);
    }

    @ParameterizedTest(name = "started {0}, billed until {1}: continues at {2}")
    @CsvSource(
            nullValues = "-",
            value = {
                "2022-01-15T10:00:00Z, -,                    2022-03-01T00:00:00Z",
                "2022-01-15T10:00:00Z, 2022-03-01T00:00:00Z, 2022-03-01T00:00:00Z",
                // Hours that would be lost.
                "2022-01-15T10:00:00Z, 2022-02-28T07:00:00Z, 2022-02-28T07:00:00Z",
                "2022-01-15T10:00:00Z, 2022-02-27T22:00:00Z, 2022-02-27T22:00:00Z",
                // Hours, or days, that would be billed twice.
                "2022-01-15T10:00:00Z, 2022-03-01T17:00:00Z, 2022-03-01T17:00:00Z",
                "2022-01-15T10:00:00Z, 2022-03-20T00:00:00Z, 2022-03-20T00:00:00Z",
                "2022-03-15T10:00:00Z, 2022-03-20T00:00:00Z, 2022-03-20T00:00:00Z",
                // Not the period before.
                "2022-01-15T10:00:00Z, 2022-02-27T21:59:59Z, 2022-03-01T00:00:00Z",
                // Nothing is billed before the start.
                "2022-03-15T10:00:00Z, 2022-02-28T07:00:00Z, 2022-03-15T10:00:00Z",
            })
    void usageContinuesWhereThePreviousInvoiceEnded(Instant startedAt, @Nullable Instant billedUntil, Instant from) {
        assertThat(PeriodPart.of(MARCH, startedAt, null).continuing(billedUntil).from())
                .isEqualTo(from);
    }

    @ParameterizedTest(name = "{0} is shown as {1}, which goes on at {2}")
    @CsvSource({
        "2022-03-01T00:00:00Z,        2022-02-28T23:59:59Z, 2022-03-01T00:00:00Z",
        "2022-03-01T10:30:00.25Z,     2022-03-01T10:30:00Z, 2022-03-01T10:30:01Z",
        "2022-03-01T00:00:00.000001Z, 2022-03-01T00:00:00Z, 2022-03-01T00:00:01Z",
    })
    void anEndIsShownInclusiveToTheSecond(Instant exclusive, Instant inclusive, Instant next) {
        assertThat(TimeSpan.inclusiveEnd(exclusive)).isEqualTo(inclusive);
        assertThat(new TimeSpan(Instant.EPOCH, exclusive).inclusiveEnd()).isEqualTo(inclusive);
        assertThat(TimeSpan.exclusiveEnd(inclusive)).isEqualTo(next);
        assertThat(TimeSpan.exclusiveEnd(inclusive.plusMillis(999))).isEqualTo(next);
    }
}
