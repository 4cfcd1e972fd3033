package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.embedded.InMemoryRegistry;
import io.millrace.event.RawEvent;
import io.millrace.registry.AvroSerializer;
import io.millrace.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlanTermsTest {
    private static final int HEADER = 5;

    private final AvroSerializer<RawEvent> events = new AvroSerializer<>(new InMemoryRegistry(), Topics.EVENTS_RAW);

    /// Codes of one hash, of one prefix, in other alphabets, and so many that the table grows several times.
    @Test
    void eachCodeFindsItsOwnTermsAtEachTime() {
        var codes = Stream.concat(
                        Stream.of("Aa", "BB", "AaAa", "AaBB", "BBAa", "BBBB", "tokens", "tokens_", "Größe", "画像", ""),
                        IntStream.range(0, 200).mapToObj(i -> "code_" + i))
                .toList();
        var plan = new PlanTerms();
        for (var code : codes) {
            plan.add(terms(code, 0, 100));
            plan.add(terms(code, 100, 200));
        }
        for (var code : codes) {
            for (long time : List.of(0L, 99L, 100L, 199L)) {
                var found = plan.of(event(code, time));
                assertThat(found).as("%s at %d", code, time).isNotNull();
                assertThat(new String(found.code(), StandardCharsets.UTF_8)).isEqualTo(code);
                assertThat(time).isBetween(found.from(), found.to() - 1);
            }
            for (long time : List.of(-1L, 200L))
                assertThat(plan.of(event(code, time))).isNull();
            assertThat(plan.of(event(code + "?", 0))).isNull();
        }
        plan.forget();
        assertThat(codes).allSatisfy(code -> assertThat(plan.of(event(code, 0))).isNull());
    }

    @SuppressWarnings("NullAway") // what the terms are about is not asked for
    private static Terms terms(String code, long from, long to) {
        return new Terms(code.getBytes(StandardCharsets.UTF_8), from, to, null, null, new byte[0], List.of());
    }

    private RawEventView event(String code, long micros) {
        var event =
                new RawEvent("acme", "sub_1", "t1", code, Instant.EPOCH.plusNanos(micros * 1000), Map.of(), null, "");
        return RawEventView.of(events.serialize("", event), HEADER);
    }
}
