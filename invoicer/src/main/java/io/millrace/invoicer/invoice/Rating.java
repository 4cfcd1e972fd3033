package io.millrace.invoicer.invoice;

import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.invoice.TaxedFees.Untaxed;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.tax.Tax;
import io.millrace.rating.charge.AmountDetails;
import io.millrace.rating.charge.Price;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.money.Quantity;
import io.millrace.rating.period.PeriodPart;
import io.millrace.rating.period.TimeSpan;
import io.millrace.rating.subscription.ChargeMinimum;
import io.millrace.rating.subscription.MinimumCommitment;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The fees of one subscription for one period: pure, from what was agreed and what was used.
///
/// ```
///  usage                         ─▶ priced ─▶ fee, unless there is neither usage nor anything to pay
///  a charge's fees               ─▶ less than its minimum ─▶ true-up fee
///  period over, or in advance:
///  period begins, free days over ─▶ plan amount × days / days of the whole period ─▶ fee, unless it is nothing
///  period over                   ─▶ all fees less than the plan's minimum commitment ─▶ commitment fee
/// ```
///
/// Each fee comes with the taxes that are on it.
final class Rating {
    private final UUID invoiceId;
    private final BilledSubscription billed;
    private final FeeTaxes taxes;
    private final Subscription subscription;
    private final PlanHistory plan;
    private final PeriodPart period;
    private final Instant now;
    private final int firstPosition;
    private final PlanRevision prices;
    private final CurrencyUnit currency;
    private final List<UUID> planTaxIds;
    private final List<Untaxed> fees = new ArrayList<>();

    private Rating(UUID invoiceId, BilledSubscription billed, FeeTaxes taxes, Instant now, int firstPosition) {
        this.invoiceId = invoiceId;
        this.billed = billed;
        this.taxes = taxes;
        this.subscription = billed.subscription();
        this.plan = billed.agreement().plan();
        this.period = billed.period();
        this.now = now;
        this.firstPosition = firstPosition;
        this.prices = plan.pricing(period.to());
        this.currency = CurrencyUnit.of(prices.amountCurrency());
        this.planTaxIds = prices.taxIdList();
    }

    /// @param taxes of the subscription's customer
    /// @param now when the fees come into being
    /// @param firstPosition of the fees on the invoice
    /// @throws IllegalStateException if usage is of a charge that the plan never had: nothing goes silently
    /// unbilled
    static List<Untaxed> fees(
            UUID invoiceId, BilledSubscription billed, FeeTaxes taxes, Instant now, int firstPosition) {
        var rating = new Rating(invoiceId, billed, taxes, now, firstPosition);
        boolean isFeeDue = billed.schedule().isFeeDueAt(rating.period.to());
        if (isFeeDue) rating.subscriptionFee();
        rating.period.span().ifPresent(rating::chargeFees);
        if (isFeeDue) rating.commitmentFee();
        return List.copyOf(rating.fees);
    }

    private void subscriptionFee() {
        var schedule = billed.schedule();
        var terms = schedule.isPaidInAdvance() ? plan.at(period.to()) : prices;
        var proration = schedule.paidDaysAt(period.to());
        if (terms.amountCents() == 0 || proration.days() == 0) return;
        addPlanFee(
                Fee.SUBSCRIPTION,
                plan.plan().invoiceDisplayName(),
                proration.cents(terms.amountCents()),
                proration.preciseCents(terms.amountCents()),
                Map.of("plan_amount_cents", terms.amountCents()),
                taxes.on(List.of(), terms.taxIdList()));
    }

    private void chargeFees(TimeSpan span) {
        for (var usage : PricedUsage.of(billed.agreement(), span, period.period(), billed.usage())) {
            boolean isNothing = usage.line() == null && usage.price().amount().signum() == 0;
            if (!isNothing) addChargeFee(usage, currency.cents(usage.price().amount()), null);
        }
        for (var charge : prices.chargeList()) {
            if (charge.minAmountCents() > 0) trueUpFee(billed.agreement().priced(charge, period.to()));
        }
    }

    /// What a charge's fees did not reach of its minimum, beside its default fee.
    private void trueUpFee(PricedCharge charge) {
        var theirs = fees.stream()
                .map(Untaxed::fee)
                .filter(fee -> charge.charge().id().equals(fee.chargeId()))
                .toList();
        var used = sum(theirs, fee -> BigDecimal.valueOf(fee.amountCents()));
        var minimum = ChargeMinimum.of(charge.charge().minAmountCents());
        var days = billed.schedule().term().running(period.period());
        long missing = minimum.trueUp(days, used).rounded();
        if (missing == 0) return;
        var precise = minimum.preciseTrueUp(days, used, sum(theirs, Fee::preciseAmountCents))
                .decimal(Quantity.MAX_FRACTION_DIGITS);
        var parent = theirs.stream()
                .filter(fee -> fee.chargeFilterId() == null)
                .findFirst()
                .orElseGet(() -> addChargeFee(new PricedUsage(charge, null, null, price(BigDecimal.ZERO)), 0, null));
        var trueUp = price(currency.amount(precise));
        addChargeFee(new PricedUsage(charge, null, null, trueUp), missing, parent.id());
    }

    /// One unit of a thing, or none where it costs nothing.
    private static Price price(BigDecimal amount) {
        var units = BigDecimal.valueOf(amount.signum());
        return new Price(units, amount, units, AmountDetails.NONE);
    }

    /// What all fees did not reach of the plan's minimum commitment.
    private void commitmentFee() {
        var commitment = prices.commitment().orElse(null);
        if (commitment == null) return;
        var days = billed.schedule()
                .term()
                .running(billed.schedule().feeAt(period.to()).period());
        var all = fees.stream().map(Untaxed::fee).toList();
        var missing = new MinimumCommitment(commitment.amountCents())
                .trueUp(days, sum(all, fee -> BigDecimal.valueOf(fee.amountCents())));
        if (missing.rounded() == 0) return;
        var name = commitment.invoiceDisplayName();
        addPlanFee(
                Fee.COMMITMENT,
                name == null ? plan.plan().invoiceDisplayName() : name,
                missing.rounded(),
                missing.decimal(Quantity.MAX_FRACTION_DIGITS),
                Map.of(),
                taxes.on(commitment.taxIds(), planTaxIds));
    }

    private static BigDecimal sum(List<Fee> fees, Function<Fee, BigDecimal> amount) {
        return fees.stream().map(amount).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private void addPlanFee(
            String type,
            @Nullable String displayName,
            long cents,
            BigDecimal preciseCents,
            Map<String, Object> details,
            List<Tax> on) {
        var part = billed.schedule().feeAt(period.to());
        var fee = new Fee(
                Ids.of("fee", type, subscription.id(), period.from(), billed.reason()),
                subscription.organizationId(),
                invoiceId,
                subscription.customerId(),
                subscription.id(),
                type,
                billed.reason(),
                null,
                null,
                null,
                "{}",
                part.from(),
                part.to(),
                subscription.id(),
                plan.plan().code(),
                plan.plan().name(),
                displayName,
                null,
                "{}",
                BigDecimal.ONE,
                0,
                currency.amount(preciseCents),
                cents,
                preciseCents,
                BigDecimal.ZERO,
                0,
                BigDecimal.ZERO,
                "[]",
                currency.code(),
                Json.write(details),
                now,
                firstPosition + fees.size());
        fees.add(new Untaxed(fee, on));
    }

    /// @param trueUpParentId null for the fee of usage
    private Fee addChargeFee(PricedUsage usage, long cents, @Nullable UUID trueUpParentId) {
        var charge = usage.charge().charge();
        var metric = usage.charge().metric();
        var filter = usage.filter();
        var line = usage.line();
        var price = usage.price();
        var grouped = Json.write(line == null ? Map.of() : line.groupedBy());
        var filterId = filter == null ? null : filter.id();
        var id = trueUpParentId == null
                ? Ids.of(
                        "fee",
                        Fee.CHARGE,
                        subscription.id(),
                        period.from(),
                        billed.reason(),
                        charge.id(),
                        String.valueOf(filterId),
                        grouped)
                : Ids.of("fee", "true_up", trueUpParentId);
        var fee = new Fee(
                id,
                subscription.organizationId(),
                invoiceId,
                subscription.customerId(),
                subscription.id(),
                Fee.CHARGE,
                billed.reason(),
                trueUpParentId,
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
                cents,
                currency.preciseCents(price.amount()),
                BigDecimal.ZERO,
                0,
                BigDecimal.ZERO,
                "[]",
                currency.code(),
                Json.write(Details.of(price.details())),
                now,
                firstPosition + fees.size());
        fees.add(new Untaxed(fee, taxes.on(charge.taxIds(), planTaxIds)));
        return fee;
    }
}
