package io.millrace.calculator;

import io.millrace.rating.period.BilledPeriods;
import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingSchedule;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.period.Interval;
import io.millrace.rating.period.LocalDays;
import io.millrace.rating.period.PeriodPart;
import io.millrace.rating.period.TimeSpan;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The billing period of a subscription: instants in the API's form, to the second, ends inclusive.
final class BillingPeriodCalculation {

    private BillingPeriodCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        return switch (input.text("kind")) {
            case "boundaries" -> boundaries(input);
            case "next_end_of_period" ->
                result(
                        "at",
                        TimeSpan.inclusiveEnd(
                                cycle(input).containing(billingAt(input)).to()));
            case "previous_beginning_of_period" -> {
                BillingCycle cycle = cycle(input);
                boolean ofCurrent = input.flag("current_usage") || input.flag("current_period");
                Instant at = billingAt(input);
                yield result("at", (ofCurrent ? cycle.containing(at) : cycle.previous(at)).from());
            }
            case "duration_days" -> result("days", billed(input).days());
            case "billing_day" -> result("is_billing_day", schedule(input).isBillingDay(billingAt(input)));
            case "days_between" -> daysBetween(input);
            default ->
                throw input.invalid(
                        "kind",
                        "is none of boundaries, next_end_of_period, previous_beginning_of_period, duration_days,"
                                + " billing_day, days_between");
        };
    }

    private static Map<String, @Nullable Object> boundaries(Input input) {
        BilledPeriods billed = isPending(input) ? null : billed(input);
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        put(result, "", billed == null ? null : billed.fee());
        put(result, "charges_", billed == null ? null : billed.charges());
        put(result, "fixed_charges_", billed == null ? null : billed.fixedCharges());
        result.put("days", billed == null ? null : billed.days());
        return result;
    }

    private static void put(Map<String, @Nullable Object> result, String row, @Nullable PeriodPart part) {
        result.put(row + "from", part == null ? null : part.from().truncatedTo(ChronoUnit.SECONDS));
        result.put(row + "to", part == null ? null : part.shownEnd().truncatedTo(ChronoUnit.SECONDS));
    }

    /// A subscription with `started_at: null` has not started: there is nothing to bill.
    private static boolean isPending(Input input) {
        return input.fields().containsKey("started_at") && !input.has("started_at");
    }

    private static BilledPeriods billed(Input input) {
        BillingSchedule schedule = schedule(input);
        Instant at = billingAt(input);
        Instant charges = billedUntil(input, "previous_charges_to");
        Instant fixedCharges = billedUntil(input, "previous_fixed_charges_to");
        boolean billedTogether = input.flag("bill_charges_monthly") == input.flag("bill_fixed_charges_monthly");
        return (input.flag("current_usage") ? schedule.currentAt(at) : schedule.onRunAt(at))
                .continuing(charges, fixedCharges == null && billedTogether ? charges : fixedCharges);
    }

    private static @Nullable Instant billedUntil(Input input, String field) {
        Instant shown = input.optionalInstant(field);
        return shown == null ? null : TimeSpan.exclusiveEnd(shown);
    }

    static BillingCycle cycle(Input input) {
        return BillingCycle.of(
                input.word("interval", Interval.class),
                input.has("billing_time") ? input.word("billing_time", BillingTime.class) : BillingTime.CALENDAR,
                input.instant(input.has("subscription_at") ? "subscription_at" : "started_at"),
                input.zone("timezone"));
    }

    private static BillingSchedule schedule(Input input) {
        Instant startedAt = input.instant(input.has("started_at") ? "started_at" : "subscription_at");
        Instant terminatedAt = input.optionalInstant("terminated_at");
        if (terminatedAt != null && terminatedAt.isBefore(startedAt)) {
            throw input.invalid("terminated_at", "is before the subscription's start");
        }
        var terms = new BillingSchedule.Terms(
                input.flag("pay_in_advance"),
                input.flag("bill_charges_monthly"),
                input.flag("bill_fixed_charges_monthly"));
        return new BillingSchedule(cycle(input), terms, startedAt, terminatedAt);
    }

    private static Instant billingAt(Input input) {
        return input.instant("billing_at");
    }

    private static Map<String, @Nullable Object> daysBetween(Input input) {
        Instant from = input.instant("from");
        Instant to = input.instant("to");
        if (to.isBefore(from)) {
            throw input.invalid("to", "is before from");
        }
        return result("days", LocalDays.between(from, to, input.zone("timezone")));
    }

    private static Map<String, @Nullable Object> result(String field, Object value) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put(field, value);
        return result;
    }
}
