package io.millrace.standalone.demo;

import static java.util.Objects.requireNonNull;

import io.millrace.standalone.demo.PriceList.Charge;
import io.millrace.standalone.demo.PriceList.Metric;
import io.millrace.standalone.demo.PriceList.Price;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.YearMonth;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The month's bill, worked out a second time by the plainest means: one pass over the generated events, with
/// nothing of the pipeline and nothing of its libraries.
final class ReferenceBiller {
    private static final BigDecimal LIMIT = BigDecimal.TEN.pow(20);
    private static final String NO_MODEL = "";

    private ReferenceBiller() {}

    /// @param code of the metric, or of the plan for its subscription fee
    /// @param model the charge filter's value of `model`; empty is the charge's default price
    record Line(YearMonth month, String subscription, String code, String model) implements Comparable<Line> {
        @Override
        public int compareTo(Line other) {
            return toString().compareTo(other.toString());
        }
    }

    record Amount(BigDecimal units, long cents) {}

    static Map<Line, Amount> bill(PriceList prices, Collection<Usage> usages) {
        var agreements = prices.agreements();
        var units = new TreeMap<Line, BigDecimal>();
        var seen = new HashSet<Object>();
        for (var usage : usages) {
            var agreement = agreements.get(usage.externalSubscriptionId());
            if (agreement == null || agreement.charge(usage.code()).isEmpty()) continue;
            var charge = agreement.charge(usage.code()).get();
            var metric = prices.metric(usage.code());
            var value = value(metric, usage);
            var month =
                    YearMonth.from(usage.timestamp().atZone(agreement.customer().zone()));
            if (value.isEmpty() || !prices.months().contains(month)) continue;
            var line = new Line(month, usage.externalSubscriptionId(), usage.code(), model(charge, metric, usage));
            boolean first = seen.add(Map.entry(usage.externalSubscriptionId(), usage.transactionId()));
            boolean counts = !metric.aggregation().equals("unique_count_agg")
                    || first && seen.add(Map.entry(line, usage.properties().get(metric.field())));
            if (first) units.merge(line, counts ? value.get() : BigDecimal.ZERO, BigDecimal::add);
        }
        var bill = new TreeMap<Line, Amount>();
        agreements.forEach((subscription, agreement) -> {
            var plan = agreement.plan();
            if (plan.amountCents() > 0) {
                for (var month : prices.months()) {
                    var line = new Line(month, subscription, plan.code(), NO_MODEL);
                    bill.put(line, new Amount(BigDecimal.ONE, plan.amountCents()));
                }
            }
        });
        units.forEach((line, total) -> {
            var agreement = requireNonNull(agreements.get(line.subscription()));
            var charge = agreement.charge(line.code()).orElseThrow();
            var price = charge.byModel().getOrDefault(line.model(), charge.otherwise());
            var amount = price(price, total).movePointRight(agreement.plan().minorDigits());
            bill.put(
                    line,
                    new Amount(total, amount.setScale(0, RoundingMode.HALF_UP).longValueExact()));
        });
        return bill;
    }

    private static Optional<BigDecimal> value(Metric metric, Usage usage) {
        if (metric.field() == null) return Optional.of(BigDecimal.ONE);
        var text = usage.properties().get(metric.field());
        if (metric.aggregation().equals("unique_count_agg"))
            return Optional.ofNullable(text).map(_ -> BigDecimal.ONE);
        return Optional.ofNullable(text)
                .filter(number -> number.matches("-?[0-9]+(\\.[0-9]{1,18})?"))
                .map(BigDecimal::new)
                .filter(number -> number.abs().compareTo(LIMIT) < 0);
    }

    private static String model(Charge charge, Metric metric, Usage usage) {
        var model = usage.properties().getOrDefault("model", NO_MODEL);
        if (charge.byModel().containsKey(model)) return model;
        boolean wildcard = charge.byModel().containsKey(PriceList.EVERY_DECLARED_VALUE);
        return wildcard && metric.models().contains(model) ? PriceList.EVERY_DECLARED_VALUE : NO_MODEL;
    }

    private static BigDecimal price(Price price, BigDecimal units) {
        var amount = BigDecimal.ZERO;
        var below = BigDecimal.ZERO;
        for (var tier : price.tiers()) {
            var top = tier.upTo() == null ? units : units.min(BigDecimal.valueOf(tier.upTo()));
            amount = amount.add(top.subtract(below).multiply(tier.perUnit())).add(tier.flat());
            if (top.compareTo(units) == 0) break;
            below = top;
        }
        return amount;
    }
}
