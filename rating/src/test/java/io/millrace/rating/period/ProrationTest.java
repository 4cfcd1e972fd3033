package io.millrace.rating.period;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProrationTest {

    @ParameterizedTest(name = "{0} {1} from {2}, period of {4}, {3} to {5}, upgraded {6}: {7} of {8} days")
    @CsvSource(
            nullValues = "-",
            value = {
                // A whole period, and one that was over before it began.
                "monthly, calendar, 2022-01-01T00:00:00Z, 2022-01-01T00:00:00Z, 2022-03-15, -, false, 31, 31",
                "monthly, calendar, 2022-01-01T00:00:00Z, 2022-01-01T00:00:00Z, 2022-03-15, 2022-02-10T00:00:00Z, false, 0, 31",
                "monthly, calendar, 2022-04-02T00:00:00Z, 2022-04-02T00:00:00Z, 2022-03-15, -, false, 0, 31",
                // The day of the start counts whole, whatever the hour.
                "monthly, calendar, 2022-03-31T23:59:00Z, 2022-03-31T23:59:00Z, 2022-03-31, -, false, 1, 31",
                // The day of the termination counts, unless the next subscription pays for it.
                "quarterly, anniversary, 2024-01-15T10:00:00Z, 2024-05-20T10:00:00Z, 2024-05-20, 2024-06-20T10:00:00Z, false, 32, 91",
                "quarterly, calendar, 2024-05-20T10:00:00Z, 2024-05-20T10:00:00Z, 2024-05-20, 2024-06-20T10:00:00Z, false, 32, 91",
                "monthly, calendar, 2023-07-19T12:12:00Z, 2023-07-19T12:12:00Z, 2023-08-21, 2023-08-21T12:00:00Z, false, 21, 31",
                "monthly, calendar, 2023-07-19T12:12:00Z, 2023-07-19T12:12:00Z, 2023-08-21, 2023-08-21T12:00:00Z, true, 20, 31",
                "monthly, calendar, 2023-08-21T08:00:00Z, 2023-08-21T08:00:00Z, 2023-08-21, 2023-08-21T12:00:00Z, true, 0, 31",
                "monthly, anniversary, 2024-01-31T00:00:00Z, 2024-01-31T00:00:00Z, 2024-02-10, -, false, 29, 29",
            })
    void daysOfAPeriodInWhichASubscriptionRuns(
            String interval,
            String billingTime,
            Instant subscriptionAt,
            Instant startedAt,
            LocalDate day,
            Instant terminatedAt,
            boolean upgraded,
            int days,
            int periodDays) {
        BillingPeriod period = BillingCycle.of(
                        Interval.parse(interval), BillingTime.parse(billingTime), subscriptionAt, ZoneId.of("UTC"))
                .containing(day);

        assertThat(Proration.of(period, startedAt, terminatedAt, upgraded)).isEqualTo(new Proration(days, periodDays));
    }

    @Test
    void daysAreLocalDays() {
        BillingPeriod august = BillingCycleTest.cycle("monthly", "calendar", LocalDate.EPOCH, ZoneId.of("Asia/Tokyo"))
                .containing(LocalDate.parse("2023-08-15"));

        // 15:30 UTC on the 20th is the 21st in Tokyo.
        assertThat(Proration.of(august, Instant.parse("2023-08-20T15:30:00Z"), null, false))
                .isEqualTo(new Proration(11, 31));
    }

    @ParameterizedTest(name = "{0} cents for {1} of {2} days: {3}")
    @CsvSource({
        "91000, 32, 91, 32000, 32000",
        "100, 20, 31, 65, 64.516129032258064516",
        "100, 28, 31, 90, 90.322580645161290323",
        "1000, 13, 31, 419, 419.354838709677419355",
        "1500, 13, 31, 629, 629.032258064516129032",
        "1, 1, 2, 1, 0.5",
        "0, 5, 31, 0, 0",
        "9223372036854775807, 31, 31, 9223372036854775807, 9223372036854775807",
    })
    void aPartOfAnAmount(long full, int days, int periodDays, long cents, BigDecimal precise) {
        Proration proration = new Proration(days, periodDays);

        assertThat(proration.cents(full)).isEqualTo(cents);
        assertThat(proration.preciseCents(full)).isEqualByComparingTo(precise);
        assertThat(proration.preciseCents(full).setScale(0, RoundingMode.HALF_UP))
                .isEqualByComparingTo(BigDecimal.valueOf(cents));
    }

    @ParameterizedTest
    @CsvSource({"-1, 31", "32, 31", "0, 0"})
    void daysThatCannotBeAreRefused(int days, int periodDays) {
        assertThatThrownBy(() -> new Proration(days, periodDays)).isInstanceOf(IllegalArgumentException.class);
    }
}
