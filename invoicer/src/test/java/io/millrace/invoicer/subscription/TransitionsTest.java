package io.millrace.invoicer.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.rating.subscription.PlanChange;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransitionsTest {
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");
    private static final ZoneId UTC = ZoneId.of("UTC");

    @ParameterizedTest(name = "{0} {1}, {2} free days, from {3} to {4}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
        monthly | arrears | 0   | 2026-03-10T08:00:00Z | -                    | 2026-04-01T00:00:00Z usage fee 22/31, 2026-05-01T00:00:00Z usage fee 30/30
        monthly | arrears | 0   | 2026-03-01T00:00:00Z | 2026-03-21T12:00:00Z | 2026-03-21T12:00:00Z usage fee 21/31
        monthly | arrears | 5   | 2026-03-10T08:00:00Z | -                    | 2026-04-01T00:00:00Z usage fee 17/31, 2026-05-01T00:00:00Z usage fee 30/30
        monthly | arrears | 30  | 2026-03-10T08:00:00Z | -                    | 2026-04-01T00:00:00Z usage fee 0/31, 2026-05-01T00:00:00Z usage fee 22/30
        monthly | advance | 0   | 2026-03-10T08:00:00Z | -                    | 2026-03-10T08:00:00Z fee 22/31, 2026-04-01T00:00:00Z usage fee 30/30, 2026-05-01T00:00:00Z usage fee 31/31
        monthly | advance | 0   | 2026-03-01T00:00:00Z | -                    | 2026-03-01T00:00:00Z fee 31/31, 2026-04-01T00:00:00Z usage fee 30/30
        monthly | advance | 5   | 2026-03-10T08:00:00Z | -                    | 2026-03-15T08:00:00Z fee 17/31, 2026-04-01T00:00:00Z usage fee 30/30
        monthly | advance | 0.5 | 2026-03-10T18:00:00Z | -                    | 2026-03-11T06:00:00Z fee 21/31, 2026-04-01T00:00:00Z usage fee 30/30
        monthly | advance | 31  | 2026-03-01T00:00:00Z | -                    | 2026-04-01T00:00:00Z usage fee 30/30, 2026-05-01T00:00:00Z usage fee 31/31
        monthly | advance | 40  | 2026-03-10T08:00:00Z | -                    | 2026-04-01T00:00:00Z usage, 2026-04-19T08:00:00Z fee 12/30, 2026-05-01T00:00:00Z usage fee 31/31
        monthly | advance | 0   | 2026-03-10T08:00:00Z | 2026-04-01T00:00:00Z | 2026-03-10T08:00:00Z fee 22/31, 2026-04-01T00:00:00Z usage
        monthly | advance | 0   | 2026-03-10T08:00:00Z | 2026-04-12T09:00:00Z | 2026-03-10T08:00:00Z fee 22/31, 2026-04-01T00:00:00Z usage fee 30/30, 2026-04-12T09:00:00Z usage
        monthly | advance | 40  | 2026-03-10T08:00:00Z | 2026-04-12T09:00:00Z | 2026-04-01T00:00:00Z usage, 2026-04-12T09:00:00Z usage
        yearly* | advance | 40  | 2026-03-10T08:00:00Z | -                    | 2026-04-01T00:00:00Z usage, 2026-04-19T08:00:00Z fee 257/365, 2026-05-01T00:00:00Z usage, 2026-06-01T00:00:00Z usage
        yearly* | arrears | 0   | 2026-11-10T08:00:00Z | -                    | 2026-12-01T00:00:00Z usage, 2027-01-01T00:00:00Z usage fee 52/365, 2027-02-01T00:00:00Z usage
        """)
    void billsFollowEachOther(String interval, String paid, String freeDays, Instant start, Instant end, String bills) {
        var plan = plan(interval, 3100, paid.equals("advance"), freeDays);
        var subscription = begun(pending(start, end), plan, start, UTC);
        assertThat(bills(subscription, plan, UTC, bills.split(", ").length)).containsExactly(bills.split(", "));
    }

    @ParameterizedTest(name = "started {0}, agreed to {1}")
    @CsvSource(delimiter = '|', textBlock = """
        2026-03-10T08:00:00Z | 2026-03-10T09:00:00Z | 2026-03-10T08:00:00Z fee 22/31
        2026-03-10T20:00:00Z | 2026-03-10T09:00:00Z | 2026-03-10T20:00:00Z fee 22/31
        2026-03-09T08:00:00Z | 2026-03-10T09:00:00Z | 2026-04-01T00:00:00Z usage fee 30/30
        2026-01-20T08:00:00Z | 2026-03-01T09:00:00Z | 2026-03-01T00:00:00Z fee 31/31
        2026-01-20T08:00:00Z | 2026-03-02T09:00:00Z | 2026-04-01T00:00:00Z usage fee 30/30
        """)
    void aFeeInAdvanceThatWasDueBeforeTheDayOfTheAgreementCountsAsPaid(Instant start, Instant agreedAt, String bill) {
        var plan = plan("monthly", 3100, true, "0");
        var pending = pending(start, null);
        var subscription = Transitions.begun(pending, start, agreedAt, Schedule.of(pending, plan, UTC));
        assertThat(bills(subscription, plan, UTC, 1)).containsExactly(bill);
    }

    /// Started on 1 March for 31.00 a month, in Paris.
    @ParameterizedTest(name = "to {0} {1}, asked for at {2}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
        3100 | arrears | 2026-03-21T11:00:00Z | 2026-03-21T11:00:00Z | 2026-03-21T11:00:00Z usage fee 20/31 | 2026-03-31T22:00:00Z usage fee 11/31
        9900 | advance | 2026-03-21T11:00:00Z | 2026-03-21T11:00:00Z | 2026-03-21T11:00:00Z usage fee 20/31 | 2026-03-21T11:00:00Z fee 11/31
        9900 | arrears | 2026-03-21T23:30:00Z | 2026-03-21T23:30:00Z | 2026-03-21T23:30:00Z usage fee 21/31 | 2026-03-31T22:00:00Z usage fee 10/31
        9900 | arrears | 2026-02-28T23:00:00Z | 2026-02-28T23:00:00Z | -                                    | 2026-03-31T22:00:00Z usage fee 31/31
        9900 | arrears | 2026-03-31T21:59:59Z | 2026-03-31T21:59:59Z | 2026-03-31T21:59:59Z usage fee 30/31 | 2026-03-31T22:00:00Z usage fee 1/31
        3099 | arrears | 2026-03-21T11:00:00Z | 2026-03-31T22:00:00Z | 2026-03-31T22:00:00Z usage fee 31/31 | 2026-04-30T22:00:00Z usage fee 30/30
        3099 | advance | 2026-03-21T11:00:00Z | 2026-03-31T22:00:00Z | 2026-03-31T22:00:00Z usage fee 31/31 | 2026-03-31T22:00:00Z fee 30/30
        3099 | arrears | 2026-03-31T21:59:59Z | 2026-03-31T22:00:00Z | 2026-03-31T22:00:00Z usage fee 31/31 | 2026-04-30T22:00:00Z usage fee 30/30
        """)
    void aSuccessorTakesOverInTheInstantInWhichTheOneBeforeEnds(
            long cents, String paid, Instant askedAt, Instant at, String lastBill, String firstBill) {
        var start = Instant.parse("2026-02-28T23:00:00Z");
        var plan = plan("monthly", 3100, false, "0");
        var other = plan("monthly", cents, paid.equals("advance"), "0");
        var active = begun(pending(start, null), plan, start, PARIS);

        var startsAt = PlanChange.of(plan.price(), other.price())
                .startsAt(askedAt, Schedule.of(active, plan, PARIS).fee());
        assertThat(startsAt).isEqualTo(at);
        var successor = Transitions.successor(active, other.planId(), startsAt, null, null, start);
        var before = Transitions.handedOver(active, startsAt);
        var after = begun(successor, other, startsAt, PARIS);

        assertThat(after.subscriptionAt()).as("the anniversary stays").isEqualTo(start);
        assertThat(after.previousSubscriptionId()).isEqualTo(active.id());
        for (var micros : new int[] {-1, 0, 1}) {
            var instant = startsAt.plusNanos(micros * 1000L);
            var owners = Stream.of(before, after)
                    .filter(each ->
                            !instant.isBefore(each.begins()) && (each.end() == null || instant.isBefore(each.end())))
                    .toList();
            boolean isBeforeAll = instant.isBefore(start);
            assertThat(owners).as("who has an event at %s", instant).hasSize(isBeforeAll ? 0 : 1);
            if (!isBeforeAll) assertThat(owners.getFirst()).isEqualTo(micros < 0 ? before : after);
        }
        assertThat(bills(before, plan, PARIS, 5)).isEqualTo(lastBill == null ? List.of() : List.of(lastBill));
        assertThat(bills(after, other, PARIS, 1)).containsExactly(firstBill);
    }

    @ParameterizedTest(name = "{1} at {0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
        2026-03-10T00:00:00Z | generate | 2026-03-10T00:00:00Z usage fee 10/31
        2026-03-10T00:00:00Z | skip     | -
        2026-03-01T00:00:00Z | generate | -
        2026-02-20T00:00:00Z | generate | -
        2026-04-05T00:00:00Z | generate | 2026-04-01T00:00:00Z usage fee 31/31, 2026-04-05T00:00:00Z usage fee 5/30
        2026-04-05T00:00:00Z | skip     | 2026-04-01T00:00:00Z usage fee 31/31
        """)
    void whatWasDueBeforeTheEndComesFirstAlsoWhenItIsLate(Instant now, String onTerminationInvoice, String bills) {
        var start = Instant.parse("2026-03-01T00:00:00Z");
        var plan = plan("monthly", 3100, false, "0");
        var terminated =
                Transitions.terminated(begun(pending(start, null), plan, start, UTC), now, onTerminationInvoice, null);
        assertThat(terminated.status()).isEqualTo("terminated");
        assertThat(terminated.end()).isEqualTo(now.isBefore(start) ? start : now);
        assertThat(bills(terminated, plan, UTC, 5)).isEqualTo(bills == null ? List.of() : List.of(bills.split(", ")));
    }

    /// Of a month that is paid in advance, from 10 March on.
    @ParameterizedTest(name = "{2} at {0}, billed until {1}")
    @CsvSource(delimiter = '|', textBlock = """
        2026-03-20T00:00:00Z | 2026-04-01T00:00:00Z | end      | true
        2026-03-31T15:00:00Z | 2026-04-01T00:00:00Z | end      | false
        2026-03-31T15:00:00Z | 2026-04-01T00:00:00Z | handover | true
        2026-04-01T00:00:00Z | 2026-04-01T00:00:00Z | end      | false
        2026-04-01T00:00:00Z | 2026-04-01T00:00:00Z | handover | false
        2026-04-01T00:00:00Z | 2026-05-01T00:00:00Z | handover | true
        2026-03-09T00:00:00Z | 2026-03-10T00:00:00Z | end      | false
        """)
    void daysThatArePaidAndNotUsedNeedACreditNote(Instant end, Instant nextBillingAt, String how, boolean isLeft) {
        var start = Instant.parse("2026-03-10T00:00:00Z");
        var schedule = Schedule.of(pending(start, null), plan("monthly", 3100, true, "0"), UTC);
        assertThat(schedule.leavesPaidDays(end, how.equals("handover"), nextBillingAt))
                .isEqualTo(isLeft);
    }

    @Test
    void whoIsCanceledNeverBegins() {
        var start = Instant.parse("2026-03-10T00:00:00Z");
        var now = Instant.parse("2026-03-01T00:00:00Z");
        var canceled = Transitions.canceled(pending(start, null), now);
        assertThat(canceled.status()).isEqualTo("canceled");
        assertThat(canceled.canceledAt()).isEqualTo(now);
        assertThat(canceled.nextBillingAt()).isNull();
    }

    /// Each bill as "when, whether with usage, and the days that its fee pays".
    private static List<String> bills(Subscription subscription, PlanRevision plan, ZoneId zone, int most) {
        var bills = new ArrayList<String>();
        for (var due = subscription.nextBillingAt(); due != null && bills.size() < most; ) {
            var schedule = Schedule.of(subscription, plan, zone);
            var days = schedule.paidDaysAt(due);
            bills.add(due
                    + (schedule.billsUsageAt(due) && subscription.billedUntil().isBefore(due) ? " usage" : "")
                    + (schedule.isFeeDueAt(due) ? " fee %d/%d".formatted(days.days(), days.periodDays()) : ""));
            subscription = Transitions.billed(subscription, due, schedule);
            due = subscription.nextBillingAt();
        }
        return bills;
    }

    private static Subscription begun(Subscription pending, PlanRevision plan, Instant at, ZoneId zone) {
        return Transitions.begun(pending, at, at, Schedule.of(pending, plan, zone));
    }

    private static Subscription pending(Instant start, Instant end) {
        var id = UUID.randomUUID();
        return Subscription.pending(id, id, id, "s", null, "calendar", start, start, end, null, start);
    }

    /// @param interval with a star for charges that are billed monthly
    private static PlanRevision plan(String interval, long cents, boolean advance, String freeDays) {
        var id = UUID.randomUUID();
        return new PlanRevision(
                id,
                id,
                1,
                null,
                null,
                interval.replace("*", ""),
                cents,
                "EUR",
                advance,
                new BigDecimal(freeDays),
                interval.endsWith("*"),
                "[]",
                null,
                "[]");
    }
}
