package io.millrace.invoicer.invoice;

import io.millrace.invoicer.catalog.Charge;
import io.millrace.invoicer.catalog.ChargeFilter;
import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.invoice.Agreements.Agreement;
import io.millrace.invoicer.invoice.UsageObjects.CustomerUsageObject;
import io.millrace.invoicer.invoice.UsageObjects.Used;
import io.millrace.invoicer.subscription.Schedule;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.subscription.Subscriptions;
import io.millrace.invoicer.tax.Taxes;
import io.millrace.invoicer.usage.ChargedLine;
import io.millrace.invoicer.usage.Measured;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.invoicer.usage.UsageQuery;
import io.millrace.invoicer.usage.UsageQuery.Asked;
import io.millrace.rating.invoice.Fee;
import io.millrace.rating.invoice.FeeKind;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.TimeSpan;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The usage of a subscription in the period that it is in, priced as the invoice of the period will price it if
/// nothing more is used: what has a price by time or by days is held until the period ends.
///
/// ```
///  period from                     now                  period to
///  |━━━━━━━━━━ events ━━━━━━━━━━━━━━|                    |
///  |━━━━━━━━━━━━━━━━━━ units held and weighted ━━━━━━━━━━|
/// ```
@Singleton
class CurrentUsage {
    private final Customers customers;
    private final Subscriptions subscriptions;
    private final Agreements agreements;
    private final UsageQuery usageQuery;
    private final Taxes taxes;

    CurrentUsage(
            Customers customers,
            Subscriptions subscriptions,
            Agreements agreements,
            UsageQuery usageQuery,
            Taxes taxes) {
        this.customers = customers;
        this.subscriptions = subscriptions;
        this.agreements = agreements;
        this.usageQuery = usageQuery;
        this.taxes = taxes;
    }

    /// Which part of the usage is asked for; null is all of it.
    ///
    /// @param group values that a group has to have; empty for any
    record Part(
            @Nullable UUID chargeId,
            @Nullable String chargeCode,
            @Nullable String metricCode,
            Map<String, String> group) {

        boolean hasCharge(Charge charge) {
            return (chargeId == null || chargeId.equals(charge.id()))
                    && (chargeCode == null || chargeCode.equals(charge.code()))
                    && (metricCode == null || metricCode.equals(charge.billableMetricCode()));
        }

        boolean hasGroup(Map<String, ?> groupedBy) {
            return groupedBy.entrySet().containsAll(group.entrySet());
        }
    }

    /// @param taxed false for usage without its taxes
    /// @throws Refusal.NotAllowed if the customer has no active subscription of that name
    CustomerUsageObject of(
            UUID organization, Customer customer, String externalSubscriptionId, Part part, boolean taxed) {
        var subscription = subscriptions
                .active(organization, externalSubscriptionId)
                .filter(found -> found.customerId().equals(customer.id()))
                .orElseThrow(() -> new Refusal.NotAllowed("no_active_subscription"));
        var now = customers.now(customer);
        var agreement = agreements.of(subscription.planId());
        var schedule = Schedule.of(subscription, agreement.plan().last(), customer.zone());
        var period = period(subscription, schedule, now);
        var whole = schedule.usage().containing(period.to().minusNanos(1));
        var charges = agreement.usage(period.to());
        var question = new UsageQuery.Question(
                organization,
                period,
                earlier(now.plus(1, ChronoUnit.MICROS), period.to()),
                Agreement.daysLeft(charges, period, customer.zone()),
                charges,
                List.of(new Asked(subscription.id(), externalSubscriptionId)));
        var used = usageQuery.usage(question).getOrDefault(subscription.id(), List.of());
        var pricing = agreement.plan().pricing(period.to());
        boolean isChargedInAdvance = pricing.chargeList().stream().anyMatch(Charge::payInAdvance);
        var charged = isChargedInAdvance ? usageQuery.chargedInAdvance(question) : List.<ChargedLine>of();
        var priced = used(agreement, period, whole, used, charged, part);
        return UsageObjects.of(
                period,
                LocalDate.ofInstant(period.to(), customer.zone()),
                null,
                pricing.amountCurrency(),
                priced,
                taxed ? taxesCents(FeeTaxes.of(customer, taxes.of(organization)), pricing, priced) : 0);
    }

    /// As on an invoice of this usage alone.
    private static long taxesCents(FeeTaxes taxes, PlanRevision pricing, List<Used> usage) {
        var planTaxes = pricing.taxIdList();
        var lines = new ArrayList<Fee>();
        for (var used : usage) {
            if (used.amountCents() <= 0) continue;
            var charge = used.charge().charge();
            lines.add(new Fee(
                    Integer.toString(lines.size()),
                    FeeKind.CHARGE,
                    used.amountCents(),
                    BigDecimal.valueOf(used.amountCents()),
                    TaxedFees.rates(taxes.on(charge.taxIds(), planTaxes)),
                    null,
                    charge.billableMetricCode()));
        }
        return TaxedFees.totals(pricing.amountCurrency(), lines).taxesCents();
    }

    /// What the next invoice will bill; while that is overdue, what the one after it will.
    private static TimeSpan period(Subscription subscription, Schedule schedule, Instant now) {
        var from = subscription.billedUntil();
        var to = subscription.nextBillingAt();
        while (from != null && to != null && !(schedule.billsUsageAt(to) && now.isBefore(to))) {
            if (schedule.billsUsageAt(to)) from = to;
            to = schedule.nextBillingAt(to);
        }
        if (from == null || to == null) throw new Refusal.NotAllowed("no_active_subscription");
        return new TimeSpan(from, to);
    }

    private record Place(UUID chargeId, @Nullable UUID filterId) {}

    /// In the plan's order: each charge's filters, then its default, also without usage; last what is not in the
    /// plan any more.
    private static List<Used> used(
            Agreement agreement,
            TimeSpan period,
            BillingPeriod whole,
            List<UsageLine> usage,
            List<ChargedLine> charged,
            Part part) {
        var prices = agreement.plan().pricing(period.to());
        var currency = CurrencyUnit.of(prices.amountCurrency());
        var byPlace = new LinkedHashMap<Place, List<Used>>();
        for (var priced : PricedUsage.of(agreement, period, whole, usage)) {
            add(byPlace, used(priced, currency));
        }
        for (var line : charged) add(byPlace, used(agreement, line, period.to()));

        var all = new ArrayList<Used>();
        for (var charge : prices.chargeList()) {
            var priced = agreement.priced(charge, period.to());
            var filters = new ArrayList<@Nullable ChargeFilter>(charge.filters());
            filters.add(null);
            for (var filter : filters) {
                var there = byPlace.remove(new Place(charge.id(), filter == null ? null : filter.id()));
                all.addAll(there == null ? List.of(none(priced, filter)) : there);
            }
        }
        byPlace.values().forEach(all::addAll);
        all.removeIf(each -> !part.hasCharge(each.charge().charge()) || !part.hasGroup(each.groupedBy()));
        return all;
    }

    private static void add(Map<Place, List<Used>> byPlace, Used used) {
        var filter = used.filter();
        var place = new Place(used.charge().charge().id(), filter == null ? null : filter.id());
        byPlace.computeIfAbsent(place, ignored -> new ArrayList<>()).add(used);
    }

    private static Used used(PricedUsage priced, CurrencyUnit currency) {
        var line = priced.line();
        var units = priced.price().units();
        return new Used(
                priced.charge(),
                priced.filter(),
                line == null ? Map.of() : line.groupedBy(),
                units,
                line != null && line.measured() instanceof Measured.Held held ? held.sum() : units,
                priced.events(),
                currency.cents(priced.price().amount()));
    }

    private static Used used(Agreement agreement, ChargedLine line, Instant end) {
        var plan = agreement.plan();
        var charge = plan.charge(line.chargeId(), end)
                .orElseThrow(() -> new IllegalStateException("a fee of a charge that is not in the plan: " + line));
        var filterId = line.filterId();
        var filter = filterId == null
                ? null
                : plan.filter(line.chargeId(), filterId, end)
                        .orElseThrow(
                                () -> new IllegalStateException("a fee of a filter that is not in the plan: " + line));
        return new Used(
                agreement.priced(charge, end),
                filter,
                line.groupedBy(),
                line.units(),
                line.units(),
                line.events(),
                line.amountCents());
    }

    private static Used none(PricedCharge charge, @Nullable ChargeFilter filter) {
        return new Used(charge, filter, Map.of(), BigDecimal.ZERO, BigDecimal.ZERO, 0, 0);
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
