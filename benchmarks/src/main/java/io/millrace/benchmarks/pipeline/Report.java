package io.millrace.benchmarks.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.enricher.StreamUnderTest.Kind;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The outcome, for people and for programs.
///
/// @param events measured in every round
/// @param ids of all events of a round, also of those before
/// @param rounds of each kind
/// @param middle of the rounds of each kind that was measured
record Report(long events, long ids, int rounds, Map<Kind, Measurement> middle) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// One kind's numbers, such as of one round.
    static String line(Kind kind, Measurement measured) {
        return String.format(
                Locale.ROOT,
                "%-16s %,9.0f events/s  %6.2f CPU s per million events  %,7.0f B allocated per event  %6.1f s in all",
                name(kind),
                measured.eventsPerSecond(),
                measured.cpuSecondsPerMillion(),
                measured.allocatedBytesPerEvent(),
                measured.wholeSeconds());
    }

    String table() {
        var text = new StringBuilder();
        text.append(String.format("%nThe middle of %d rounds, %d cores%n", rounds, cores()));
        middle.forEach((kind, measured) -> text.append(line(kind, measured)).append(System.lineSeparator()));
        var ratio = ratio();
        if (ratio != null) {
            text.append(String.format(Locale.ROOT, "The enricher runs at %.2f of the null stream's rate.%n", ratio));
        }
        return text.toString();
    }

    /// One line; null is what was not measured.
    String json() {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("events_per_second", of(Kind.ENRICHER, Measurement::eventsPerSecond));
        fields.put("null_events_per_second", of(Kind.NULL, Measurement::eventsPerSecond));
        fields.put("null_with_dedup_events_per_second", of(Kind.NULL_WITH_DEDUP, Measurement::eventsPerSecond));
        fields.put("ratio", rounded(ratio()));
        // every event has an id of its own, and each round begins with an empty memory
        fields.put("remembered_ids", middle.containsKey(Kind.ENRICHER) ? ids : null);
        fields.put("cpu_seconds_per_million", of(Kind.ENRICHER, Measurement::cpuSecondsPerMillion));
        fields.put("null_cpu_seconds_per_million", of(Kind.NULL, Measurement::cpuSecondsPerMillion));
        fields.put(
                "null_with_dedup_cpu_seconds_per_million", of(Kind.NULL_WITH_DEDUP, Measurement::cpuSecondsPerMillion));
        fields.put("allocated_bytes_per_event", of(Kind.ENRICHER, Measurement::allocatedBytesPerEvent));
        fields.put("events", events);
        fields.put("rounds", rounds);
        fields.put("cores", cores());
        try {
            return JSON.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private @Nullable Double ratio() {
        var enricher = middle.get(Kind.ENRICHER);
        var least = middle.get(Kind.NULL);
        return enricher == null || least == null ? null : enricher.eventsPerSecond() / least.eventsPerSecond();
    }

    private @Nullable Double of(Kind kind, ToDoubleFunction<Measurement> number) {
        var measured = middle.get(kind);
        return measured == null ? null : rounded(number.applyAsDouble(measured));
    }

    /// More digits than three behind the point are noise.
    private static @Nullable Double rounded(@Nullable Double number) {
        return number == null ? null : Math.round(number * 1e3) / 1e3;
    }

    private static String name(Kind kind) {
        return switch (kind) {
            case NULL -> "null";
            case NULL_WITH_DEDUP -> "null with dedup";
            case ENRICHER -> "enricher";
        };
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }
}
