package io.millrace.calculator;

import io.millrace.rating.invoice.PaidFee;
import io.millrace.rating.invoice.UnusedCredit;
import io.millrace.rating.money.Fraction;
import io.millrace.rating.money.Quantity;
import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.Proration;
import io.millrace.rating.subscription.ChargeMinimum;
import io.millrace.rating.subscription.FixedCharge;
import io.millrace.rating.subscription.MinimumCommitment;
import io.millrace.rating.subscription.SubscriptionTerm;
import io.millrace.rating.subscription.Trial;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a part of a period costs, and what is missing to a minimum.
final class ProrationCalculation {

    private ProrationCalculation() {}

    static Map<String, @Nullable Object> of(Input input) {
        String kind = input.text("kind");
        try {
            return switch (kind) {
                case "subscription_fee" -> subscriptionFee(input);
                case "unused_credit" -> unusedCredit(input);
                case "ratio" -> ratio(input);
                case "true_up" -> trueUp(input);
                case "commitment" -> commitment(input);
                default ->
                    throw input.invalid(
                            "kind", "is none of subscription_fee, unused_credit, ratio, true_up, commitment");
            };
        } catch (IllegalArgumentException e) {
            throw Refusal.invalid(kind, String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, @Nullable Object> subscriptionFee(Input input) {
        Proration paid =
                input.has("period_days") ? days(input) : term(input).paid(period(input, input.flag("pay_in_advance")));
        Map<String, @Nullable Object> result = amount(paid.part(cents(input, "plan_amount_cents")));
        result.put("days", paid.days());
        result.put("period_days", paid.periodDays());
        return result;
    }

    private static Map<String, @Nullable Object> unusedCredit(Input input) {
        long planAmount = cents(input, "plan_amount_cents");
        if (!input.has("terminated_at")) {
            throw Refusal.missing(input.path() + "terminated_at");
        }
        SubscriptionTerm term = term(input);
        BillingPeriod period = period(input, true);
        Proration unused = term.unused(period);
        long billed = input.has("fee_amount_cents")
                ? cents(input, "fee_amount_cents")
                : term.terminatedAt(null).paid(period).cents(planAmount);
        UnusedCredit credit = UnusedCredit.of(unused.part(planAmount), paidFee(input, billed));
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("sub_total_cents", credit.subTotalCents());
        result.put("taxes_cents", credit.taxesCents());
        result.put("total_cents", credit.totalCents());
        result.put("item_amount_cents", credit.item().rounded());
        result.put("precise_item_amount_cents", precise(credit.item()));
        result.put("coupons_adjustment_cents", credit.couponsAdjustmentCents().rounded());
        result.put("days", unused.days());
        result.put("period_days", unused.periodDays());
        return result;
    }

    private static PaidFee paidFee(Input input, long amountCents) {
        return new PaidFee(
                Fraction.of(amountCents),
                Fraction.of(InvoiceInput.couponsOfFee(input)),
                Fraction.of(InvoiceInput.creditedOfFee(input)),
                InvoiceInput.taxRate(input));
    }

    private static Map<String, @Nullable Object> ratio(Input input) {
        var charge = new FixedCharge(cents(input, "full_amount_cents"));
        return amount(charge.due(days(input), amount(input, "minus_cents")));
    }

    private static Map<String, @Nullable Object> trueUp(Input input) {
        BigDecimal rate = input.decimal("conversion_rate", BigDecimal.ONE);
        if (rate.signum() <= 0) {
            throw input.invalid("conversion_rate", "is not above zero");
        }
        var minimum = new ChargeMinimum(cents(input, "min_amount_cents"), rate);
        Proration days = days(input);
        BigDecimal used = amount(input, "used_amount_cents");
        BigDecimal usedPrecise = amount(input, input.either("used_precise_amount_cents", "used_amount_cents"));
        Map<String, @Nullable Object> result = amount(minimum.trueUp(days, used));
        result.put("precise_amount_cents", precise(minimum.preciseTrueUp(days, used, usedPrecise)));
        return result;
    }

    private static Map<String, @Nullable Object> commitment(Input input) {
        var commitment = new MinimumCommitment(cents(input, "commitment_cents"));
        return amount(commitment.trueUp(days(input), amount(input, "fees_cents")));
    }

    private static Map<String, @Nullable Object> amount(Fraction amount) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("amount_cents", amount.rounded());
        result.put("precise_amount_cents", precise(amount));
        return result;
    }

    private static BigDecimal precise(Fraction amount) {
        return amount.decimal(Quantity.MAX_FRACTION_DIGITS);
    }

    /// As given, else those in which the subscription runs, of a period that is over: only then it is trued up.
    private static Proration days(Input input) {
        if (!input.has("period_days") && input.has("interval")) {
            return term(input).running(period(input, false));
        }
        long periodDays = input.whole("period_days");
        long days = input.whole("days");
        if (periodDays < 1 || periodDays > Integer.MAX_VALUE) {
            throw input.invalid("period_days", "is not a number of days above zero");
        }
        if (days < 0 || days > periodDays) {
            throw input.invalid("days", "is not 0 to %d days".formatted(periodDays));
        }
        return new Proration(Math.toIntExact(days), Math.toIntExact(periodDays));
    }

    private static SubscriptionTerm term(Input input) {
        Instant startedAt = input.instant(input.either("started_at", "subscription_at"));
        Instant terminatedAt = input.optionalInstant("terminated_at");
        SubscriptionTerm term = SubscriptionTerm.startingAt(startedAt).withTrial(trial(input, startedAt));
        boolean isUpgraded = input.flag("upgraded");
        if (terminatedAt == null) {
            if (isUpgraded) {
                throw Refusal.missing(input.path() + "terminated_at");
            }
            return term;
        }
        if (terminatedAt.isBefore(startedAt)) {
            throw input.invalid("terminated_at", "is before the subscription's start");
        }
        return isUpgraded ? term.upgradedAt(terminatedAt) : term.terminatedAt(terminatedAt);
    }

    private static Trial trial(Input input, Instant startedAt) {
        Instant first = input.has("initial_started_at") ? input.instant("initial_started_at") : startedAt;
        BigDecimal days = amount(input, "trial_days");
        if (days.compareTo(BigDecimal.valueOf(Trial.MAX_DAYS)) > 0) {
            throw input.invalid("trial_days", "is more than " + Trial.MAX_DAYS);
        }
        return new Trial(first, days);
    }

    /// The one that is named, else the one that the subscription ends in, that is billed, or that is its first.
    private static BillingPeriod period(Input input, boolean inAdvance) {
        BillingCycle cycle = BillingPeriodCalculation.cycle(input);
        if (input.has("period_day")) {
            return cycle.containing(input.day("period_day"));
        }
        if (input.has("terminated_at")) {
            return cycle.containing(input.instant("terminated_at"));
        }
        if (input.has("billing_at")) {
            Instant billingAt = input.instant("billing_at");
            return inAdvance ? cycle.containing(billingAt) : cycle.previous(billingAt);
        }
        return cycle.containing(input.instant(input.either("started_at", "subscription_at")));
    }

    /// Whole minor units of what is not below zero.
    private static long cents(Input input, String field) {
        long cents = input.whole(field);
        if (cents < 0) {
            throw input.invalid(field, "is below zero");
        }
        return cents;
    }

    /// Zero where the field is missing.
    private static BigDecimal amount(Input input, String field) {
        BigDecimal amount = input.decimal(field, BigDecimal.ZERO);
        if (amount.signum() < 0) {
            throw input.invalid(field, "is below zero");
        }
        return amount;
    }
}
