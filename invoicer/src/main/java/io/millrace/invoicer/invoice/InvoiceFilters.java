package io.millrace.invoicer.invoice;

import io.micronaut.http.HttpRequest;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Selection;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;

/// Which invoices a list is of, by the contract's parameters.
final class InvoiceFilters {
    private InvoiceFilters() {}

    /// @throws io.millrace.invoicer.contract.Refusal.Invalid if a date or an amount is none
    static Selection selection(UUID organization, HttpRequest<?> request) {
        var selection = Selection.of("invoices", organization);
        var fields = Fields.ofParameters(request);
        date(selection, fields, "issuing_date_from", "t.issuing_date >= ?");
        date(selection, fields, "issuing_date_to", "t.issuing_date <= ?");
        amount(selection, fields, "amount_from", "t.total_amount_cents >= ?");
        amount(selection, fields, "amount_to", "t.total_amount_cents <= ?");
        for (var name : new String[] {"currency", "invoice_type", "number", "payment_status", "status"}) {
            var value = fields.text(name);
            if (value != null && !value.isEmpty()) selection.where("t.%s = ?".formatted(name), value);
        }
        selection
                .whereOneOf("t.payment_status", fields.listed("payment_statuses"))
                .whereOneOf("t.status", fields.listed("statuses"))
                .ofBillingEntities(fields);
        var term = fields.text("search_term");
        if (term != null) {
            selection.whereFound(
                    term, "t.id::text", "t.number", customers("name"), customers("external_id"), customers("email"));
        }
        fields.refuseViolations();
        return selection;
    }

    private static String customers(String column) {
        return "(select c.%s from customers c where c.id = t.customer_id)".formatted(column);
    }

    private static void date(Selection selection, Fields fields, String name, String condition) {
        var instant = fields.instant(name);
        if (instant != null) selection.where(condition, LocalDate.ofInstant(instant, ZoneOffset.UTC));
    }

    private static void amount(Selection selection, Fields fields, String name, String condition) {
        var text = fields.text(name);
        if (text == null || text.isEmpty()) return;
        if (text.matches("[0-9]{1,18}")) selection.where(condition, Long.parseLong(text));
        else fields.violated(name, "invalid_format");
    }
}
