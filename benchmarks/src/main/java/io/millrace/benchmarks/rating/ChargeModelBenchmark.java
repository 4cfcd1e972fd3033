package io.millrace.benchmarks.rating;

import io.millrace.rating.charge.ChargeModel;
import io.millrace.rating.charge.ChargedSoFar;
import io.millrace.rating.charge.Price;
import io.millrace.rating.charge.Usage;
import io.millrace.rating.charge.Usage.EventUnits;
import io.millrace.rating.money.CurrencyUnit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a period's usage costs, and what one more event costs in advance, under each charge model: a thousand
/// events of an AI vendor's tokens, or of payments where the price is a share of them.
///
/// Arrears are priced from the totals; from every event where minimum and maximum or proration ask for it. In
/// advance the totals are always enough.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChargeModelBenchmark {

    private static final int EVENTS = 1024;
    private static final CurrencyUnit USD = CurrencyUnit.of("USD");

    @Param({
        "standard",
        "graduated",
        "graduated prorated",
        "graduated_percentage",
        "package",
        "percentage",
        "percentage allowances",
        "percentage bounds",
        "volume",
        "dynamic"
    })
    private String charge = "";

    private ChargeModel model = ChargeModel.parse("dynamic", Map.of());
    private Usage usage = Usage.NONE;
    private List<EventUnits> events = List.of();
    private ChargedSoFar soFar = ChargedSoFar.NOTHING;
    private int next;

    @Setup
    public void use() {
        model = ChargeModel.parse(charge.split(" ", 2)[0], properties(charge));
        Random random = new Random(42);
        List<BigDecimal> values = new ArrayList<>();
        List<EventUnits> held = new ArrayList<>();
        BigDecimal sum = BigDecimal.ZERO;
        for (int i = 0; i < EVENTS; i++) {
            BigDecimal value = BigDecimal.valueOf(random.nextInt(500_000), 2);
            values.add(value);
            held.add(new EventUnits(value, value.multiply(new BigDecimal("0.125"))));
            sum = sum.add(value);
        }
        events = values.stream().map(EventUnits::of).toList();
        usage = charge.endsWith("prorated")
                ? Usage.ofProrated(held)
                : Usage.of(sum, EVENTS).withValues(values).withPreciseTotalAmount(sum);
        soFar = ChargedSoFar.NOTHING;
        next = 0;
    }

    private static Map<String, Object> properties(String charge) {
        return switch (charge) {
            case "standard" -> Map.of("amount", "0.000015");
            case "graduated", "graduated prorated" -> Map.of("graduated_ranges", ranges("per_unit_amount"));
            case "graduated_percentage" -> Map.of("graduated_percentage_ranges", ranges("rate"));
            case "package" -> Map.of("amount", "0.02", "package_size", 1000, "free_units", 10_000);
            case "percentage" -> Map.of("rate", "1.4", "fixed_amount", "0.25");
            case "percentage allowances" ->
                Map.of(
                        "rate", "1.4",
                        "fixed_amount", "0.25",
                        "free_units_per_events", 100,
                        "free_units_per_total_aggregation", "100000");
            case "percentage bounds" ->
                Map.of(
                        "rate", "1.4",
                        "fixed_amount", "0.25",
                        "per_transaction_min_amount", "0.5",
                        "per_transaction_max_amount", "40");
            case "volume" -> Map.of("volume_ranges", ranges("per_unit_amount"));
            default -> Map.of();
        };
    }

    private static List<Map<String, Object>> ranges(String unitPriceField) {
        List<Map<String, Object>> ranges = new ArrayList<>();
        int above = 0;
        for (int upTo : new int[] {10_000, 100_000, 1_000_000, 10_000_000, 0}) {
            Map<String, Object> range = new LinkedHashMap<>();
            range.put("from_value", above);
            range.put("to_value", upTo == 0 ? null : upTo);
            range.put(unitPriceField, "0.0000" + (9 - ranges.size()));
            range.put("flat_amount", ranges.isEmpty() ? "5" : "0");
            ranges.add(range);
            above = upTo;
        }
        return ranges;
    }

    @Benchmark
    public Price period() {
        return model.price(usage);
    }

    @Benchmark
    public ChargedSoFar.Fee nextEvent() {
        EventUnits event = events.get(next++ & (EVENTS - 1));
        ChargedSoFar.Fee fee = soFar.charge(model, USD, event, event.full());
        // A new period now and then, so that tiers and allowances are used from the start.
        soFar = (next & (EVENTS - 1)) == 0 ? ChargedSoFar.NOTHING : fee.after();
        return fee;
    }
}
