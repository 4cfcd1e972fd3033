package io.millrace.invoicer.invoice;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.millrace.invoicer.catalog.ChargeFilter;
import io.millrace.invoicer.invoice.Agreements.Agreement;
import io.millrace.invoicer.usage.UsageLine;
import io.millrace.rating.charge.Price;
import io.millrace.rating.filter.PricingGroupKeys;
import io.millrace.rating.money.CurrencyUnit;
import io.millrace.rating.period.BillingPeriod;
import io.millrace.rating.period.TimeSpan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the usage of a subscription costs in a period, under one charge, filter and group.
///
/// ```
///  usage lines ─▶ charge and filter as priced at the period's last instant ─▶ units ─▶ price
///  no usage    ─▶ what a charge costs without any, such as a first tier's flat amount
/// ```
///
/// @param filter null for the charge's default price
/// @param line null without usage
record PricedUsage(
        PricedCharge charge,
        @Nullable ChargeFilter filter,
        @Nullable UsageLine line,
        Price price) {

    private record Place(UUID chargeId, @Nullable UUID filterId) {}

    /// In the plan's order: each charge's filters, then its default; last what is not in the plan any more.
    ///
    /// @param whole the billing period that the period is a part of, or all of
    /// @throws IllegalStateException if usage is of a charge that the plan never had: nothing goes silently
    /// unbilled
    static List<PricedUsage> of(Agreement agreement, TimeSpan period, BillingPeriod whole, List<UsageLine> usage) {
        var prices = agreement.plan().pricing(period.to());
        var currency = CurrencyUnit.of(prices.amountCurrency());
        var left = usage.stream()
                .collect(groupingBy(line -> new Place(line.chargeId(), line.filterId()), LinkedHashMap::new, toList()));
        var priced = new ArrayList<PricedUsage>();
        for (var charge : prices.chargeList()) {
            var each = agreement.priced(charge, period.to());
            var filters = new ArrayList<@Nullable ChargeFilter>(charge.filters());
            filters.add(null);
            for (var filter : filters) {
                var lines = left.remove(new Place(charge.id(), filter == null ? null : filter.id()));
                if (lines != null) {
                    for (var line : lines) priced.add(of(each, filter, line, period, whole, currency));
                } else if (costsWithoutUsage(each, filter)) {
                    priced.add(of(each, filter, null, period, whole, currency));
                }
            }
        }
        left.forEach((place, lines) -> {
            var charge = agreement
                    .plan()
                    .charge(place.chargeId(), period.to())
                    .orElseThrow(
                            () -> new IllegalStateException("usage of a charge that is not in the plan: " + lines));
            var filter = place.filterId() == null
                    ? null
                    : agreement
                            .plan()
                            .filter(place.chargeId(), place.filterId(), period.to())
                            .orElseThrow(() ->
                                    new IllegalStateException("usage of a filter that is not in the plan: " + lines));
            var each = agreement.priced(charge, period.to());
            for (var line : lines) priced.add(of(each, filter, line, period, whole, currency));
        });
        return priced;
    }

    private static PricedUsage of(
            PricedCharge charge,
            @Nullable ChargeFilter filter,
            @Nullable UsageLine line,
            TimeSpan period,
            BillingPeriod whole,
            CurrencyUnit currency) {
        var measured = line == null ? null : line.measured();
        return new PricedUsage(charge, filter, line, charge.price(filter, measured, period, whole, currency));
    }

    /// Groups exist by their events only, and what is paid in advance is paid by event.
    private static boolean costsWithoutUsage(PricedCharge charge, @Nullable ChargeFilter filter) {
        var properties = filter == null ? charge.charge().properties() : filter.properties();
        return !charge.charge().payInAdvance()
                && PricingGroupKeys.find(properties)
                        .filter(PricingGroupKeys.NONE::equals)
                        .isPresent();
    }

    long events() {
        return line == null ? 0 : line.events();
    }
}
