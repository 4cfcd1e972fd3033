package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RecentAgreementsTest {
    private static final int ROOM = 20;
    /// Two spans a subscription, one after the other.
    private static final int SPAN = 100;

    @Test
    void whatIsAskedForStaysAndWhatIsNotGoes() {
        var recent = new RecentAgreements(ROOM);
        var first = agreement("first", 0);
        recent.add(first);
        for (int i = 0; i < 1000; i++) {
            recent.add(agreement("other_" + i, 0));
            assertThat(recent.get(key("first"), 0))
                    .as("asked for after %d others", i)
                    .isSameAs(first);
        }
        assertThat(recent.get(key("other_1"), 0)).isNull();
        assertThat(recent.get(key("other_999"), 0)).isNotNull();
    }

    /// Whoever asks gets nothing, or what was added last for the subscription and the time and has not been forgotten.
    /// Some of the keys have one hash.
    @RepeatedTest(20)
    void itNeverSaysWhatDoesNotHold(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        var keys = new String[] {"Aa", "BB", "AaAa", "AaBB", "BBAa", "BBBB", "sub_1", "sub_2", "Größe", "", "s", "t"};
        var recent = new RecentAgreements(ROOM);
        Map<String, Agreement> all = new HashMap<>();
        var found = new HashSet<Agreement>();
        for (int step = 0; step < 5_000; step++) {
            var key = keys[random.nextInt(keys.length)];
            int span = random.nextInt(2);
            int time = span * SPAN + random.nextInt(SPAN);
            if (random.nextInt(8) == 0) {
                recent.forget(key(key));
                all.keySet().removeIf(known -> known.startsWith(key + "@"));
            }
            var agreement = recent.get(key(key), time);
            if (agreement == null) {
                agreement = agreement(key, span);
                recent.add(agreement);
                all.put(key + "@" + span, agreement);
            } else {
                found.add(agreement);
            }
            assertThat(agreement).as("seed %s, step %d", repetition, step).isSameAs(all.get(key + "@" + span));
            assertThat(recent.get(key(key), 2 * SPAN)).isNull();
            assertThat(recent.get(key(key), -1)).isNull();
        }
        assertThat(found).hasSizeGreaterThan(keys.length);
    }

    private static byte[] key(String subscription) {
        return subscription.getBytes(StandardCharsets.UTF_8);
    }

    private static Agreement agreement(String subscription, int span) {
        var key = key(subscription);
        return new Agreement(
                key, Arrays.hashCode(key), (long) span * SPAN, (span + 1L) * SPAN, new byte[0], new PlanTerms());
    }
}
