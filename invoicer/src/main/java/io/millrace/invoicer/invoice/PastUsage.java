package io.millrace.invoicer.invoice;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import io.millrace.invoicer.catalog.ChargeFilter;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.invoice.Agreements.Agreement;
import io.millrace.invoicer.invoice.UsageObjects.CustomerUsageObject;
import io.millrace.invoicer.invoice.UsageObjects.Used;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.subscription.Subscriptions;
import io.millrace.rating.period.TimeSpan;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The usage of billed periods: what their invoices say of it.
@Singleton
class PastUsage {
    private final BilledPeriods periods;
    private final InvoiceRepository invoices;
    private final FeeRepository fees;
    private final Subscriptions subscriptions;
    private final Agreements agreements;

    PastUsage(
            BilledPeriods periods,
            InvoiceRepository invoices,
            FeeRepository fees,
            Subscriptions subscriptions,
            Agreements agreements) {
        this.periods = periods;
        this.invoices = invoices;
        this.fees = fees;
        this.subscriptions = subscriptions;
        this.agreements = agreements;
    }

    long count(Customer customer, String externalSubscriptionId) {
        return periods.count(customer.id(), externalSubscriptionId);
    }

    /// The latest first.
    ///
    /// @param metricCode null for usage of all metrics
    List<CustomerUsageObject> of(
            Customer customer, String externalSubscriptionId, @Nullable String metricCode, long offset, int most) {
        var billed = periods.of(customer.id(), externalSubscriptionId, offset, most);
        var ids = billed.stream().map(BilledPeriod::invoiceId).distinct().toList();
        if (ids.isEmpty()) return List.of();
        var on = invoices.findByIdIn(ids).stream().collect(toMap(Invoice::id, Function.identity()));
        var theirs = subscriptions.byId(
                billed.stream().map(BilledPeriod::subscriptionId).distinct().toList());
        var agreed = agreements.of(
                theirs.values().stream().map(Subscription::planId).distinct().toList());
        var charged = fees.findByInvoiceIdInOrderByPosition(ids).stream()
                // What adds up to a minimum is no usage.
                .filter(fee -> fee.chargeId() != null && fee.trueUpParentFeeId() == null)
                .filter(fee -> metricCode == null || metricCode.equals(fee.itemCode()))
                .collect(groupingBy(PastUsage::place));
        // To read a plan's revisions takes longer than all else.
        var known = new HashMap<List<Object>, PricedCharge>();
        return billed.stream()
                .map(period -> {
                    var agreement = Optional.ofNullable(theirs.get(period.subscriptionId()))
                            .map(subscription -> agreed.get(subscription.planId()))
                            .orElseThrow();
                    var invoice =
                            Optional.ofNullable(on.get(period.invoiceId())).orElseThrow();
                    var theirFees = charged.getOrDefault(place(period), List.of());
                    var used = theirFees.stream()
                            .map(fee -> used(
                                    fee,
                                    known.computeIfAbsent(
                                            List.of(chargeId(fee), fee.periodTo()), ignored -> charge(fee, agreement))))
                            .toList();
                    return UsageObjects.of(
                            new TimeSpan(period.from(), period.to()),
                            invoice.issuingDate(),
                            invoice.id(),
                            invoice.currency(),
                            used,
                            theirFees.stream().mapToLong(Fee::taxesAmountCents).sum());
                })
                .toList();
    }

    private static List<Object> place(BilledPeriod period) {
        return List.of(period.invoiceId(), period.subscriptionId(), period.from());
    }

    private static List<Object> place(Fee fee) {
        return List.of(fee.invoiceId(), fee.subscriptionId(), fee.periodFrom());
    }

    private static UUID chargeId(Fee fee) {
        return Optional.ofNullable(fee.chargeId()).orElseThrow();
    }

    private static PricedCharge charge(Fee fee, Agreement agreement) {
        var charge = agreement.plan().charge(chargeId(fee), fee.periodTo()).orElseThrow();
        return agreement.priced(charge, fee.periodTo());
    }

    private static Used used(Fee fee, PricedCharge charge) {
        return new Used(
                charge,
                filter(fee),
                Json.tree(fee.groupedBy()),
                fee.units(),
                fee.units(),
                fee.eventsCount(),
                fee.amountCents());
    }

    /// As it was when it was billed.
    private static @Nullable ChargeFilter filter(Fee fee) {
        var id = fee.chargeFilterId();
        if (id == null) return null;
        var values = new HashMap<String, List<String>>();
        Json.tree(fee.filterValues())
                .forEach((key, accepted) -> values.put(
                        key,
                        accepted instanceof List<?> list
                                ? list.stream().map(String::valueOf).toList()
                                : List.of()));
        return new ChargeFilter(id, fee.createdAt(), values, Map.of(), fee.filterDisplayName());
    }
}
