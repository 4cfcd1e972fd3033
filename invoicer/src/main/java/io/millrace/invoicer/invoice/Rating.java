package io.millrace.invoicer.invoice;

import io.millrace.invoicer.catalog.BillableMetric;
import io.millrace.invoicer.catalog.BillableMetricRevision;
import io.millrace.invoicer.catalog.Charge;
import io.millrace.invoicer.catalog.ChargeFilter;
import io.millrace.invoicer.catalog.PlanHistory;
import io.millrace.invoicer.catalog.PlanRevision;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.MetricRounding;
import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.Price;
import io.millrace.rating.charge.Usage;
import io.millrace.rating.filter.PricingGroupKeys;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.period.TimeSpan;
import io.millrace.rating.subscription.SubscriptionTerm;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The fees of one subscription for one period: pure, from what was agreed and what was used.
///
/// ```
///  usage lines ─▶ charge and filter as priced at the period's last instant ─▶ units ─▶ price ─▶ fee
///  no usage    ─▶ what a charge costs without any, such as a first tier's flat amount ─▶ fee, unless it is nothing
///  period over ─▶ plan amount × days / days of the whole period ─▶ fee
/// ```
final class Rating {
    private final UUID invoiceId;
    private final BilledSubscription billed;
    private final Subscription subscription;
    private final PlanHistory plan;
    private final TimeSpan period;
    private final Instant now;
    private final int firstPosition;
    private final PlanRevision prices;
    private final CurrencyUnit currency;
    private final List<Fee> fees = new ArrayList<>();

    private Rating(UUID invoiceId, BilledSubscription billed, Instant now, int firstPosition) {
        this.invoiceId = invoiceId;
        this.billed = billed;
        this.subscription = billed.subscription();
        this.plan = billed.plan();
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
        rating.chargeFees(billed.usage());
        return List.copyOf(rating.fees);
    }

    private void subscriptionFee() {
        var started = subscription.startedAt();
        if (prices.amountCents() == 0 || started == null) return;
        var whole = billed.schedule().fee().containing(period.to().minusNanos(1));
        var proration = SubscriptionTerm.startingAt(started)
                .terminatedAt(subscription.end())
                .paid(whole);
        var precise = proration.preciseCents(prices.amountCents());
        var from = started.isAfter(whole.from()) ? started : whole.from();
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
                from,
                period.to(),
                subscription.id(),
                plan.plan().code(),
                plan.plan().name(),
                plan.plan().invoiceDisplayName(),
                null,
                "{}",
                BigDecimal.ONE,
                0,
                currency.amount(precise),
                proration.cents(prices.amountCents()),
                precise,
                0,
                currency.code(),
                Json.write(Map.of("plan_amount_cents", prices.amountCents())),
                now,
                firstPosition + fees.size()));
    }

    /// In the plan's order: each charge's filters, then its default; last what is not in the plan any more.
    private void chargeFees(List<UsageLine> usage) {
        var left = new ArrayList<>(usage);
        for (var charge : prices.chargeList()) {
            var lines = take(left, line -> line.chargeId().equals(charge.id()));
            for (var filter : charge.filters()) {
                chargeFees(charge, filter, take(lines, line -> filter.id().equals(line.filterId())));
            }
            chargeFees(charge, null, take(lines, line -> line.filterId() == null));
            left.addAll(lines);
        }
        for (var line : left) {
            var charge = plan.charge(line.chargeId(), period.to())
                    .orElseThrow(() -> new IllegalStateException("usage of a charge that is not in the plan: " + line));
            var filterId = line.filterId();
            var filter = filterId == null
                    ? null
                    : plan.filter(line.chargeId(), filterId, period.to())
                            .orElseThrow(() ->
                                    new IllegalStateException("usage of a filter that is not in the plan: " + line));
            fee(charge, filter, line);
        }
    }

    private void chargeFees(Charge charge, @Nullable ChargeFilter filter, List<UsageLine> lines) {
        lines.forEach(line -> fee(charge, filter, line));
        // Groups exist by their events only, and what is paid in advance is paid by event.
        boolean isGrouped = PricingGroupKeys.find(properties(charge, filter))
                .filter(PricingGroupKeys.NONE::equals)
                .isEmpty();
        if (lines.isEmpty() && !isGrouped && !charge.payInAdvance()) fee(charge, filter, null);
    }

    private void fee(Charge charge, @Nullable ChargeFilter filter, @Nullable UsageLine line) {
        var history = billed.metrics().get(charge.billableMetricId());
        if (history == null) throw new IllegalStateException("a charge's metric is known");
        var metric = history.pricing(period.to());
        var model = ChargeModel.parse(charge.chargeModel(), properties(charge, filter));
        var price = model.price(line == null ? Usage.NONE : usage(line, metric));
        if (line == null && price.amount().signum() == 0) return;
        fees.add(fee(charge, filter, history.metric(), line, price));
    }

    private Usage usage(UsageLine line, BillableMetricRevision metric) {
        var aggregation = Aggregation.parse(metric.aggregationType())
                .orElseThrow(() -> new IllegalStateException("unknown aggregation " + metric.aggregationType()));
        var units = MetricRounding.of(metric.roundingFunction(), metric.roundingPrecision())
                .apply(line.units(aggregation));
        return Usage.of(units, line.events()).withPreciseTotalAmount(currency.amount(line.preciseTotalAmountCents()));
    }

    private Fee fee(
            Charge charge,
            @Nullable ChargeFilter filter,
            BillableMetric metric,
            @Nullable UsageLine line,
            Price price) {
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
                line == null ? 0 : line.events(),
                price.unitAmount(),
                currency.cents(price.amount()),
                currency.preciseCents(price.amount()),
                0,
                currency.code(),
                Json.write(Details.of(price.details())),
                now,
                firstPosition + fees.size());
    }

    /// A filter is priced by its own properties, in the charge's model.
    private static Map<String, Object> properties(Charge charge, @Nullable ChargeFilter filter) {
        return filter == null ? charge.properties() : filter.properties();
    }

    private static List<UsageLine> take(List<UsageLine> lines, Predicate<UsageLine> which) {
        var taken = lines.stream().filter(which).toList();
        lines.removeAll(taken);
        return new ArrayList<>(taken);
    }
}
