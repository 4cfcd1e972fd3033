package io.millrace.invoicer.invoice;

import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.period.PeriodPart;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// The fees of one subscription for one period: pure, from what was agreed and what was used.
///
/// ```
///  usage                        ─▶ priced ─▶ fee, unless there is neither usage nor anything to pay
///  period over, or in advance:
///  period begins, free days over ─▶ plan amount × days / days of the whole period ─▶ fee, unless it is nothing
/// ```
final class Rating {
    private final UUID invoiceId;
    private final BilledSubscription billed;
    private final Subscription subscription;
    private final PlanHistory plan;
    private final PeriodPart period;
    private final Instant now;
    private final int firstPosition;
    private final PlanRevision prices;
    private final CurrencyUnit currency;
    private final List<Fee> fees = new ArrayList<>();

    private Rating(UUID invoiceId, BilledSubscription billed, Instant now, int firstPosition) {
        this.invoiceId = invoiceId;
        this.billed = billed;
        this.subscription = billed.subscription();
        this.plan = billed.agreement().plan();
        this.period = billed.period();
        this.now = now;
        this.firstPosition = firstPosition;
        this.prices = plan.pricing(period.to());
        this.currency = CurrencyUnit.of(prices.amountCurrency());
    }

    /// @param now when the fees come into being
    /// @param firstPosition of the fees on the invoice
    /// @throws IllegalStateException if usage is of a charge that the plan never had: nothing goes silently
    /// unbilled
    static List<Fee> fees(UUID invoiceId, BilledSubscription billed, Instant now, int firstPosition) {
        var rating = new Rating(invoiceId, billed, now, firstPosition);
        if (billed.schedule().isFeeDueAt(rating.period.to())) rating.subscriptionFee();
        rating.period.span().ifPresent(rating::chargeFees);
        return List.copyOf(rating.fees);
    }

    private void subscriptionFee() {
        var schedule = billed.schedule();
        var terms = schedule.isPaidInAdvance() ? plan.at(period.to()) : prices;
        var proration = schedule.paidDaysAt(period.to());
        if (terms.amountCents() == 0 || proration.days() == 0) return;
        var precise = proration.preciseCents(terms.amountCents());
        var part = schedule.feeAt(period.to());
        fees.add(new Fee(
                Ids.of("fee", Fee.SUBSCRIPTION, subscription.id(), period.from(), billed.reason()),
                subscription.organizationId(),
                invoiceId,
                subscription.customerId(),
                subscription.id(),
                Fee.SUBSCRIPTION,
                billed.reason(),
                null,
                null,
                "{}",
                part.from(),
                part.to(),
                subscription.id(),
                plan.plan().code(),
                plan.plan().name(),
                plan.plan().invoiceDisplayName(),
                null,
                "{}",
                BigDecimal.ONE,
                0,
                currency.amount(precise),
                proration.cents(terms.amountCents()),
                precise,
                0,
                currency.code(),
                Json.write(Map.of("plan_amount_cents", terms.amountCents())),
                now,
                firstPosition + fees.size()));
    }

    private void chargeFees(TimeSpan span) {
        for (var usage : PricedUsage.of(billed.agreement(), span, period.period(), billed.usage())) {
            boolean isNothing = usage.line() == null && usage.price().amount().signum() == 0;
            if (!isNothing) fees.add(fee(usage));
        }
    }

    private Fee fee(PricedUsage usage) {
        var charge = usage.charge().charge();
        var metric = usage.charge().metric();
        var filter = usage.filter();
        var line = usage.line();
        var price = usage.price();
        var grouped = Json.write(line == null ? Map.of() : line.groupedBy());
        var filterId = filter == null ? null : filter.id();
        return new Fee(
                Ids.of(
                        "fee",
                        Fee.CHARGE,
                        subscription.id(),
                        period.from(),
                        billed.reason(),
                        charge.id(),
                        String.valueOf(filterId),
                        grouped),
                subscription.organizationId(),
                invoiceId,
                subscription.customerId(),
                subscription.id(),
                Fee.CHARGE,
                billed.reason(),
                charge.id(),
                filterId,
                grouped,
                period.from(),
                period.to(),
                metric.id(),
                metric.code(),
                metric.name(),
                charge.invoiceDisplayName(),
                filter == null ? null : filter.invoiceDisplayName(),
                Json.write(filter == null ? Map.of() : filter.values()),
                price.units(),
                usage.events(),
                price.unitAmount(),
                currency.cents(price.amount()),
                currency.preciseCents(price.amount()),
                0,
                currency.code(),
                Json.write(Details.of(price.details())),
                now,
                firstPosition + fees.size());
    }
}
