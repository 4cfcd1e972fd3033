package io.millrace.standalone.demo;

import io.millrace.standalone.demo.PriceList.Agreement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A month of an AI API vendor's traffic, the same for the same seed: mostly good events in order of time, with the
/// disorder of real producers: 1 % duplicates, 1 % out of order, and some that nobody can bill.
///
/// @param usages in order of sending
/// @param duplicates how many of them repeat another one
record Traffic(List<Usage> usages, int duplicates) {
    static Traffic of(PriceList prices, int events, long seed) {
        return new Generator(prices, events, new Random(seed)).generate();
    }

    private static final class Generator {
        private static final int ONE_PERCENT = 100;
        private static final int BAD_EVERY = 250;
        private static final int EDGE_EVERY = 500;

        private final PriceList prices;
        private final int events;
        private final Random random;
        private final List<Agreement> agreements;
        private final Instant from;
        private final Duration length;

        Generator(PriceList prices, int events, Random random) {
            this.prices = prices;
            this.events = events;
            this.random = random;
            this.agreements = List.copyOf(prices.agreements().values());
            // Some hours more than the month, so that every customer's midnight has events on both of its sides.
            this.from = prices.months()
                    .first()
                    .atDay(1)
                    .atStartOfDay()
                    .minusHours(12)
                    .toInstant(ZoneOffset.UTC);
            var to = prices.months()
                    .last()
                    .plusMonths(1)
                    .atDay(1)
                    .atStartOfDay()
                    .plusHours(12)
                    .toInstant(ZoneOffset.UTC);
            this.length = Duration.between(from, to);
        }

        Traffic generate() {
            var usages = new ArrayList<Usage>(events);
            var billable = new ArrayList<Usage>(events);
            int duplicates = 0;
            for (int i = 0; i < events; i++) {
                if (!billable.isEmpty() && random.nextInt(ONE_PERCENT) == 0) {
                    usages.add(pick(billable));
                    duplicates++;
                } else if (random.nextInt(BAD_EVERY) == 0) {
                    usages.add(bad(i));
                } else {
                    var usage = good(i, pick(agreements));
                    usages.add(usage);
                    billable.add(usage);
                }
            }
            return new Traffic(usages, duplicates);
        }

        private Usage good(int i, Agreement agreement) {
            var metric = prices.metric(pick(agreement.plan().charges()).metric());
            var properties = new LinkedHashMap<String, String>();
            if (!metric.models().isEmpty()) {
                // Now and then a model that the metric does not declare, which no wildcard covers.
                properties.put("model", random.nextInt(20) == 0 ? "experimental" : pick(metric.models()));
            }
            switch (metric.aggregation()) {
                case "sum_agg" -> properties.put("tokens", tokens());
                case "unique_count_agg" -> properties.put("user_id", "user_" + random.nextInt(400));
                default -> properties.put("region", pick(List.of("eu", "us", "ap")));
            }
            return new Usage(
                    agreement.subscription().externalId(), "tx_" + i, metric.code(), time(i, agreement), properties);
        }

        /// Whole tokens mostly, and fractions that need every digit of a sum.
        private String tokens() {
            int whole = 1 + random.nextInt(4_000);
            return random.nextInt(10) == 0 ? whole + "." + (1 + random.nextInt(999_999)) : Integer.toString(whole);
        }

        private Usage bad(int i) {
            var id = "tx_" + i;
            var agreement = pick(agreements);
            var subscription = agreement.subscription().externalId();
            var time = time(i, agreement);
            return switch (random.nextInt(5)) {
                case 0 -> new Usage(subscription, id, "no_such_metric", time, Map.of());
                case 1 -> new Usage("nobody_" + random.nextInt(3), id, "requests", time, Map.of());
                case 2 -> new Usage(subscription, id, "input_tokens", time, Map.of("model", "large"));
                case 3 -> new Usage(subscription, id, "input_tokens", time, Map.of("tokens", "a lot"));
                default ->
                    new Usage(subscription, id, "output_tokens", time, Map.of("tokens", "100000000000000000000"));
            };
        }

        /// Rising with `i` but for one percent, never before the subscription, and now and then at the very
        /// instant at which the customer's month begins or ends.
        private Instant time(int i, Agreement agreement) {
            var begin = agreement.subscription().startedAt();
            if (random.nextInt(EDGE_EVERY) == 0) {
                var end = prices.months()
                        .last()
                        .plusMonths(1)
                        .atDay(1)
                        .atStartOfDay(agreement.customer().zone());
                return random.nextBoolean() ? begin : end.toInstant();
            }
            long step = length.toSeconds() * 1_000_000 / events;
            var time = from.plus(step * i + random.nextLong(step), ChronoUnit.MICROS);
            if (random.nextInt(ONE_PERCENT) == 0) time = time.minus(random.nextLong(1, 36 * 3600), ChronoUnit.SECONDS);
            return time.isBefore(begin) ? begin.plus(Duration.between(time, begin)) : time;
        }

        private <T> T pick(List<T> list) {
            return list.get(random.nextInt(list.size()));
        }
    }
}
