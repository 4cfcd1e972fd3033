package io.millrace.invoicer.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.subscription.SubscriptionTerm;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
    @ParameterizedTest(name = "{0} {1} in {2} from {3}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
        monthly | calendar    | UTC              | 2026-01-15T10:00:00Z | -                    | 2026-02-01T00:00:00Z, 2026-03-01T00:00:00Z, 2026-04-01T00:00:00Z
        monthly | anniversary | UTC              | 2026-01-31T10:00:00Z | -                    | 2026-02-28T00:00:00Z, 2026-03-31T00:00:00Z, 2026-04-30T00:00:00Z
        monthly | calendar    | Europe/Paris     | 2026-02-15T10:00:00Z | -                    | 2026-02-28T23:00:00Z, 2026-03-31T22:00:00Z, 2026-04-30T22:00:00Z
        weekly  | calendar    | UTC              | 2026-03-04T10:00:00Z | -                    | 2026-03-09T00:00:00Z, 2026-03-16T00:00:00Z, 2026-03-23T00:00:00Z
        monthly | calendar    | UTC              | 2026-01-15T10:00:00Z | 2026-02-10T08:00:00Z | 2026-02-01T00:00:00Z, 2026-02-10T08:00:00Z
        monthly | calendar    | UTC              | 2026-01-15T10:00:00Z | 2026-02-01T00:00:00Z | 2026-02-01T00:00:00Z
        """)
    void periodsFollowEachOtherWithoutGapUntilTheEnd(
            String interval, String billingTime, String zone, Instant start, Instant end, String dueTimes) {
        var term = SubscriptionTerm.startingAt(start).terminatedAt(end);
        var schedule = Schedule.of(plan(interval, false), BillingTime.parse(billingTime), start, ZoneId.of(zone), term);
        var expected = List.of(dueTimes.split(", "));
        var due = new ArrayList<String>();
        for (var next = schedule.nextBillingAt(start);
                next != null && due.size() < expected.size();
                next = schedule.nextBillingAt(next)) {
            due.add(next.toString());
        }
        assertThat(due).isEqualTo(expected);
        if (end != null) assertThat(schedule.nextBillingAt(end)).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        2026-03-01T00:00:00Z | 2026-03-10T00:00:00Z | 2026-03-01T00:00:00Z
        2026-03-05T06:00:00Z | 2026-03-10T00:00:00Z | 2026-03-05T06:00:00Z
        2024-01-05T06:00:00Z | 2026-03-10T00:00:00Z | 2026-03-01T00:00:00Z
        2026-03-10T18:00:00Z | 2026-03-10T00:00:00Z | 2026-03-10T18:00:00Z
        """)
    void periodsThatWereOverBeforeTheAgreementAreNotBilled(Instant started, Instant now, Instant billedFrom) {
        assertThat(calendar(plan("monthly", false), started).firstBilledFrom(now))
                .isEqualTo(billedFrom);
    }

    @Test
    void aYearlyPlanMayBillItsUsageByMonthAndItsFeeByYear() {
        var start = Instant.parse("2026-10-15T00:00:00Z");
        var schedule = calendar(plan("yearly", true), start);
        var november = schedule.nextBillingAt(start);
        assertThat(november).isEqualTo("2026-11-01T00:00:00Z");
        assertThat(schedule.isFeeDueAt(Instant.parse("2026-11-01T00:00:00Z"))).isFalse();
        var newYear = Instant.parse("2027-01-01T00:00:00Z");
        assertThat(schedule.isFeeDueAt(newYear)).isTrue();
        assertThat(schedule.feeAt(newYear).period().from()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(schedule.feeAt(newYear).from()).isEqualTo(start);
    }

    private static Schedule calendar(PlanRevision plan, Instant start) {
        var term = SubscriptionTerm.startingAt(start);
        return Schedule.of(plan, BillingTime.CALENDAR, start, ZoneId.of("UTC"), term);
    }

    private static PlanRevision plan(String interval, boolean billChargesMonthly) {
        var id = UUID.randomUUID();
        return new PlanRevision(
                id,
                id,
                1,
                null,
                null,
                interval,
                0,
                "EUR",
                false,
                BigDecimal.ZERO,
                billChargesMonthly,
                "[]",
                null,
                "[]");
    }
}
