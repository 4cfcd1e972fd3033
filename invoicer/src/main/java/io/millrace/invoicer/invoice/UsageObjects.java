package io.millrace.invoicer.invoice;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.millrace.invoicer.catalog.ChargeFilter;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A period's usage as the API shows it, whether it is billed or not.
final class UsageObjects {
    private UsageObjects() {}

    /// What was used and is owed under one charge, filter and group.
    ///
    /// @param filter null for the charge's default price
    /// @param totalUnits units that stand in the end: of a weighted sum its level, of prorated units the full ones
    record Used(
            PricedCharge charge,
            @Nullable ChargeFilter filter,
            Map<String, ?> groupedBy,
            BigDecimal units,
            BigDecimal totalUnits,
            long events,
            long amountCents) {}

    @Wire
    record ChargeShown(
            String lagoId, String chargeModel, @Nullable String invoiceDisplayName) {}

    @Wire
    record MetricShown(String lagoId, String name, String code, String aggregationType) {}

    @Wire
    record CustomerUsageObject(
            String fromDatetime,
            String toDatetime,
            String issuingDate,
            @Nullable String lagoInvoiceId,
            String currency,
            long amountCents,
            long totalAmountCents,
            long taxesAmountCents,
            List<ChargeUsageObject> chargesUsage) {}

    @Wire
    record ChargeUsageObject(
            String units,
            String totalAggregatedUnits,
            long eventsCount,
            long amountCents,
            String amountCurrency,
            @Nullable Object pricingUnitDetails,
            ChargeShown charge,
            MetricShown billableMetric,
            List<FilterUsageObject> filters,
            List<GroupUsageObject> groupedUsage) {}

    /// @param values null for the charge's default price
    @Wire
    record FilterUsageObject(
            String units,
            String totalAggregatedUnits,
            long amountCents,
            long eventsCount,
            @Nullable Object pricingUnitDetails,
            @Nullable String invoiceDisplayName,
            @Nullable Map<String, ?> values) {}

    @Wire
    record GroupUsageObject(
            long amountCents,
            long eventsCount,
            String units,
            String totalAggregatedUnits,
            @Nullable Object pricingUnitDetails,
            Map<String, ?> groupedBy,
            List<FilterUsageObject> filters) {}

    /// @param issuingDate of the invoice that the usage is or will be on
    /// @param invoiceId null while it is on none
    /// @param taxesCents on all of the usage
    static CustomerUsageObject of(
            TimeSpan period,
            LocalDate issuingDate,
            @Nullable UUID invoiceId,
            String currency,
            List<Used> usage,
            long taxesCents) {
        var byCharge =
                usage.stream().collect(groupingBy(used -> used.charge().charge().id(), LinkedHashMap::new, toList()));
        long amount = total(usage).amountCents();
        return new CustomerUsageObject(
                Shown.time(period.from()),
                Shown.end(period.to()),
                issuingDate.toString(),
                invoiceId == null ? null : invoiceId.toString(),
                currency,
                amount,
                Math.addExact(amount, taxesCents),
                taxesCents,
                byCharge.values().stream().map(each -> charge(each, currency)).toList());
    }

    private static ChargeUsageObject charge(List<Used> usage, String currency) {
        var total = total(usage);
        var priced = usage.getFirst().charge();
        var charge = priced.charge();
        var metric = priced.metric();
        return new ChargeUsageObject(
                Shown.decimal(total.units),
                Shown.decimal(total.totalUnits),
                total.events,
                total.amountCents,
                currency,
                null,
                new ChargeShown(charge.id().toString(), charge.chargeModel(), charge.invoiceDisplayName()),
                new MetricShown(
                        metric.id().toString(),
                        metric.name(),
                        metric.code(),
                        priced.terms().aggregationType()),
                filters(usage),
                groups(usage));
    }

    /// Each filter with what all its groups used, and the default price last.
    private static List<FilterUsageObject> filters(List<Used> usage) {
        if (usage.stream().allMatch(used -> used.filter() == null)) return List.of();
        var byFilter = usage.stream()
                .collect(groupingBy(used -> Optional.ofNullable(used.filter()), LinkedHashMap::new, toList()));
        return byFilter.values().stream().map(UsageObjects::filter).toList();
    }

    private static FilterUsageObject filter(List<Used> usage) {
        var total = total(usage);
        var filter = usage.getFirst().filter();
        return new FilterUsageObject(
                Shown.decimal(total.units),
                Shown.decimal(total.totalUnits),
                total.amountCents,
                total.events,
                null,
                filter == null ? null : filter.invoiceDisplayName(),
                filter == null ? null : filter.values());
    }

    private static List<GroupUsageObject> groups(List<Used> usage) {
        var byGroup = usage.stream()
                .filter(used -> !used.groupedBy().isEmpty())
                .collect(groupingBy(Used::groupedBy, LinkedHashMap::new, toList()));
        return byGroup.values().stream().map(UsageObjects::group).toList();
    }

    private static GroupUsageObject group(List<Used> usage) {
        var total = total(usage);
        return new GroupUsageObject(
                total.amountCents,
                total.events,
                Shown.decimal(total.units),
                Shown.decimal(total.totalUnits),
                null,
                usage.getFirst().groupedBy(),
                filters(usage));
    }

    private record Total(BigDecimal units, BigDecimal totalUnits, long events, long amountCents) {
        Total plus(Used used) {
            return new Total(
                    units.add(used.units()),
                    totalUnits.add(used.totalUnits()),
                    events + used.events(),
                    Math.addExact(amountCents, used.amountCents()));
        }
    }

    private static Total total(List<Used> usage) {
        var total = new Total(BigDecimal.ZERO, BigDecimal.ZERO, 0, 0);
        for (var used : usage) total = total.plus(used);
        return total;
    }
}
