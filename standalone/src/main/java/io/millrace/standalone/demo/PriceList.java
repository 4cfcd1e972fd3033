package io.millrace.standalone.demo;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a vendor sells and to whom: the one source of the demo's catalogue, its events and its reference bill.
///
/// @param months the billed months, in each customer's own zone
record PriceList(SortedSet<YearMonth> months, List<Metric> metrics, List<Plan> plans, List<Customer> customers) {
    /// Every declared value, in the API's spelling.
    static final String EVERY_DECLARED_VALUE = "__ALL_FILTER_VALUES__";

    /// @param field the measured property; null for a count
    /// @param models declared values of the filter `model`; empty where the metric has no filter
    record Metric(
            String code,
            String name,
            String aggregation,
            @Nullable String field,
            List<String> models) {}

    /// @param amountCents subscription fee of a month, in minor units
    record Plan(String code, String currency, int minorDigits, long amountCents, List<Charge> charges) {}

    /// A metric's price in a plan.
    ///
    /// @param byModel prices of single models or of [#EVERY_DECLARED_VALUE]
    /// @param otherwise price of every other event
    record Charge(String metric, Price otherwise, Map<String, Price> byModel) {}

    /// Tiers in order; one open tier without a flat amount is a standard price, everything else is graduated.
    record Price(List<Tier> tiers) {
        static Price perUnit(String amount) {
            return new Price(List.of(new Tier(null, new BigDecimal(amount), BigDecimal.ZERO)));
        }

        static Price graduated(Tier... tiers) {
            return new Price(List.of(tiers));
        }

        boolean isStandard() {
            return tiers.size() == 1 && tiers.getFirst().flat().signum() == 0;
        }
    }

    /// @param upTo last unit of the tier, inclusive; null for the open one
    record Tier(@Nullable Long upTo, BigDecimal perUnit, BigDecimal flat) {
        static Tier of(@Nullable Long upTo, String perUnit, String flat) {
            return new Tier(upTo, new BigDecimal(perUnit), new BigDecimal(flat));
        }
    }

    record Customer(String externalId, String name, ZoneId zone, List<Subscription> subscriptions) {}

    /// @param startsLate true if the subscription is created only after its first events have come in
    record Subscription(String externalId, String plan, Instant startedAt, boolean startsLate) {}

    /// Who uses under an external subscription id, and on what terms.
    record Agreement(Customer customer, Subscription subscription, Plan plan) {
        Optional<Charge> charge(String metric) {
            return plan.charges().stream()
                    .filter(charge -> charge.metric().equals(metric))
                    .findFirst();
        }
    }

    /// All agreements by external subscription id.
    Map<String, Agreement> agreements() {
        var agreements = new LinkedHashMap<String, Agreement>();
        for (var customer : customers) {
            for (var subscription : customer.subscriptions()) {
                var agreement = new Agreement(customer, subscription, plan(subscription.plan()));
                agreements.put(subscription.externalId(), agreement);
            }
        }
        return agreements;
    }

    Plan plan(String code) {
        return plans.stream()
                .filter(plan -> plan.code().equals(code))
                .findFirst()
                .orElseThrow();
    }

    Metric metric(String code) {
        return metrics.stream()
                .filter(metric -> metric.code().equals(code))
                .findFirst()
                .orElseThrow();
    }

    /// An AI API vendor with token prices by model, graduated volume and three currencies.
    static PriceList aiVendor() {
        var models = List.of("large", "medium", "small");
        var metrics = List.of(
                new Metric("input_tokens", "Input tokens", "sum_agg", "tokens", models),
                new Metric("output_tokens", "Output tokens", "sum_agg", "tokens", models),
                new Metric("requests", "Requests", "count_agg", null, List.of()),
                new Metric("unique_users", "Unique users", "unique_count_agg", "user_id", List.of()));
        var plans = List.of(
                new Plan(
                        "pay_as_you_go",
                        "EUR",
                        2,
                        0,
                        List.of(
                                new Charge(
                                        "input_tokens",
                                        Price.perUnit("0.0000009"),
                                        Map.of(
                                                "large",
                                                Price.perUnit("0.000003"),
                                                EVERY_DECLARED_VALUE,
                                                Price.perUnit("0.00000125"))),
                                new Charge(
                                        "output_tokens",
                                        Price.perUnit("0.0000045"),
                                        Map.of("large", Price.perUnit("0.000015"))),
                                new Charge("requests", Price.perUnit("0.0001"), Map.of()))),
                new Plan(
                        "scale",
                        "USD",
                        2,
                        49_900,
                        List.of(
                                new Charge(
                                        "input_tokens",
                                        Price.graduated(
                                                Tier.of(100_000L, "0.0000025", "0"),
                                                Tier.of(500_000L, "0.000002", "1.5"),
                                                Tier.of(null, "0.0000015", "0")),
                                        Map.of("small", Price.perUnit("0.0000004"))),
                                new Charge(
                                        "output_tokens",
                                        Price.perUnit("0.000008"),
                                        Map.of(EVERY_DECLARED_VALUE, Price.perUnit("0.00001"))),
                                new Charge(
                                        "requests",
                                        Price.graduated(
                                                Tier.of(1_000L, "0", "0"),
                                                Tier.of(2_000L, "0.002", "2"),
                                                Tier.of(null, "0.001", "0")),
                                        Map.of()),
                                new Charge("unique_users", Price.perUnit("0.35"), Map.of()))),
                new Plan(
                        "tokyo_starter",
                        "JPY",
                        0,
                        1_980,
                        List.of(
                                new Charge(
                                        "input_tokens",
                                        Price.perUnit("0.00021"),
                                        Map.of("large", Price.perUnit("0.00047"))),
                                new Charge("output_tokens", Price.perUnit("0.00133"), Map.of()),
                                new Charge(
                                        "unique_users",
                                        Price.graduated(Tier.of(10L, "0", "0"), Tier.of(null, "12.5", "100")),
                                        Map.of()))));
        var month = YearMonth.of(2026, 3);
        return new PriceList(
                new TreeSet<>(List.of(month)),
                metrics,
                plans,
                List.of(
                        customer(month, "aurora_labs", "Aurora Labs", "Europe/Paris", "pay_as_you_go", false),
                        customer(month, "blue_heron", "Blue Heron Software", "Europe/Berlin", "pay_as_you_go", true),
                        customer(month, "cobalt", "Cobalt Research", "UTC", "pay_as_you_go", false),
                        customer(month, "driftwood", "Driftwood Media", "America/New_York", "scale", false),
                        twoSubscriptions(month, "evergreen", "Evergreen Health", "America/Los_Angeles", "scale"),
                        customer(month, "fukurou", "Fukurou KK", "Asia/Tokyo", "tokyo_starter", false),
                        customer(month, "ginkgo", "Ginkgo KK", "Asia/Tokyo", "tokyo_starter", true)));
    }

    private static Customer customer(
            YearMonth month, String id, String name, String zone, String plan, boolean startsLate) {
        var start = month.atDay(1).atStartOfDay(ZoneId.of(zone)).toInstant();
        return new Customer(id, name, ZoneId.of(zone), List.of(new Subscription(id + "_api", plan, start, startsLate)));
    }

    private static Customer twoSubscriptions(YearMonth month, String id, String name, String zone, String plan) {
        var start = month.atDay(1).atStartOfDay(ZoneId.of(zone)).toInstant();
        return new Customer(
                id,
                name,
                ZoneId.of(zone),
                List.of(
                        new Subscription(id + "_prod", plan, start, false),
                        new Subscription(id + "_test", plan, start, false)));
    }

    /// One price for all clients of a web server: by request, by byte, by path.
    ///
    /// @param clients addresses, each a customer with one subscription of the same name
    static PriceList webServer(SortedSet<YearMonth> months, Iterable<String> clients) {
        var metrics = List.of(
                new Metric("requests", "Requests", "count_agg", null, List.of()),
                new Metric("bytes", "Bytes sent", "sum_agg", "bytes", List.of()),
                new Metric("paths", "Different paths", "unique_count_agg", "path", List.of()));
        var plan = new Plan(
                "web",
                "USD",
                2,
                0,
                List.of(
                        new Charge("requests", Price.perUnit("0.0004"), Map.of()),
                        new Charge("bytes", Price.perUnit("0.00000009"), Map.of()),
                        new Charge(
                                "paths",
                                Price.graduated(Tier.of(5L, "0", "0"), Tier.of(null, "0.001", "0.01")),
                                Map.of())));
        var start = months.first().atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        var customers = new ArrayList<Customer>();
        for (var client : clients) {
            customers.add(new Customer(
                    client, client, ZoneOffset.UTC, List.of(new Subscription(client, plan.code(), start, false))));
        }
        return new PriceList(months, metrics, List.of(plan), customers);
    }
}
