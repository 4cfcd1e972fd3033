package io.millrace.benchmarks.pipeline;

import io.millrace.config.BillableMetric;
import io.millrace.config.BillableMetricFilter;
import io.millrace.config.BillableMetricRevision;
import io.millrace.config.Charge;
import io.millrace.config.ChargeFilter;
import io.millrace.config.Plan;
import io.millrace.config.PlanRevision;
import io.millrace.config.Subscription;
import io.millrace.config.SubscriptionSpan;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What an AI API vendor sells: 20 metrics, 50 plans that price each of them by one charge with filters by model
/// and region, to as many subscribers as are asked for.
final class Catalogue {
    static final String ORGANIZATION = id("organization", 1);

    static final List<String> METRICS = List.of(
            "input_tokens",
            "output_tokens",
            "cached_tokens",
            "embedding_tokens",
            "audio_seconds",
            "video_seconds",
            "gpu_seconds",
            "images",
            "vision_tiles",
            "speech_characters",
            "rerank_documents",
            "search_units",
            "storage_gb_hours",
            "egress_gb",
            "training_steps",
            "requests",
            "batch_jobs",
            "tool_calls",
            "peak_connections",
            "active_users");

    static final List<String> MODELS = named("model-", 10);
    static final List<String> REGIONS =
            List.of("eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-northeast-1");

    private static final int PLANS = 50;
    private static final int FILTERS = 8;
    private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

    private Catalogue() {}

    static Stream<BillableMetric> metrics() {
        return METRICS.stream().map(code -> new BillableMetric(ORGANIZATION, code, 1L, List.of(revision(code))));
    }

    static Stream<Plan> plans() {
        return IntStream.range(0, PLANS).mapToObj(number -> {
            var revision = new PlanRevision(null, null, 1, "monthly", "EUR", false, charges(number));
            return new Plan(ORGANIZATION, planId(number), "plan-" + number, 1L, List.of(revision));
        });
    }

    static Stream<Subscription> subscriptions(int count) {
        return IntStream.range(0, count).mapToObj(number -> {
            var span = new SubscriptionSpan(
                    id("subscription", number),
                    "customer-" + number,
                    planId(number % PLANS),
                    CREATED,
                    null,
                    CREATED,
                    "calendar",
                    "Europe/Berlin",
                    "EUR");
            return new Subscription(ORGANIZATION, externalId(number), 1L, List.of(span));
        });
    }

    /// The seller's own name of a subscription.
    static String externalId(int number) {
        return "customer-%05d-production".formatted(number);
    }

    private static BillableMetricRevision revision(String code) {
        var aggregation = switch (code) {
            case "requests", "batch_jobs", "tool_calls" -> "count_agg";
            case "peak_connections" -> "max_agg";
            case "active_users" -> "unique_count_agg";
            default -> "sum_agg";
        };
        var field = switch (aggregation) {
            case "count_agg" -> null;
            case "unique_count_agg" -> "user";
            default -> "amount";
        };
        return BillableMetricRevision.newBuilder()
                .setBillableMetricId(id("metric", METRICS.indexOf(code)))
                .setAggregationType(aggregation)
                .setFieldName(field)
                .setFilters(
                        List.of(new BillableMetricFilter("model", MODELS), new BillableMetricFilter("region", REGIONS)))
                .build();
    }

    private static List<Charge> charges(int plan) {
        var charges = new ArrayList<Charge>();
        for (int metric = 0; metric < METRICS.size(); metric++) {
            int number = plan * METRICS.size() + metric;
            // every fourth charge is shown by workspace
            var groups = metric % 4 == 0 ? ", \"pricing_group_keys\": [\"workspace\"]" : "";
            charges.add(Charge.newBuilder()
                    .setChargeId(id("charge", number))
                    .setBillableMetricId(id("metric", metric))
                    .setBillableMetricCode(METRICS.get(metric))
                    .setChargeModel("standard")
                    .setProperties("{\"amount\": \"0.0%02d\"%s}".formatted(1 + metric, groups))
                    .setCreatedAt(CREATED)
                    .setFilters(filters(number))
                    .build());
        }
        return charges;
    }

    /// Half of them by model alone, half by model and region; two of the ten models have none.
    private static List<ChargeFilter> filters(int charge) {
        var filters = new ArrayList<ChargeFilter>();
        for (int i = 0; i < FILTERS; i++) {
            var values = new HashMap<String, List<String>>();
            values.put("model", List.of(MODELS.get(i)));
            if (i % 2 == 1) values.put("region", REGIONS.subList(0, 2));
            filters.add(new ChargeFilter(
                    id("filter", charge * FILTERS + i),
                    CREATED,
                    Map.copyOf(values),
                    "{\"amount\": \"0.0%d\"}".formatted(1 + i)));
        }
        return filters;
    }

    private static String planId(int number) {
        return id("plan", number);
    }

    /// The same in every run.
    private static String id(String kind, int number) {
        return UUID.nameUUIDFromBytes((kind + number).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private static List<String> named(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(number -> prefix + number).toList();
    }
}
