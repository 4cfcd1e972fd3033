package io.millrace.standalone.demo;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.standalone.Api;
import io.millrace.standalone.demo.ReferenceBiller.Amount;
import io.millrace.standalone.demo.ReferenceBiller.Line;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// All invoices of the demo as the API serves them.
record Bill(List<Invoice> invoices) {

    record Invoice(String number, String customer, YearMonth month, String currency, long totalCents, List<Fee> fees) {
        TreeSet<String> subscriptions() {
            var ids = new TreeSet<String>();
            fees.forEach(fee -> ids.add(fee.line().subscription()));
            return ids;
        }
    }

    /// @param filters the charge filter's values; an empty object for the default price
    record Fee(Line line, JsonNode filters, Amount amount) {}

    static Bill fetch(Api api, PriceList prices) throws IOException, InterruptedException {
        var agreements = prices.agreements();
        var invoices = new ArrayList<Invoice>();
        var whole = Api.together(api.list("/invoices", "invoices").stream()
                .<Api.Request<JsonNode>>map(listed ->
                        () -> api.get("/invoices/" + listed.path("lago_id").asText()))
                .toList());
        for (var answer : whole) {
            var json = answer.path("invoice");
            var fees = new ArrayList<Fee>();
            for (var fee : json.path("fees")) {
                var subscription = fee.path("external_subscription_id").asText();
                var zone =
                        requireNonNull(agreements.get(subscription)).customer().zone();
                var from = OffsetDateTime.parse(fee.path("from_date").asText());
                var filters = fee.path("item").path("filters");
                var line = new Line(
                        YearMonth.from(from.atZoneSameInstant(zone)),
                        subscription,
                        fee.path("item").path("code").asText(),
                        filters.path("model").path(0).asText(""));
                var amount = new Amount(
                        new BigDecimal(fee.path("units").asText()),
                        fee.path("amount_cents").longValue());
                fees.add(new Fee(line, filters.isObject() ? filters : Api.object(), amount));
            }
            fees.sort(Comparator.comparing(Fee::line));
            invoices.add(new Invoice(
                    json.path("number").asText(),
                    json.path("customer").path("external_id").asText(),
                    fees.isEmpty()
                            ? prices.months().first()
                            : fees.getFirst().line().month(),
                    json.path("currency").asText(),
                    json.path("total_amount_cents").longValue(),
                    fees));
        }
        invoices.sort(Comparator.comparing(Invoice::month).thenComparing(Invoice::customer));
        return new Bill(invoices);
    }

    /// Where this bill and the reference differ, a sentence each; empty means exact.
    List<String> differences(Map<Line, Amount> reference) {
        var differences = new ArrayList<String>();
        var billed = new TreeMap<Line, Amount>();
        for (var invoice : invoices) {
            long sum = 0;
            for (var fee : invoice.fees()) {
                sum += fee.amount().cents();
                if (billed.put(fee.line(), fee.amount()) != null) differences.add(fee.line() + " is billed twice");
            }
            if (sum != invoice.totalCents()) {
                differences.add("invoice %s: fees add up to %d, its total is %d"
                        .formatted(invoice.number(), sum, invoice.totalCents()));
            }
        }
        reference.forEach((line, expected) -> {
            var found = billed.remove(line);
            if (found == null) {
                differences.add("%s is not billed, the reference has %s".formatted(line, expected));
            } else if (found.cents() != expected.cents() || found.units().compareTo(expected.units()) != 0) {
                differences.add("%s is billed %s, the reference has %s".formatted(line, found, expected));
            }
        });
        billed.forEach((line, amount) -> {
            if (amount.cents() != 0 || amount.units().signum() != 0) {
                differences.add("%s is billed %s, the reference has nothing".formatted(line, amount));
            }
        });
        return differences;
    }
}
