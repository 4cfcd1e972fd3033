package io.millrace.invoicer.invoice;

import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.customer.CustomerObject;
import io.millrace.invoicer.customer.Customers;
import io.millrace.invoicer.invoice.AppliedTax.FeeTaxObject;
import io.millrace.invoicer.invoice.AppliedTax.InvoiceTaxObject;
import io.millrace.invoicer.subscription.Subscription;
import io.millrace.invoicer.subscription.SubscriptionObject;
import io.millrace.invoicer.subscription.SubscriptionObjects;
import io.millrace.invoicer.subscription.Subscriptions;
import io.millrace.invoicer.tax.Taxes;
import io.millrace.rating.money.CurrencyUnit;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Invoices and fees as the API shows them.
@Singleton
class InvoiceObjects {
    private final FeeRepository fees;
    private final BilledPeriods periods;
    private final Customers customers;
    private final Subscriptions subscriptions;
    private final SubscriptionObjects subscriptionObjects;
    private final Taxes taxes;

    InvoiceObjects(
            FeeRepository fees,
            BilledPeriods periods,
            Customers customers,
            Subscriptions subscriptions,
            SubscriptionObjects subscriptionObjects,
            Taxes taxes) {
        this.fees = fees;
        this.periods = periods;
        this.customers = customers;
        this.subscriptions = subscriptions;
        this.subscriptionObjects = subscriptionObjects;
        this.taxes = taxes;
    }

    /// @param watermark not in the contract: up to which offsets of the event topics usage was complete
    /// @param parkedEventsCount not in the contract: events of the periods of which nothing was known then
    @Wire
    record InvoiceObject(
            String lagoId,
            @Nullable String billingEntityCode,
            int sequentialId,
            String number,
            String issuingDate,
            String paymentDueDate,
            int netPaymentTerm,
            boolean paymentOverdue,
            @Nullable String paymentDisputeLostAt,
            String invoiceType,
            String status,
            String paymentStatus,
            String currency,
            long feesAmountCents,
            long progressiveBillingCreditAmountCents,
            long couponsAmountCents,
            long creditNotesAmountCents,
            long subTotalExcludingTaxesAmountCents,
            long taxesAmountCents,
            long subTotalIncludingTaxesAmountCents,
            long prepaidCreditAmountCents,
            long totalAmountCents,
            long totalDueAmountCents,
            long totalPaidAmountCents,
            int versionNumber,
            boolean selfBilled,
            @Nullable String fileUrl,
            @Nullable String xmlUrl,
            String createdAt,
            String updatedAt,
            String finalizedAt,
            @Nullable String voidedAt,
            CustomerObject customer,
            List<Object> metadata,
            List<InvoiceTaxObject> appliedTaxes,
            List<Object> appliedUsageThresholds,
            @Nullable List<FeeObject> fees,
            @Nullable List<Object> credits,
            @Nullable List<SubscriptionObject> subscriptions,
            @Nullable List<BillingPeriodObject> billingPeriods,
            @Nullable List<Object> errorDetails,
            @Nullable Map<String, Object> watermark,
            @Nullable Long parkedEventsCount) {}

    @Wire
    record BillingPeriodObject(
            String lagoSubscriptionId,
            String externalSubscriptionId,
            String lagoPlanId,
            String subscriptionFromDatetime,
            String subscriptionToDatetime,
            String chargesFromDatetime,
            String chargesToDatetime,
            String invoicingReason) {}

    @Wire
    record FeeItem(
            String type,
            String code,
            String name,
            @Nullable String description,
            String invoiceDisplayName,
            @Nullable Map<String, Object> filters,
            @Nullable String filterInvoiceDisplayName,
            String lagoItemId,
            String itemType,
            Map<String, Object> groupedBy) {}

    @Wire
    record FeeObject(
            String lagoId,
            @Nullable String lagoChargeId,
            @Nullable String lagoChargeFilterId,
            @Nullable String lagoFixedChargeId,
            String lagoInvoiceId,
            @Nullable String lagoTrueUpFeeId,
            @Nullable String lagoTrueUpParentFeeId,
            String lagoSubscriptionId,
            String lagoCustomerId,
            String externalCustomerId,
            String externalSubscriptionId,
            FeeItem item,
            boolean payInAdvance,
            boolean invoiceable,
            long amountCents,
            String preciseAmount,
            String preciseTotalAmount,
            String amountCurrency,
            long taxesAmountCents,
            String taxesPreciseAmount,
            BigDecimal taxesRate,
            String totalAggregatedUnits,
            long totalAmountCents,
            String totalAmountCurrency,
            String units,
            @Nullable String description,
            String preciseUnitAmount,
            String preciseCouponsAmountCents,
            long subTotalExcludingTaxesAmountCents,
            String subTotalExcludingTaxesPreciseAmountCents,
            long eventsCount,
            String paymentStatus,
            String createdAt,
            @Nullable String succeededAt,
            @Nullable String failedAt,
            @Nullable String refundedAt,
            @Nullable String eventTransactionId,
            Map<String, Object> amountDetails,
            boolean selfBilled,
            @Nullable Map<String, Object> pricingUnitDetails,
            String fromDate,
            String toDate,
            List<FeeTaxObject> appliedTaxes) {}

    /// As in a list of the organization's invoices: without fees.
    List<InvoiceObject> brief(UUID organization, List<Invoice> invoices) {
        var known = taxes.of(organization);
        var owners = customers.byId(
                invoices.stream().map(Invoice::customerId).distinct().toList());
        var shown = new ArrayList<InvoiceObject>();
        for (var invoice : invoices) {
            var customer = Optional.ofNullable(owners.get(invoice.customerId())).orElseThrow();
            shown.add(object(invoice, CustomerObject.of(customer, known), null, null, null, null));
        }
        return shown;
    }

    /// With fees, subscriptions and periods.
    InvoiceObject whole(Invoice invoice) {
        var customer = customers.get(invoice.customerId());
        var billed = periods.of(invoice.id());
        var found = subscriptions.byId(
                billed.stream().map(BilledPeriod::subscriptionId).toList());
        var shownPeriods = new ArrayList<BillingPeriodObject>();
        var shownSubscriptions = new ArrayList<Subscription>();
        for (var period : billed) {
            var subscription =
                    Optional.ofNullable(found.get(period.subscriptionId())).orElseThrow();
            shownPeriods.add(object(period, subscription));
            shownSubscriptions.add(subscription);
        }
        var billedFees = fees.findByInvoiceIdOrderByPosition(invoice.id());
        var trueUps = trueUps(billedFees);
        var shownFees = billedFees.stream()
                .map(fee -> object(
                        fee, trueUps.get(fee.id()), customer, found.get(fee.subscriptionId()), invoice.paymentStatus()))
                .toList();
        long parked = billed.stream().mapToLong(BilledPeriod::parkedEvents).sum();
        return object(
                invoice,
                customers.shown(customer),
                shownFees,
                subscriptionObjects.of(shownSubscriptions),
                shownPeriods,
                parked);
    }

    /// By the fee that they add to.
    private static Map<UUID, UUID> trueUps(List<Fee> fees) {
        var trueUps = new HashMap<UUID, UUID>();
        for (var fee : fees) {
            if (fee.trueUpParentFeeId() != null) trueUps.put(fee.trueUpParentFeeId(), fee.id());
        }
        return trueUps;
    }

    List<FeeObject> feeObjects(List<Fee> found, Map<UUID, String> paymentStatuses) {
        var owners =
                customers.byId(found.stream().map(Fee::customerId).distinct().toList());
        var theirs = subscriptions.byId(
                found.stream().map(Fee::subscriptionId).distinct().toList());
        var trueUps = trueUps(
                fees.findByTrueUpParentFeeIdIn(found.stream().map(Fee::id).toList()));
        var shown = new ArrayList<FeeObject>();
        for (var fee : found) {
            var customer = Optional.ofNullable(owners.get(fee.customerId())).orElseThrow();
            var status = paymentStatuses.getOrDefault(fee.invoiceId(), "pending");
            shown.add(object(fee, trueUps.get(fee.id()), customer, theirs.get(fee.subscriptionId()), status));
        }
        return shown;
    }

    private static InvoiceObject object(
            Invoice invoice,
            CustomerObject customer,
            @Nullable List<FeeObject> fees,
            @Nullable List<SubscriptionObject> subscriptions,
            @Nullable List<BillingPeriodObject> periods,
            @Nullable Long parked) {
        boolean isWhole = fees != null;
        return new InvoiceObject(
                invoice.id().toString(),
                null,
                invoice.sequentialId(),
                invoice.number(),
                invoice.issuingDate().toString(),
                invoice.paymentDueDate().toString(),
                invoice.netPaymentTerm(),
                false,
                null,
                invoice.invoiceType(),
                invoice.status(),
                invoice.paymentStatus(),
                invoice.currency(),
                invoice.feesAmountCents(),
                0,
                0,
                0,
                invoice.feesAmountCents(),
                invoice.taxesAmountCents(),
                invoice.feesAmountCents() + invoice.taxesAmountCents(),
                0,
                invoice.totalAmountCents(),
                invoice.totalAmountCents(),
                0,
                4,
                false,
                null,
                null,
                Shown.time(invoice.createdAt()),
                Shown.time(invoice.createdAt()),
                Shown.time(invoice.finalizedAt()),
                null,
                customer,
                List.of(),
                invoice.appliedTaxList().stream().map(tax -> tax.on(invoice)).toList(),
                List.of(),
                fees,
                isWhole ? List.of() : null,
                subscriptions,
                periods,
                isWhole ? List.of() : null,
                isWhole ? Json.tree(invoice.watermark()) : null,
                parked);
    }

    private static BillingPeriodObject object(BilledPeriod period, Subscription subscription) {
        return new BillingPeriodObject(
                subscription.id().toString(),
                subscription.externalId(),
                subscription.planId().toString(),
                Shown.time(period.feeFrom()),
                Shown.end(period.feeTo()),
                Shown.time(period.from()),
                Shown.end(period.to()),
                period.invoicingReason());
    }

    private static FeeObject object(
            Fee fee,
            @Nullable UUID trueUpFeeId,
            Customer customer,
            @Nullable Subscription subscription,
            String paymentStatus) {
        if (subscription == null) throw new IllegalStateException("a fee has a subscription");
        var currency = CurrencyUnit.of(fee.amountCurrency());
        var precise = currency.amount(fee.preciseAmountCents());
        var preciseTaxes = currency.amount(fee.preciseTaxesAmountCents());
        Instant created = fee.createdAt();
        return new FeeObject(
                fee.id().toString(),
                text(fee.chargeId()),
                text(fee.chargeFilterId()),
                null,
                fee.invoiceId().toString(),
                text(trueUpFeeId),
                text(fee.trueUpParentFeeId()),
                subscription.id().toString(),
                customer.id().toString(),
                customer.externalId(),
                subscription.externalId(),
                item(fee),
                false,
                true,
                fee.amountCents(),
                Shown.decimal(precise),
                Shown.decimal(precise.add(preciseTaxes)),
                fee.amountCurrency(),
                fee.taxesAmountCents(),
                Shown.decimal(preciseTaxes),
                fee.taxesRate(),
                Shown.decimal(fee.units()),
                fee.amountCents() + fee.taxesAmountCents(),
                fee.amountCurrency(),
                Shown.decimal(fee.units()),
                null,
                Shown.decimal(fee.unitAmount()),
                "0.0",
                fee.amountCents(),
                Shown.decimal(fee.preciseAmountCents()),
                fee.eventsCount(),
                paymentStatus,
                Shown.time(created),
                null,
                null,
                null,
                null,
                Json.tree(fee.amountDetails()),
                false,
                null,
                Shown.time(fee.periodFrom()),
                Shown.end(fee.periodTo()),
                fee.appliedTaxList().stream().map(tax -> tax.on(fee)).toList());
    }

    private static FeeItem item(Fee fee) {
        boolean isCharge = fee.feeType().equals(Fee.CHARGE);
        var display = fee.invoiceDisplayName();
        return new FeeItem(
                fee.feeType(),
                fee.itemCode(),
                fee.itemName(),
                null,
                display == null ? fee.itemName() : display,
                fee.chargeFilterId() == null ? null : Json.tree(fee.filterValues()),
                fee.filterDisplayName(),
                fee.itemId().toString(),
                isCharge ? "BillableMetric" : "Subscription",
                Json.tree(fee.groupedBy()));
    }

    private static @Nullable String text(@Nullable UUID id) {
        return id == null ? null : id.toString();
    }
}
