package io.millrace.invoicer.invoice;

import io.millrace.invoicer.audit.Activities;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.customer.Customer;
import io.millrace.invoicer.customer.CustomerObject;
import io.millrace.invoicer.invoice.TaxedFees.Untaxed;
import io.millrace.invoicer.progress.Watermark;
import io.millrace.invoicer.tax.Taxes;
import io.millrace.invoicer.webhook.Webhooks;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Turns what is billed together into an invoice, and tells of it. Always inside the transaction that moves the
/// cursors.
@Singleton
class Invoicing {
    private final InvoiceRepository invoices;
    private final FeeRepository fees;
    private final BilledPeriods periods;
    private final InvoiceObjects objects;
    private final Taxes taxes;
    private final Webhooks webhooks;
    private final Activities activities;
    private final Clocks clocks;

    Invoicing(
            InvoiceRepository invoices,
            FeeRepository fees,
            BilledPeriods periods,
            InvoiceObjects objects,
            Taxes taxes,
            Webhooks webhooks,
            Activities activities,
            Clocks clocks) {
        this.invoices = invoices;
        this.fees = fees;
        this.periods = periods;
        this.objects = objects;
        this.taxes = taxes;
        this.webhooks = webhooks;
        this.activities = activities;
        this.clocks = clocks;
    }

    /// @param billed not empty
    void issue(Customer customer, List<BilledSubscription> billed, Instant dueAt, Watermark watermark) {
        var first = billed.getFirst();
        var id = Ids.of("invoice", first.subscription().id(), first.period().from(), first.reason());
        var now = clocks.system();
        var customersTaxes = FeeTaxes.of(customer, taxes.of(customer.organizationId()));
        var rated = new ArrayList<Untaxed>();
        for (var each : billed) rated.addAll(Rating.fees(id, each, customersTaxes, now, rated.size()));
        // A plan paid in advance that begins for free.
        if (rated.isEmpty() && billed.stream().allMatch(BilledSubscription::isStarting)) return;
        var currency = first.agreement().plan().pricing(first.period().to()).amountCurrency();
        var taxed = TaxedFees.of(currency, rated);
        var totals = taxed.totals();

        int number = invoices.nextNumber(customer.id());
        var issued = LocalDate.ofInstant(dueAt, customer.zone());
        int term = customer.paymentTerm();
        var invoice = invoices.save(new Invoice(
                id,
                customer.organizationId(),
                customer.id(),
                number,
                "%s-%03d".formatted(CustomerObject.slug(customer), number),
                "subscription",
                "finalized",
                totals.totalCents() == 0 ? "succeeded" : "pending",
                currency,
                issued,
                issued.plusDays(term),
                term,
                totals.feesCents(),
                totals.taxesCents(),
                totals.totalCents(),
                Json.write(taxed.applied()),
                Json.write(watermark.offsets()),
                now,
                now));
        billed.forEach(each -> periods.save(each.on(id)));
        fees.saveAll(taxed.fees());
        webhooks.tell(customer.organizationId(), "invoice.created", "invoice", id, () -> objects.whole(invoice));
        activities.bySystem(
                customer.organizationId(), "invoice.created", "invoice", id, Map.of(), brief(invoice, customer));
    }

    /// What tells an invoice from others; its fees are on the invoice.
    private static Map<String, Object> brief(Invoice invoice, Customer customer) {
        return Map.of(
                "lago_id",
                invoice.id().toString(),
                "number",
                invoice.number(),
                "external_customer_id",
                customer.externalId(),
                "status",
                invoice.status(),
                "currency",
                invoice.currency(),
                "total_amount_cents",
                invoice.totalAmountCents());
    }
}
