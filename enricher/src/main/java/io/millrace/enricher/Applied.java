package io.millrace.enricher;

import io.millrace.streams.ChargeInForce;
import io.millrace.streams.MetricInForce;
import io.millrace.streams.PlanInForce;
import io.millrace.streams.Timeline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The plan or metric that events of a partition were decided by last: when which terms held, in as few
/// words as tell one revision from another; and of a plan every charge that it ever had, for an event may
/// lie in any of them.
///
/// @param terms of a plan the revision's number, which says it all: a revision that has been published does
/// not change but for its end; of a metric its [MetricInForce#terms]
/// @param charges metric code → charge id → the charge
record Applied(Timeline<String> terms, Map<String, Map<String, PricedBefore>> charges) {

    /// A charge that may have counted an event.
    ///
    /// @param revision of the plan, the last one that had the charge
    record PricedBefore(String chargeId, int revision, boolean isPaidInAdvance) {}

    static Applied ofMetric(Timeline<MetricInForce> metrics) {
        return new Applied(terms(metrics, MetricInForce::terms), Map.of());
    }

    /// @param earlier what was known of the plan before; null where it is new
    static Applied ofPlan(Timeline<PlanInForce> plans, @Nullable Applied earlier) {
        var charges = new TreeMap<String, Map<String, PricedBefore>>();
        if (earlier != null) earlier.charges.forEach((code, known) -> charges.put(code, new TreeMap<>(known)));
        for (var span : plans.spans()) {
            int revision = span.value().revision();
            for (var priced : span.value().chargesByMetric().values()) {
                for (ChargeInForce charge : priced) {
                    charges.computeIfAbsent(charge.metricCode(), code -> new TreeMap<>())
                            .put(
                                    charge.chargeId(),
                                    new PricedBefore(charge.chargeId(), revision, charge.isPaidInAdvance()));
                }
            }
        }
        return new Applied(terms(plans, plan -> Integer.toString(plan.revision())), charges);
    }

    /// True where nobody had heard of it.
    boolean isNothing() {
        return terms.spans().isEmpty();
    }

    /// The charges that events of a metric may have been counted in.
    Collection<PricedBefore> charges(String code) {
        return charges.getOrDefault(code, Map.of()).values();
    }

    byte[] encode() {
        return Fields.write(out -> {
            out.writeInt(terms.spans().size());
            for (var span : terms.spans()) {
                out.writeLong(Micros.from(span.from()));
                out.writeLong(Micros.to(span.to()));
                Fields.writeText(out, span.value());
            }
            out.writeInt(charges.size());
            for (var entry : charges.entrySet()) {
                Fields.writeText(out, entry.getKey());
                out.writeInt(entry.getValue().size());
                for (var charge : entry.getValue().values()) {
                    Fields.writeText(out, charge.chargeId());
                    out.writeInt(charge.revision());
                    out.writeBoolean(charge.isPaidInAdvance());
                }
            }
        });
    }

    static Applied decode(byte[] bytes) {
        return Fields.read(bytes, in -> {
            var spans = new ArrayList<Timeline.Span<String>>();
            for (int left = in.readInt(); left > 0; left--) {
                spans.add(new Timeline.Span<>(
                        Micros.instant(in.readLong()), Micros.instant(in.readLong()), Fields.readText(in)));
            }
            var charges = new TreeMap<String, Map<String, PricedBefore>>();
            for (int left = in.readInt(); left > 0; left--) {
                var code = Fields.readText(in);
                var priced = new TreeMap<String, PricedBefore>();
                for (int more = in.readInt(); more > 0; more--) {
                    var charge = new PricedBefore(Fields.readText(in), in.readInt(), in.readBoolean());
                    priced.put(charge.chargeId(), charge);
                }
                charges.put(code, priced);
            }
            return new Applied(Timeline.of(spans), charges);
        });
    }

    private static <T> Timeline<String> terms(Timeline<T> timeline, Function<T, String> terms) {
        return Timeline.of(timeline.spans().stream()
                .map(span -> new Timeline.Span<>(span.from(), span.to(), terms.apply(span.value())))
                .toList());
    }
}
