package io.millrace.benchmarks.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.benchmarks.pipeline.ProcessMeter.Memory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the starts have taken, for people and for programs.
///
/// @param events after the last start
record SubscriptionsReport(int subscriptions, int events, List<Start> starts) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// One start of the enricher.
    ///
    /// @param firstSeconds from the start of the process until an event is enriched
    /// @param allSeconds until events are enriched in every partition
    /// @param cpuSeconds of the process until then, about as many on a busy machine
    /// @param begun memory then
    /// @param used memory after many events; null where none were sent
    /// @param diskBytes of all stores, once it has stopped
    record Start(
            String name,
            double firstSeconds,
            double allSeconds,
            double cpuSeconds,
            Memory begun,
            @Nullable Memory used,
            long diskBytes) {
        Map<String, @Nullable Object> fields() {
            var fields = new LinkedHashMap<String, @Nullable Object>();
            fields.put("first_event_seconds", rounded(firstSeconds));
            fields.put("every_partition_seconds", rounded(allSeconds));
            fields.put("cpu_seconds", rounded(cpuSeconds));
            fields.put("heap_bytes", begun.heap());
            fields.put("resident_bytes", begun.resident());
            if (used != null) {
                fields.put("heap_bytes_after_events", used.heap());
                fields.put("resident_bytes_after_events", used.resident());
            }
            fields.put("disk_bytes", diskBytes);
            return fields;
        }
    }

    String table() {
        var text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%n%,d subscriptions, %d cores%n", subscriptions, cores()));
        text.append(String.format(
                "%-22s %14s %16s %10s %10s %10s %10s%n",
                "start", "first event", "every partition", "CPU", "heap", "resident", "disk"));
        for (var start : starts) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-22s %12.1f s %14.1f s %8.1f s %10s %10s %10s%n",
                    start.name(),
                    start.firstSeconds(),
                    start.allSeconds(),
                    start.cpuSeconds(),
                    megabytes(start.begun().heap()),
                    megabytes(start.begun().resident()),
                    megabytes(start.diskBytes())));
            var used = start.used();
            if (used != null) {
                text.append(String.format(
                        Locale.ROOT,
                        "%-22s %14s %16s %10s %10s %10s%n",
                        "after %,d events".formatted(events),
                        "",
                        "",
                        "",
                        megabytes(used.heap()),
                        megabytes(used.resident())));
            }
        }
        return text.toString();
    }

    /// One line; null is what this system does not tell.
    String json() {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("subscriptions", subscriptions);
        fields.put("events", events);
        for (var start : starts) fields.put(start.name(), start.fields());
        fields.put("cores", cores());
        try {
            return JSON.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String megabytes(@Nullable Long bytes) {
        return bytes == null ? "unknown" : String.format(Locale.ROOT, "%,.0f MB", bytes / 1e6);
    }

    /// More digits than three behind the point are noise.
    private static double rounded(double number) {
        return Math.round(number * 1e3) / 1e3;
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }
}
