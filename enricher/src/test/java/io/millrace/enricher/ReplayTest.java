package io.millrace.enricher;

import static io.millrace.enricher.Bench.APRIL;
import static io.millrace.enricher.Bench.MARCH;
import static io.millrace.enricher.Bench.MAY;
import static io.millrace.enricher.Bench.charge;
import static io.millrace.enricher.Bench.event;
import static io.millrace.enricher.Bench.filter;
import static io.millrace.enricher.Bench.planRevision;
import static io.millrace.enricher.Bench.revision;
import static io.millrace.enricher.Bench.span;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.RawEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Enrichment is a function of the events and of what was agreed as of their times: when it runs, and how often,
/// leaves no trace in what it writes.
class ReplayTest {
    private static final long SEED = 20260401;

    @Test
    void aReplayWritesTheSameBytes(@TempDir Path first, @TempDir Path second) {
        try (var once = new Bench(first);
                var again = new Bench(second)) {
            agree(once);
            agree(again);
            events().forEach(once::send);
            events().forEach(again::send);

            assertThat(hex(once.enrichedBytes())).isNotEmpty().isEqualTo(hex(again.enrichedBytes()));
            assertThat(hex(once.expandedBytes())).isNotEmpty().isEqualTo(hex(again.expandedBytes()));
        }
    }

    @Test
    void configurationThatComesLateChangesNothingButTheOrder(@TempDir Path first, @TempDir Path second) {
        try (var inTime = new Bench(first);
                var late = new Bench(second)) {
            var events = events();
            agree(inTime);
            events.forEach(inTime::send);

            events.forEach(late::send);
            agree(late);
            late.pass(Duration.ofSeconds(1));

            assertThat(late.books().parked()).isZero();
            assertThat(hex(late.enrichedBytes())).containsExactlyInAnyOrderElementsOf(hex(inTime.enrichedBytes()));
            assertThat(hex(late.expandedBytes())).containsExactlyInAnyOrderElementsOf(hex(inTime.expandedBytes()));
        }
    }

    private static void agree(Bench bench) {
        bench.metric(
                        "tokens",
                        1,
                        revision(
                                null,
                                null,
                                "sum_agg",
                                "amount",
                                null,
                                Map.of("model", List.of("small", "large"), "region", List.of("eu", "us"))))
                .metric("requests", "count_agg", null)
                .plan(
                        "basic",
                        1,
                        planRevision(
                                1,
                                null,
                                APRIL,
                                charge("c1", "tokens", filter("f1", Map.of("model", List.of("large")))),
                                charge("c2", "tokens"),
                                charge("c3", "requests")),
                        planRevision(2, APRIL, null, charge("c1", "tokens"), charge("c3", "requests")))
                .subscription("sub_1", span("s1", "basic", MARCH, APRIL), span("s2", "basic", APRIL, MAY))
                .subscription("sub_2", span("s3", "basic", MARCH, MAY));
    }

    private static List<RawEvent.Builder> events() {
        var random = new Random(SEED);
        var events = new ArrayList<RawEvent.Builder>();
        long seconds = Duration.between(MARCH, MAY).toSeconds();
        for (int i = 0; i < 300; i++) {
            Instant time = MARCH.plusSeconds(random.nextLong(seconds));
            events.add(event("e" + random.nextInt(280))
                    .setExternalSubscriptionId("sub_" + random.nextInt(1, 3))
                    .setCode(random.nextBoolean() ? "tokens" : "requests")
                    .setTimestamp(time)
                    .setProperties(Map.of(
                            "amount",
                            Integer.toString(random.nextInt(1000)),
                            "model",
                            random.nextBoolean() ? "large" : "small",
                            "region",
                            "eu")));
        }
        return events;
    }

    private static List<String> hex(List<byte[]> values) {
        return values.stream().map(Arrays::toString).toList();
    }
}
