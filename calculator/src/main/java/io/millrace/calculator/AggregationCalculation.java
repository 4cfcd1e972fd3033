package io.millrace.calculator;

import io.millrace.calculator.MeasuredEvents.Measured;
import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.BilledLevel;
import io.millrace.rating.aggregation.FreeUnits;
import io.millrace.rating.aggregation.HeldDays;
import io.millrace.rating.aggregation.MetricRounding;
import io.millrace.rating.aggregation.UnitConversion;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageWindow;
import io.millrace.rating.aggregation.WeightedSum;
import io.millrace.rating.period.TimeSpan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The units that a metric makes of events: of a period's, of one that is billed in advance, or the rounding
/// of units that are there already.
final class AggregationCalculation {

    private static final String WEIGHTED_SUM = "weighted_sum_agg";
    private static final int LONGEST_PERIOD = 100_000;

    private final Input input;
    private final String type;
    private final TimeSpan period;
    private final boolean isRecurring;
    private final boolean isProrated;
    private final MetricRounding rounding;

    private AggregationCalculation(Input input) {
        this.input = input;
        this.type = input.text("aggregation_type");
        this.period = period();
        this.isRecurring = input.flag("recurring");
        this.isProrated = input.flag("prorated") && !isRenewal();
        this.rounding = rounding(input);
    }

    static Map<String, @Nullable Object> of(Input input) {
        if (!input.has("aggregation_type")) {
            return rounded(input);
        }
        if (input.flag("pay_in_advance") && (input.has("event_value") || !input.has("events"))) {
            return inAdvance(input);
        }
        return new AggregationCalculation(input).usage();
    }

    private static Map<String, @Nullable Object> rounded(Input input) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        BigDecimal units = input.decimal("value");
        if (input.has("convert")) {
            units = conversion(input.object("convert")).apply(units);
            result.put("converted", units);
        }
        result.put("value", rounding(input).apply(units));
        return result;
    }

    private static UnitConversion conversion(Input input) {
        UnitConversion.Operation operation = switch (input.text("operation")) {
            case "multiply" -> UnitConversion.Operation.MULTIPLY;
            case "divide" -> UnitConversion.Operation.DIVIDE;
            default -> throw input.invalid("operation", "is neither multiply nor divide");
        };
        try {
            return new UnitConversion(operation, input.decimal("factor"));
        } catch (IllegalArgumentException e) {
            throw input.invalid("factor", String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, @Nullable Object> inAdvance(Input input) {
        Aggregation aggregation = parse(input);
        if (!aggregation.payableInAdvance()) {
            throw input.invalid("pay_in_advance", "goes with count_agg, sum_agg and unique_count_agg");
        }
        BigDecimal current = input.decimal("current_level", BigDecimal.ZERO);
        BigDecimal highest = input.decimal("max_level", current.max(BigDecimal.ZERO));
        if (highest.signum() < 0) {
            throw input.invalid("max_level", "is below zero");
        }
        BilledLevel before = new BilledLevel(current, highest);
        // An event that does not carry what is measured adds nothing, but is an event.
        boolean countsEvents = aggregation.code().equals("count_agg");
        BilledLevel after = before.after(input.decimal("event_value", countsEvents ? BigDecimal.ONE : BigDecimal.ZERO));
        BigDecimal billable = after.since(before);
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("billable_units", input.flag("prorated") ? prorated(input, billable) : billable);
        result.put("current_level", after.current());
        result.put("max_level", after.highest());
        return result;
    }

    private static BigDecimal prorated(Input input, BigDecimal units) {
        return rounding(input)
                .orElse(MetricRounding.PRORATED)
                .apply(HeldDays.share(units, days(input, "days_left", 0), days(input, "period_days", 1)));
    }

    private Map<String, @Nullable Object> usage() {
        boolean carriesOver = isRecurring && !input.has("initial_value") && !input.has("initial_values");
        UsageWindow window = UsageWindow.of(period, type.equals(WEIGHTED_SUM) ? carriesOver : isRecurring);
        if (input.has("max_timestamp")) {
            window = window.until(instant(input, "max_timestamp"));
        }
        MeasuredEvents events = MeasuredEvents.read(input, aggregation(BigDecimal.ZERO), window, this::instant);
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        if (input.texts("group_by").isEmpty()) {
            result.putAll(units(events.measured(), input.decimal("initial_value", BigDecimal.ZERO)));
        } else {
            result.put("groups", groups(events));
        }
        if (!events.refused().isEmpty()) {
            result.put("refused", events.refused());
        }
        return result;
    }

    /// A group exists by its events, or by what it carries over. Those with the fewest units come first.
    private List<Map<String, @Nullable Object>> groups(MeasuredEvents events) {
        List<String> keys = input.texts("group_by");
        Map<Map<String, @Nullable String>, BigDecimal> initial = new LinkedHashMap<>();
        for (Input each : input.objects("initial_values")) {
            Input group = each.object(each.has("group") ? "group" : "groups");
            initial.put(MeasuredEvents.group(group, keys), each.decimal("value"));
        }
        Map<Map<String, @Nullable String>, List<Measured>> groups = new LinkedHashMap<>();
        initial.keySet().forEach(group -> groups.put(group, new ArrayList<>()));
        for (Measured event : events.measured()) {
            groups.computeIfAbsent(event.group(), group -> new ArrayList<>()).add(event);
        }
        BigDecimal otherwise = input.decimal("initial_value", BigDecimal.ZERO);
        List<Map<String, @Nullable Object>> results = new ArrayList<>();
        groups.forEach((group, members) -> {
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            result.put("group", group);
            result.putAll(units(members, initial.getOrDefault(group, otherwise)));
            results.add(result);
        });
        results.sort(Comparator.<Map<String, @Nullable Object>, BigDecimal>comparing(
                        result -> (BigDecimal) Objects.requireNonNull(result.get("value")))
                .thenComparing(result -> (Map<?, ?>) Objects.requireNonNull(result.get("group")), byKeys(keys)));
        return results;
    }

    /// Key by key; a group without the key before those that have it.
    private static Comparator<Map<?, ?>> byKeys(List<String> keys) {
        return (one, other) -> {
            for (String key : keys) {
                int order = Comparator.nullsFirst(Comparator.<String>naturalOrder())
                        .compare((String) one.get(key), (String) other.get(key));
                if (order != 0) {
                    return order;
                }
            }
            return 0;
        };
    }

    private Map<String, @Nullable Object> units(List<Measured> measured, BigDecimal initial) {
        Aggregation aggregation = aggregation(initial);
        List<UsageEvent> events = measured.stream().map(Measured::event).toList();
        BigDecimal fullUnits = aggregation.fullUnits(events);
        BigDecimal units = isProrated && input.has("persisted_days")
                ? HeldDays.share(fullUnits, days(input, "persisted_days", 0), periodDays())
                : aggregation.units(events);
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("value", (isProrated ? rounding.orElse(MetricRounding.PRORATED) : rounding).apply(units));
        if (aggregation instanceof WeightedSum weighted) {
            List<UsageEvent> inPeriod = events.stream()
                    .filter(event -> !event.timestamp().isBefore(period.from()))
                    .toList();
            BigDecimal carried = weighted.level(List.of());
            result.put("events_count", inPeriod.size());
            result.put("variation", weighted.level(inPeriod).subtract(carried));
            result.put("total_aggregated_units", weighted.level(events));
        } else {
            result.put("events_count", events.size());
            result.put("running_total", freeUnits().runningTotal(aggregation, events));
            result.put("full_units", fullUnits);
            result.put("full_units_rounded", rounding.apply(fullUnits));
        }
        result.put(
                "precise_total_amount_cents",
                measured.stream().map(Measured::preciseAmountCents).reduce(BigDecimal.ZERO, BigDecimal::add));
        return result;
    }

    private Aggregation aggregation(BigDecimal initial) {
        Aggregation aggregation = type.equals(WEIGHTED_SUM) ? new WeightedSum(period, whole(), initial) : parse(input);
        if (!isProrated) {
            return aggregation;
        }
        HeldDays held = HeldDays.of(period, periodDays(), input.zone("timezone"), input.flag("subscription_upgraded"));
        return aggregation
                .prorated(held)
                .orElseThrow(() -> input.invalid("prorated", "goes with sum_agg and unique_count_agg"));
    }

    /// Length of the whole billing period; where its days are not given, the period is whole.
    private Duration whole() {
        return input.has("period_days")
                ? Duration.ofDays(days(input, "period_days", 1))
                : Duration.between(period.from(), period.to());
    }

    private static Aggregation parse(Input input) {
        return Aggregation.parse(input.text("aggregation_type"))
                .orElseThrow(() -> input.invalid(
                        "aggregation_type",
                        "is none of count_agg, sum_agg, max_agg, latest_agg, unique_count_agg, weighted_sum_agg"));
    }

    private TimeSpan period() {
        Input ends = input.object("period");
        Instant from = instant(ends, "from");
        Instant to = afterLast(instant(ends, "to"));
        if (!from.isBefore(to)) {
            throw ends.invalid("to", "is before the period begins");
        }
        return new TimeSpan(from, to);
    }

    /// The first instant after an inclusive end. The API shows the last second of a period, or its last
    /// millisecond: both mean all of that second. Any other end, such as a termination, is an instant.
    private static Instant afterLast(Instant to) {
        boolean isLastSecond = Math.floorMod(to.getEpochSecond(), 60) == 59;
        return isLastSecond ? Instant.ofEpochSecond(to.getEpochSecond() + 1) : to.plusNanos(1);
    }

    private Instant instant(Input of, String field) {
        Instant instant = of.instant(field);
        return switch (Objects.requireNonNullElse(input.optionalText("boundary_precision"), "microsecond")) {
            case "microsecond" -> instant;
            case "millisecond" -> Instant.ofEpochMilli(instant.toEpochMilli());
            default -> throw input.invalid("boundary_precision", "is neither microsecond nor millisecond");
        };
    }

    /// Days of the whole billing period.
    private int periodDays() {
        if (input.has("period_days")) {
            return days(input, "period_days", 1);
        }
        HeldDays period = HeldDays.of(this.period, 1, input.zone("timezone"), false);
        return Math.toIntExact(period.left(this.period.from()));
    }

    /// What carries over into a period that is billed in advance is billed in full when it begins.
    private boolean isRenewal() {
        Input options = options();
        boolean isCurrentUsage = options.flag("is_current_usage");
        return !isCurrentUsage && (input.flag("pay_in_advance") || options.flag("is_pay_in_advance"));
    }

    private FreeUnits freeUnits() {
        Input options = options();
        try {
            return new FreeUnits(
                    options.whole("free_units_per_events", 0),
                    options.decimal("free_units_per_total_aggregation", BigDecimal.ZERO));
        } catch (IllegalArgumentException e) {
            throw input.invalid("options", String.valueOf(e.getMessage()));
        }
    }

    private Input options() {
        return input.has("options") ? input.object("options") : new Input(Map.of(), input.path() + "options.");
    }

    private static MetricRounding rounding(Input input) {
        if (!input.has("rounding")) {
            return MetricRounding.NONE;
        }
        Input rounding = input.object("rounding");
        String function = rounding.optionalText("function");
        try {
            return MetricRounding.of(
                    function == null ? null : apiWord(function), Math.toIntExact(rounding.whole("precision", 0)));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw input.invalid("rounding", String.valueOf(e.getMessage()));
        }
    }

    /// Other words for the same functions.
    private static @Nullable String apiWord(String function) {
        return switch (function) {
            case "none" -> null;
            case "ceiling" -> "ceil";
            case "half_up" -> "round";
            default -> function;
        };
    }

    private static int days(Input input, String field, int least) {
        long days = input.whole(field);
        if (days < least || days > LONGEST_PERIOD) {
            throw input.invalid(field, "is not %d to %d days".formatted(least, LONGEST_PERIOD));
        }
        return Math.toIntExact(days);
    }
}
