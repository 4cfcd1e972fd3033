package io.millrace.invoicer.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.rating.period.Interval;
import io.millrace.rating.subscription.PlanChange;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random lives under one external id, against what can be counted day by day without following them.
class LifecycleLawsTest {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("2028-02-01T00:00:00Z");
    private static final List<String> ZONES = List.of("UTC", "Europe/Paris", "America/Los_Angeles", "Pacific/Auckland");

    static List<Long> seeds() {
        return new Random(20260301).longs(300).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aLifeIsBilledAlikeWheneverBillsAreMade(long seed) {
        var timely = live(seed, Duration.ofHours(7));
        var late = live(seed, Duration.ofDays(10_000));
        assertThat(late.inOrder()).as("seed %d", seed).isEqualTo(timely.inOrder());
        assertThat(late.inOrder()).as("seed %d", seed).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyInstantIsBilledOnceAndEveryDayPaidOnce(long seed) {
        var life = live(seed, Duration.ofDays(40));
        Subscription before = null;
        for (int number = 0; number < life.all.size(); number++) {
            var subscription = life.all.get(number);
            if (subscription.startedAt() == null) continue;
            var what = "seed %d, subscription %d".formatted(seed, number);
            if (before != null) assertThat(before.end()).as(what).isBeforeOrEqualTo(subscription.begins());
            if (before != null && before.handedOver())
                assertThat(before.end()).as(what).isEqualTo(subscription.begins());
            before = subscription;

            var billedUntil = subscription.startedAt();
            long paid = 0;
            for (var bill : life.bills) {
                if (bill.subscription != number) continue;
                assertThat(bill.from).as(what).isEqualTo(billedUntil);
                billedUntil = bill.to;
                paid += bill.paidDays;
            }
            var end = subscription.terminatedAt();
            if (end == null || subscription.onTerminationInvoice().equals("skip")) continue;
            assertThat(billedUntil).as(what).isEqualTo(end);
            assertThat(paid).as(what).isEqualTo(life.daysToPay(subscription));
        }
    }

    private static Life live(long seed, Duration betweenRuns) {
        var random = new Random(seed);
        var life = new Life(random);
        var run = BEGIN;
        for (var now = later(BEGIN, random); now.isBefore(END); now = later(now, random)) {
            for (; run.isBefore(now); run = run.plus(betweenRuns)) life.run(run);
            switch (random.nextInt(5)) {
                case 0 -> life.terminate(now, random.nextInt(4) == 0 ? "skip" : "generate");
                case 1 -> life.endAt(random.nextBoolean() ? null : later(now, random), now);
                default -> life.subscribe(random.nextInt(life.plans.size()), now);
            }
        }
        life.run(END);
        return life;
    }

    /// At an odd second, which no period begins at.
    private static Instant later(Instant time, Random random) {
        return time.truncatedTo(ChronoUnit.MINUTES).plusSeconds(60L * (1 + random.nextInt(60 * 24 * 70)) + 17);
    }

    /// @param from usage, inclusive
    /// @param to exclusive; `from` where a fee is billed alone
    private record Bill(int subscription, Instant at, Instant from, Instant to, int paidDays) {}

    /// What the control plane does with the transitions, without its database.
    private static final class Life {
        private final List<PlanRevision> plans = new ArrayList<>();
        private final ZoneId zone;
        private final List<Subscription> all = new ArrayList<>();
        private final List<Bill> bills = new ArrayList<>();

        Life(Random random) {
            zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
            for (var interval : Interval.values()) {
                for (int i = 0; i < 2; i++) plans.add(randomPlan(interval, random));
            }
        }

        List<Bill> inOrder() {
            return bills.stream()
                    .sorted(Comparator.comparing(Bill::at).thenComparing(Bill::subscription))
                    .toList();
        }

        void subscribe(int wanted, Instant now) {
            settle(now);
            var plan = plans.get(wanted);
            int active = find("active");
            if (active < 0) {
                all.add(pending(plan, now));
                begin(all.size() - 1, now);
                return;
            }
            var old = all.get(active);
            if (old.planId().equals(plan.planId())) return;
            var change = PlanChange.of(plan(old).price(), plan.price());
            var at = change.startsAt(now, schedule(old).fee());
            if (change == PlanChange.UPGRADE && schedule(old).leavesPaidDays(at, true, old.nextBillingAt())) return;
            if (old.endingAt() != null && !old.endingAt().isAfter(at)) return;
            cancel(now);
            all.add(Transitions.successor(old, plan.planId(), at, null, old.endingAt(), now));
            if (change == PlanChange.UPGRADE) begin(all.size() - 1, at);
        }

        void terminate(Instant now, String onTerminationInvoice) {
            settle(now);
            int active = find("active");
            if (active < 0) return;
            cancel(now);
            all.set(active, Transitions.terminated(all.get(active), now, onTerminationInvoice, null));
        }

        void endAt(Instant endingAt, Instant now) {
            settle(now);
            int active = find("active");
            if (active < 0) return;
            var change = new Change(all.get(active));
            change.endingAt = endingAt;
            all.set(active, Transitions.endingAt(change.made(), schedule(change.made())));
        }

        void run(Instant now) {
            for (; ; ) {
                int due = -1;
                for (int i = 0; i < all.size(); i++) {
                    var next = all.get(i).nextBillingAt();
                    if (next == null || next.isAfter(now)) continue;
                    var first = due < 0 ? null : all.get(due);
                    boolean isFirst = first == null
                            || next.isBefore(first.nextBillingAt())
                            || (next.equals(first.nextBillingAt()) && all.get(i).isPending());
                    if (isFirst) due = i;
                }
                if (due < 0) return;
                if (all.get(due).isPending()) begin(due, all.get(due).begins());
                else bill(due);
            }
        }

        private void bill(int number) {
            var due = all.get(number);
            var at = due.nextBillingAt();
            var schedule = schedule(due);
            bills.add(new Bill(
                    number,
                    at,
                    due.billedUntil(),
                    schedule.billsUsageAt(at) ? at : due.billedUntil(),
                    schedule.isFeeDueAt(at) ? schedule.paidDaysAt(at).days() : 0));
            var after = Transitions.billed(due, at, schedule);
            all.set(number, after);
            if (due.isActive() && !after.isActive()) cancel(at);
        }

        private void settle(Instant now) {
            for (; ; ) {
                int active = find("active");
                int pending = find("pending");
                var ends = active < 0 ? null : all.get(active).endingAt();
                var begins = pending < 0 ? null : all.get(pending).begins();
                if (ends != null && !ends.isAfter(now) && (begins == null || ends.isBefore(begins))) {
                    all.set(active, Transitions.ended(all.get(active), ends));
                    cancel(ends);
                } else if (begins != null && !begins.isAfter(now)) {
                    begin(pending, begins);
                } else {
                    return;
                }
            }
        }

        private void begin(int number, Instant agreedAt) {
            int active = find("active");
            var pending = all.get(number);
            if (active >= 0) all.set(active, Transitions.handedOver(all.get(active), pending.begins()));
            all.set(number, Transitions.begun(pending, pending.begins(), agreedAt, schedule(pending)));
        }

        private void cancel(Instant now) {
            int pending = find("pending");
            if (pending >= 0) all.set(pending, Transitions.canceled(all.get(pending), now));
        }

        private int find(String status) {
            for (int i = 0; i < all.size(); i++) if (all.get(i).status().equals(status)) return i;
            return -1;
        }

        private Schedule schedule(Subscription subscription) {
            return Schedule.of(subscription, plan(subscription), zone, firstStart());
        }

        private Instant firstStart() {
            return all.getFirst().begins();
        }

        private PlanRevision plan(Subscription subscription) {
            return plans.stream()
                    .filter(plan -> plan.planId().equals(subscription.planId()))
                    .findFirst()
                    .orElseThrow();
        }

        /// True if another took over from it, and pays for that day.
        private boolean isFollowed(Subscription subscription) {
            return all.stream()
                    .anyMatch(each ->
                            each.startedAt() != null && subscription.id().equals(each.previousSubscriptionId()));
        }

        /// Counted day by day.
        long daysToPay(Subscription subscription) {
            var plan = plan(subscription);
            var end = subscription.terminatedAt();
            var lastDay = LocalDate.ofInstant(end, zone);
            var free = firstStart().atZone(zone).plusDays(plan.trialPeriod().longValueExact());
            boolean isFreeToTheEnd = !free.toInstant().isBefore(end);
            var cycle = schedule(subscription).fee();
            long days = 0;
            for (var day = LocalDate.ofInstant(subscription.startedAt(), zone); ; day = day.plusDays(1)) {
                boolean isInTime = plan.payInAdvance()
                        ? !isFreeToTheEnd
                                && day.isBefore(
                                        cycle.containing(end.minusNanos(1)).endDay())
                        : day.isBefore(lastDay)
                                || (day.equals(lastDay)
                                        && !isFollowed(subscription)
                                        && !end.equals(day.atStartOfDay(zone).toInstant()));
                if (!isInTime && !day.isBefore(lastDay)) return days;
                if (isInTime && !day.isBefore(free.toLocalDate())) days++;
            }
        }
    }

    private static Subscription pending(PlanRevision plan, Instant start) {
        var billingTime = start.getEpochSecond() / 60 % 2 == 0 ? "calendar" : "anniversary";
        return Subscription.pending(
                UUID.randomUUID(),
                UUID.randomUUID(),
                plan.planId(),
                "s",
                null,
                billingTime,
                start,
                start,
                null,
                null,
                start);
    }

    private static PlanRevision randomPlan(Interval interval, Random random) {
        var id = UUID.randomUUID();
        var days = new BigDecimal(random.nextBoolean() ? 0 : random.nextInt(60));
        return new PlanRevision(
                id,
                id,
                1,
                null,
                null,
                interval.code(),
                random.nextInt(100_000),
                "EUR",
                random.nextBoolean(),
                days,
                random.nextBoolean(),
                "[]",
                null,
                "[]");
    }
}
