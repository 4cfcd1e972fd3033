package io.millrace.standalone.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.standalone.Api;
import io.millrace.standalone.demo.Bill.Fee;
import io.millrace.standalone.demo.Bill.Invoice;
import java.math.BigDecimal;
import java.text.NumberFormat;
import java.util.Collection;
import java.util.Currency;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// The bill for people, as tables, and for programs, as JSON.
final class Report {
    private static final String ROW = "  %-18s %-15s %-28s %18s %16s%n";

    private Report() {}

    static String table(Invoice invoice) {
        var table = new StringBuilder();
        table.append("%n  Invoice %s   %s   %s%n".formatted(invoice.number(), invoice.customer(), invoice.month()));
        table.append(ROW.formatted("subscription", "item", "filter", "units", invoice.currency()));
        table.append("  ").append("─".repeat(99)).append('\n');
        for (var fee : invoice.fees()) {
            table.append(ROW.formatted(
                    fee.line().subscription(),
                    fee.line().code(),
                    filter(fee),
                    number(fee.amount().units()),
                    money(fee.amount().cents(), invoice.currency())));
        }
        table.append("  ").append("─".repeat(99)).append('\n');
        table.append(ROW.formatted("", "", "", "total", money(invoice.totalCents(), invoice.currency())));
        return table.toString();
    }

    private static String filter(Fee fee) {
        return fee.filters().properties().stream()
                .map(filter -> filter.getKey() + " = "
                        + StreamSupport.stream(filter.getValue().spliterator(), false)
                                .map(value ->
                                        value.asText().equals(PriceList.EVERY_DECLARED_VALUE) ? "any" : value.asText())
                                .collect(Collectors.joining(", ")))
                .collect(Collectors.joining("; "));
    }

    static String number(BigDecimal value) {
        var format = NumberFormat.getNumberInstance(Locale.ROOT);
        format.setMaximumFractionDigits(18);
        return format.format(value);
    }

    static String money(long minorUnits, String currency) {
        int digits = Currency.getInstance(currency).getDefaultFractionDigits();
        var format = NumberFormat.getNumberInstance(Locale.ROOT);
        format.setMinimumFractionDigits(digits);
        return format.format(BigDecimal.valueOf(minorUnits, digits));
    }

    /// The invoices in the demo's JSON.
    static void put(ObjectNode json, Collection<Invoice> invoices) {
        var array = json.putArray("invoices");
        for (var invoice : invoices) {
            var node = array.addObject().put("external_customer_id", invoice.customer());
            invoice.subscriptions().forEach(node.putArray("external_subscription_ids")::add);
            node.put("currency", invoice.currency()).put("total_amount_cents", invoice.totalCents());
            var fees = node.putArray("fees");
            for (var fee : invoice.fees()) {
                fees.addObject()
                        .put("external_subscription_id", fee.line().subscription())
                        .put("code", fee.line().code())
                        .<ObjectNode>set("filters", fee.filters())
                        .put("units", plain(fee.amount().units()))
                        .put("amount_cents", fee.amount().cents());
            }
        }
    }

    /// Without exponent and without trailing zeros.
    private static String plain(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    static String line(ObjectNode json) {
        try {
            return Api.JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
