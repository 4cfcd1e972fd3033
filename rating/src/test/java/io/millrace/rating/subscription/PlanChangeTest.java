package io.millrace.rating.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.period.Interval;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanChangeTest {

    @ParameterizedTest(name = "from {0} {1} to {2} {3} is an {4}")
    @CsvSource({
        "1000, monthly, 1500, monthly, UPGRADE",
        "1500, monthly, 1000, monthly, DOWNGRADE",
        // As much in a year is an upgrade: at once.
        "1000, monthly, 1000, monthly, UPGRADE",
        "1000, monthly, 12000, yearly, UPGRADE",
        "1000, monthly, 11999, yearly, DOWNGRADE",
        "12900, monthly, 118800, yearly, DOWNGRADE",
        "118800, yearly, 12900, monthly, UPGRADE",
        "1000, weekly, 52000, yearly, UPGRADE",
        "1000, weekly, 51999, yearly, DOWNGRADE",
        "3000, quarterly, 12000, yearly, UPGRADE",
        "3000, quarterly, 6000, semiannual, UPGRADE",
        "3000, quarterly, 5999, semiannual, DOWNGRADE",
        "4333, monthly, 1000, weekly, UPGRADE",
        "4334, monthly, 1000, weekly, DOWNGRADE",
        "0, monthly, 0, yearly, UPGRADE",
        "1, yearly, 0, weekly, DOWNGRADE",
        "9223372036854775807, yearly, 9223372036854775807, weekly, UPGRADE",
        "9223372036854775807, weekly, 9223372036854775807, monthly, DOWNGRADE",
    })
    void plansAreComparedByTheYear(long from, String fromInterval, long to, String toInterval, PlanChange change) {
        assertThat(PlanChange.of(
                        new PlanPrice(from, Interval.parse(fromInterval)),
                        new PlanPrice(to, Interval.parse(toInterval))))
                .isEqualTo(change);
    }

    @ParameterizedTest(name = "{0} asked for at {1} starts at {2}")
    @CsvSource({
        "UPGRADE, 2024-05-20T10:00:00Z, 2024-05-20T10:00:00Z",
        "DOWNGRADE, 2024-05-20T10:00:00Z, 2024-07-14T22:00:00Z",
        "DOWNGRADE, 2024-07-14T21:59:59Z, 2024-07-14T22:00:00Z",
        "DOWNGRADE, 2024-07-14T22:00:00Z, 2024-10-14T22:00:00Z",
    })
    void anUpgradeIsAtOnceAndADowngradeAtTheEndOfThePeriod(PlanChange change, Instant askedAt, Instant startsAt) {
        assertThat(change.startsAt(askedAt, quarterly())).isEqualTo(startsAt);
    }

    @ParameterizedTest
    @CsvSource({"weekly", "monthly", "quarterly", "semiannual", "yearly"})
    void theOlderAnniversaryStays(String interval) {
        BillingCycle cycle = PlanChange.cycle(quarterly(), Interval.parse(interval));

        assertThat(cycle.interval().code()).isEqualTo(interval);
        assertThat(cycle.anchor()).isEqualTo("2024-01-15");
        assertThat(cycle.billingTime()).isEqualTo(BillingTime.ANNIVERSARY);
        assertThat(cycle.zone()).isEqualTo(ZoneId.of("Europe/Paris"));
    }

    private static BillingCycle quarterly() {
        return BillingCycle.of(
                Interval.QUARTERLY,
                BillingTime.ANNIVERSARY,
                Instant.parse("2024-01-15T10:00:00Z"),
                ZoneId.of("Europe/Paris"));
    }
}
