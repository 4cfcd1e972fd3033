package io.millrace.charger;

import io.millrace.config.SubscriptionSpan;
import io.millrace.event.ExpandedEvent;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.Latest;
import io.millrace.rating.aggregation.Max;
import io.millrace.rating.aggregation.ProratedSum;
import io.millrace.rating.aggregation.ProratedUniqueCount;
import io.millrace.rating.aggregation.Sum;
import io.millrace.rating.aggregation.UniqueCount;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.Dynamic;
import io.millrace.rating.charge.Graduated;
import io.millrace.rating.charge.GraduatedPercentage;
import io.millrace.rating.charge.InvalidCharge;
import io.millrace.rating.charge.Packages;
import io.millrace.rating.charge.Percentage;
import io.millrace.rating.charge.Standard;
import io.millrace.rating.charge.Volume;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.period.BillingCycle;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.BillingTime;
import io.millrace.rating.period.Interval;
import io.millrace.streams.PlanInForce;
import java.time.DateTimeException;
import java.time.ZoneId;

/// By what an event is charged: price, currency and period, from the plan's revision that the event was
/// resolved by and the subscription that it belongs to.
///
/// @param period the whole billing period of the event, not clamped to the subscription: its start does not
/// move when the subscription ends
record Terms(Aggregation aggregation, ChargeModel model, CurrencyUnit currency, BillingPeriod period) {

    /// What an event may be refused for.
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        private final Reason reason;

        Unusable(Reason reason, String message) {
            // It says why one event is refused, not where in the code: no stack trace.
            super(message, null, false, false);
            this.reason = reason;
        }

        Reason reason() {
            return reason;
        }
    }

    static Terms of(ExpandedEvent event, PlanInForce plan, SubscriptionSpan subscription) throws Unusable {
        var charge = plan.charges(event.getCode()).stream()
                .filter(candidate -> candidate.chargeId().equals(event.getChargeId()))
                .findFirst()
                .orElseThrow(() -> new Unusable(
                        Reason.CHARGE_NOT_FOUND,
                        "revision %d of plan %s has no charge %s"
                                .formatted(plan.revision(), plan.planId(), event.getChargeId())));
        if (charge.isProrated()) {
            throw new Unusable(Reason.NOT_PAYABLE_IN_ADVANCE, "charge %s is prorated".formatted(charge.chargeId()));
        }
        ChargeModel model;
        try {
            model = charge.price(event.getChargeFilterId());
        } catch (InvalidCharge e) {
            throw new Unusable(
                    Reason.CHARGE_INVALID,
                    "charge %s has no usable price: %s".formatted(charge.chargeId(), e.violations()));
        } catch (IllegalArgumentException e) {
            throw new Unusable(Reason.CHARGE_NOT_FOUND, String.valueOf(e.getMessage()));
        }
        if (!isPayableInAdvance(model)) {
            throw new Unusable(
                    Reason.NOT_PAYABLE_IN_ADVANCE,
                    "the %s price of charge %s depends on more than the units so far"
                            .formatted(model.code(), charge.chargeId()));
        }
        return new Terms(aggregation(event), model, currency(plan), period(event, plan, subscription));
    }

    /// Where the price of the units so far says what the next event costs.
    private static boolean isPayableInAdvance(ChargeModel model) {
        return switch (model) {
            case Standard standard -> true;
            case Graduated graduated -> true;
            case GraduatedPercentage percentage -> true;
            case Packages packages -> true;
            case Percentage percentage -> !percentage.needsValues();
            // The whole usage would change its price with the tier.
            case Volume volume -> false;
            case Dynamic dynamic -> false;
        };
    }

    private static Aggregation aggregation(ExpandedEvent event) throws Unusable {
        var aggregation = Aggregation.parse(event.getAggregationType()).orElse(null);
        return switch (aggregation) {
            case Count count -> count;
            case Sum sum -> sum;
            case UniqueCount uniqueCount -> uniqueCount;
            case Max _, Latest _ -> throw notAdditive(event);
            case WeightedSum _, ProratedSum _, ProratedUniqueCount _ -> throw notAdditive(event);
            case null -> throw notAdditive(event);
        };
    }

    private static Unusable notAdditive(ExpandedEvent event) {
        return new Unusable(
                Reason.NOT_PAYABLE_IN_ADVANCE,
                "usage by %s is known at the period's end only".formatted(event.getAggregationType()));
    }

    private static CurrencyUnit currency(PlanInForce plan) throws Unusable {
        return CurrencyUnit.find(plan.currency())
                .orElseThrow(() -> new Unusable(
                        Reason.CHARGE_INVALID,
                        "plan %s has no usable currency: %s".formatted(plan.planId(), plan.currency())));
    }

    private static BillingPeriod period(ExpandedEvent event, PlanInForce plan, SubscriptionSpan subscription)
            throws Unusable {
        try {
            return BillingCycle.of(
                            Interval.parse(plan.interval()),
                            BillingTime.parse(subscription.getBillingTime()),
                            subscription.getSubscriptionAt(),
                            ZoneId.of(subscription.getTimezone()))
                    .ofCharges(plan.billChargesMonthly())
                    .containing(event.getTimestamp());
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new Unusable(
                    Reason.CHARGE_INVALID,
                    "subscription %s has no billing period: %s"
                            .formatted(subscription.getSubscriptionId(), e.getMessage()));
        }
    }
}
