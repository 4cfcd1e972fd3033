package io.millrace.calculator;

import io.millrace.rating.aggregation.Aggregation;
import io.millrace.rating.aggregation.Count;
import io.millrace.rating.aggregation.UsageEvent;
import io.millrace.rating.aggregation.UsageEvent.Operation;
import io.millrace.rating.aggregation.UsageWindow;
import io.millrace.rating.money.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// The events of a case that count: those of the window and group that is asked for, with what the metric
/// measures. As in the pipeline, a repeated `transaction_id` is the first event again, and an event that does
/// not carry a usable value is no usage; here they are listed, each with its reason.
///
/// @param measured in order of arrival
/// @param refused `transaction_id` and `reason` of each
record MeasuredEvents(List<Measured> measured, List<Map<String, @Nullable Object>> refused) {

    private static final String OPERATION = "operation_type";

    /// @param group the values of the keys that are grouped by
    /// @param preciseAmountCents the producer's own price; 0 where there is none
    record Measured(UsageEvent event, Map<String, @Nullable String> group, BigDecimal preciseAmountCents) {}

    /// @param instant reads a time in the precision that times are compared in
    static MeasuredEvents read(
            Input input, Aggregation aggregation, UsageWindow window, BiFunction<Input, String, Instant> instant) {
        List<String> keys = input.texts("group_by");
        List<Measured> measured = new ArrayList<>();
        List<Map<String, @Nullable Object>> refused = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        long sequence = 0;
        for (Input event : input.objects("events")) {
            Instant timestamp = instant.apply(event, "timestamp");
            Input properties = event.has("properties") ? event.object("properties") : new Input(Map.of(), event.path());
            String id = text(event.optional("transaction_id"));
            if (id != null && !ids.add(id)) {
                refused.add(refusal(id, "is a duplicate"));
            } else if (window.contains(timestamp) && isAskedFor(input, properties)) {
                String value = aggregation instanceof Count ? "1" : text(properties.optional(input.text("field_name")));
                String operation = properties.has(OPERATION) ? text(properties.optional(OPERATION)) : "add";
                String reason = reason(aggregation, value, operation);
                if (reason == null && value != null) {
                    UsageEvent usage = new UsageEvent(
                            timestamp, sequence, value, "remove".equals(operation) ? Operation.REMOVE : Operation.ADD);
                    measured.add(new Measured(
                            usage,
                            group(properties, keys),
                            event.decimal("precise_total_amount_cents", BigDecimal.ZERO)));
                } else {
                    refused.add(refusal(id, reason));
                }
            }
            sequence++;
        }
        return new MeasuredEvents(measured, refused);
    }

    /// The values of the keys; null where one is absent.
    static Map<String, @Nullable String> group(Input properties, List<String> keys) {
        Map<String, @Nullable String> group = new LinkedHashMap<>();
        keys.forEach(key -> group.put(key, text(properties.optional(key))));
        return group;
    }

    private static boolean isAskedFor(Input input, Input properties) {
        if (!input.has("group_by_values")) {
            return true;
        }
        Input values = input.object("group_by_values");
        List<String> keys = List.copyOf(values.fields().keySet());
        return group(values, keys).equals(group(properties, keys));
    }

    private static @Nullable String reason(
            Aggregation aggregation, @Nullable String value, @Nullable String operation) {
        if (value == null) {
            return "has no value";
        }
        if (aggregation.countsTexts()) {
            boolean isKnown = "add".equals(operation) || "remove".equals(operation);
            return isKnown ? null : OPERATION + " is neither add nor remove";
        }
        return switch (Quantity.parse(value)) {
            case Quantity.Exact _ -> null;
            case Quantity.Refusal refusal -> refusal.sentence();
        };
    }

    private static Map<String, @Nullable Object> refusal(@Nullable String id, @Nullable String reason) {
        Map<String, @Nullable Object> refusal = new LinkedHashMap<>();
        refusal.put("transaction_id", id);
        refusal.put("reason", reason);
        return refusal;
    }

    /// A property as text; null where it is absent, or a list or an object.
    private static @Nullable String text(@Nullable Object value) {
        return switch (value) {
            case String text -> text;
            // As it was written: the plain form of a number may be endless.
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            case null, default -> null;
        };
    }
}
